-- Hashtags that forums follow.

CREATE TABLE forum_tags (
    forum_id   BIGINT NOT NULL REFERENCES actors (id),
    tag        TEXT   NOT NULL,
    label      TEXT   NOT NULL, -- as it was written
    created_at BIGINT NOT NULL,
    PRIMARY KEY (forum_id, tag)
);
CREATE INDEX forum_tags_tag ON forum_tags (tag);

-- The hashtag by which a thread came; '' where it was meant for its forum.
ALTER TABLE threads ADD COLUMN found_by TEXT NOT NULL DEFAULT '';

-- Whether an actor's server says nothing against its being found; not before it
-- was read anew.
ALTER TABLE actors ADD COLUMN findable BOOLEAN NOT NULL DEFAULT FALSE;
