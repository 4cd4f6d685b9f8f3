-- Why somebody elsewhere counts as new, and whether that was looked at again.

ALTER TABLE participations ADD COLUMN doubts TEXT NOT NULL DEFAULT ''; -- words, with spaces between
ALTER TABLE participations ADD COLUMN rechecked BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX participations_newcomers ON participations (created_at) WHERE tier = 'new' AND NOT rechecked;
