-- When the signer of a letter said that they sent theirs.

ALTER TABLE participations ADD COLUMN sent_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX participations_sent ON participations (subject_id) WHERE sent_at <> 0;
