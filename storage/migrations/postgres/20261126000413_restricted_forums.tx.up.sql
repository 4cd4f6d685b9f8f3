-- Forums in which only moderators open threads.

ALTER TABLE actors ADD COLUMN restricted BOOLEAN NOT NULL DEFAULT FALSE;
