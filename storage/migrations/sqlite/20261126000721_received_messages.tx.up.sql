-- Messages from groups elsewhere to people here, and what those answered.

ALTER TABLE messages ADD COLUMN answer TEXT NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN tags TEXT NOT NULL DEFAULT ''; -- one a line
DROP INDEX messages_to;
CREATE INDEX messages_to ON messages (to_id, id);
