-- Accounts that are the same person's, and where somebody has moved to.

ALTER TABLE actors ADD COLUMN also_known_as TEXT NOT NULL DEFAULT ''; -- ids, separated by spaces

ALTER TABLE actors ADD COLUMN moved_to TEXT NOT NULL DEFAULT ''; -- an id

ALTER TABLE actors ADD COLUMN moved_at BIGINT NOT NULL DEFAULT 0; -- the last time, even if that was taken back
