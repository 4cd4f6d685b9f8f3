-- Who moved a case: its author, a moderator, the company, or time.

ALTER TABLE case_moves ADD COLUMN mover TEXT NOT NULL DEFAULT '';
