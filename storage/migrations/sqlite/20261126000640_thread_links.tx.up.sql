-- Forums follow forums: the threads that one passes on from another. What lists
-- are ordered by is kept here too, so that a page of a forum is a walk along an
-- index; a trigger keeps it as it is in threads.

CREATE TABLE thread_links (
    forum_id    BIGINT  NOT NULL REFERENCES actors (id),   -- the forum that shows it
    post_id     BIGINT  NOT NULL REFERENCES threads (post_id),
    via_id      BIGINT  NOT NULL REFERENCES actors (id),   -- the forum it came by
    announce_id BIGINT  NOT NULL DEFAULT 0,                -- our Announce of it; 0: there was none
    uri         TEXT    NOT NULL DEFAULT '',               -- of the Announce it came by
    created_at  BIGINT  NOT NULL,
    left_out    BOOLEAN NOT NULL DEFAULT FALSE,            -- by a moderator
    score       DOUBLE PRECISION NOT NULL,
    active_at   BIGINT  NOT NULL,
    merit       BIGINT  NOT NULL,
    hidden      BOOLEAN NOT NULL,
    PRIMARY KEY (forum_id, post_id)
);
CREATE INDEX thread_links_new ON thread_links (forum_id, post_id) WHERE NOT hidden;
CREATE INDEX thread_links_hot ON thread_links (forum_id, score, post_id) WHERE NOT hidden;
CREATE INDEX thread_links_active ON thread_links (forum_id, active_at, post_id) WHERE NOT hidden;
CREATE INDEX thread_links_top ON thread_links (forum_id, merit, post_id) WHERE NOT hidden;
CREATE INDEX thread_links_post ON thread_links (post_id);
CREATE INDEX thread_links_via ON thread_links (via_id, forum_id);
CREATE INDEX thread_links_announce ON thread_links (announce_id) WHERE announce_id <> 0;

CREATE TRIGGER threads_linked AFTER UPDATE OF score, active_at, merit, hidden ON threads
BEGIN
    UPDATE thread_links SET score = NEW.score, active_at = NEW.active_at, merit = NEW.merit, hidden = NEW.hidden OR left_out
    WHERE post_id = NEW.post_id;
END;
