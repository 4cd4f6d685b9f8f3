-- The orders of the directory of forums (storage/directory.go).

CREATE INDEX forums_active ON forums (last_active_at, actor_id);
CREATE INDEX actors_forums_members ON actors (followers, id) WHERE kind = 'Group' AND deleted_at = 0;
CREATE INDEX actors_forums_name ON actors (lower(name), id) WHERE kind = 'Group' AND deleted_at = 0;
