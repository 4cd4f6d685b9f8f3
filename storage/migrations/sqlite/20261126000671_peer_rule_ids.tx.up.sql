-- Programs name rules about servers by an ID. Those that are there get the ID of when
-- they were last changed, with a number of their own in its lowest 21 bits: see forum.ID.

ALTER TABLE peer_rules ADD COLUMN id BIGINT NOT NULL DEFAULT 0;
UPDATE peer_rules SET id = (changed_at - 1262304000000) * 2097152 + (SELECT count(*) FROM peer_rules AS earlier WHERE earlier.host < peer_rules.host);
CREATE UNIQUE INDEX peer_rules_id ON peer_rules (id);
