-- Content notes of what is written here, and of former texts.

ALTER TABLE drafts ADD COLUMN content_note TEXT NOT NULL DEFAULT '';

ALTER TABLE revisions ADD COLUMN content_note TEXT NOT NULL DEFAULT '';
