-- What was brought from an archive of another forum software, so that nothing is
-- brought twice, also after it was deleted here. The authors are marked.

CREATE TABLE brought (
    source     TEXT   NOT NULL, -- where it was written, such as a host name
    kind       TEXT   NOT NULL CHECK (kind IN ('author', 'post')),
    foreign_id TEXT   NOT NULL,
    id         BIGINT NOT NULL, -- of an actor or a post here
    PRIMARY KEY (source, kind, foreign_id)
);

ALTER TABLE actors ADD COLUMN imported_from TEXT NOT NULL DEFAULT '';
