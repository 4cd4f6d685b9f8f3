-- Films and sounds among the files that people upload.

ALTER TABLE picture_files ADD COLUMN duration BIGINT NOT NULL DEFAULT 0; -- milliseconds
