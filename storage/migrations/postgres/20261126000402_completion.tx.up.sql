-- Names and hashtags by how they begin (storage/completion.go), whatever the
-- collation of the database.

CREATE INDEX actors_local_beginning ON actors (name COLLATE "C") WHERE host = '';
CREATE INDEX thread_tags_beginning ON thread_tags (tag COLLATE "C");
