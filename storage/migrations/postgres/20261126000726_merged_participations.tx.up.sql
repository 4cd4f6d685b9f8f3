-- Of whom a merge of cases moved, or left uncounted: the other case.

ALTER TABLE participations ADD COLUMN merged_with BIGINT NOT NULL DEFAULT 0;
