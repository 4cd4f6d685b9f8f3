-- Forums that no other server hears of.

ALTER TABLE actors ADD COLUMN local_only BOOLEAN NOT NULL DEFAULT FALSE;
