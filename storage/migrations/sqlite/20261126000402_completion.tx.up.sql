-- Names and hashtags by how they begin (storage/completion.go): SQLite compares
-- bytes, and has these indexes already.

SELECT 1;
