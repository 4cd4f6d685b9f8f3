-- Forums are moderated by people of other servers too.

ALTER TABLE moderators RENAME TO moderators_here;
DROP INDEX moderators_account;

CREATE TABLE moderators (
    forum_id BIGINT NOT NULL REFERENCES forums (actor_id),
    actor_id BIGINT NOT NULL REFERENCES actors (id),
    PRIMARY KEY (forum_id, actor_id)
);

INSERT INTO moderators (forum_id, actor_id) SELECT forum_id, account_id FROM moderators_here;
DROP TABLE moderators_here;
CREATE INDEX moderators_actor ON moderators (actor_id);
