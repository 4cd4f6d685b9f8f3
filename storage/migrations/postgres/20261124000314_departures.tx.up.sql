-- When an account goes for good whose owner has asked for that.

ALTER TABLE actors ADD COLUMN leaves_at BIGINT NOT NULL DEFAULT 0; -- 0: it stays

CREATE INDEX actors_leaving ON actors (leaves_at) WHERE leaves_at > 0;
