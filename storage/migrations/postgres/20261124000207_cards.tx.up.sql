-- What the links in posts lead to.

ALTER TABLE posts ADD COLUMN card TEXT NOT NULL DEFAULT ''; -- JSON

CREATE TABLE cards (
    url        TEXT   PRIMARY KEY,
    card       TEXT   NOT NULL,                             -- JSON; '' where the page says nothing of itself
    fetched_at BIGINT NOT NULL
);

CREATE INDEX cards_age ON cards (fetched_at);
