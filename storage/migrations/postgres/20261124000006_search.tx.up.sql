-- The words that searching compares, made by forum/words: without accents and
-- endings; those of the title have weight A. The texts themselves are not kept
-- again. Words that begin with § stand for what a row is (storage/search.go).

CREATE TABLE post_search (
    rowid BIGINT   PRIMARY KEY,
    words TSVECTOR NOT NULL
);

CREATE INDEX post_search_words ON post_search USING gin (words);

CREATE TABLE actor_search (
    rowid BIGINT   PRIMARY KEY,
    words TSVECTOR NOT NULL
);

CREATE INDEX actor_search_words ON actor_search USING gin (words);

CREATE TABLE search_backlog (
    what  TEXT   PRIMARY KEY CHECK (what IN ('posts', 'actors')),
    up_to BIGINT NOT NULL                         -- rows with greater IDs are still to be taken in
);

INSERT INTO search_backlog (what, up_to) SELECT 'posts', 0 WHERE EXISTS (SELECT 1 FROM posts);

INSERT INTO search_backlog (what, up_to) SELECT 'actors', 0 WHERE EXISTS (SELECT 1 FROM actors);
