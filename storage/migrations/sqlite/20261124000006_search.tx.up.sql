-- The words that searching compares, made by forum/words: without accents and
-- endings, separated by spaces. The texts themselves are not kept again. Words that
-- begin with § stand for what a row is (storage/search.go).

CREATE VIRTUAL TABLE post_search USING fts5 (title, text, content='', contentless_delete=1, tokenize='ascii');

CREATE VIRTUAL TABLE actor_search USING fts5 (title, text, content='', contentless_delete=1, tokenize='ascii');

CREATE TABLE search_backlog (
    what  TEXT   PRIMARY KEY CHECK (what IN ('posts', 'actors')),
    up_to BIGINT NOT NULL                         -- rows with greater IDs are still to be taken in
);

INSERT INTO search_backlog (what, up_to) SELECT 'posts', 0 WHERE EXISTS (SELECT 1 FROM posts);

INSERT INTO search_backlog (what, up_to) SELECT 'actors', 0 WHERE EXISTS (SELECT 1 FROM actors);
