-- Archives of open data, one a day; the files are on the shelf.

CREATE TABLE archives (
    day      TEXT   PRIMARY KEY, -- 2006-01-02, in UTC
    file     TEXT   NOT NULL,
    bytes    BIGINT NOT NULL,
    made_at  BIGINT NOT NULL,
    contents TEXT   NOT NULL     -- JSON: tables and their rows
);
