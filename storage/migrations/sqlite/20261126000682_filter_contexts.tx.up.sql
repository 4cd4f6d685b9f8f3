-- Where a filter looks, and whether it finds its words within longer ones.

ALTER TABLE filters ADD COLUMN contexts TEXT    NOT NULL DEFAULT ''; -- divided by spaces; '': everywhere
ALTER TABLE filters ADD COLUMN within   BOOLEAN NOT NULL DEFAULT FALSE;
