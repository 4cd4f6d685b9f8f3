-- Companies and actions are groups as forums are.

ALTER TABLE actors ADD COLUMN group_role TEXT NOT NULL DEFAULT '';
