-- Words of titles, to suggest another spelling when little is found
-- (storage/dictionary.go). A variant is a word, or a word with one letter left out:
-- two words with a variant in common differ by a slip of the finger.

CREATE TABLE dictionary (
    word    TEXT PRIMARY KEY, -- folded
    written TEXT NOT NULL     -- with its accents
);

CREATE TABLE dictionary_variants (
    variant TEXT NOT NULL,
    word    TEXT NOT NULL,
    PRIMARY KEY (variant, word)
);

-- What is there already is taken in once more, with its words.
DELETE FROM search_backlog WHERE what = 'posts';
INSERT INTO search_backlog (what, up_to) SELECT 'posts', 0 WHERE EXISTS (SELECT 1 FROM posts);
