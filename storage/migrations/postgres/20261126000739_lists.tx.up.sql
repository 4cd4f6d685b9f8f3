-- Choices among the forums and people that an account follows.

CREATE TABLE lists (
    id         BIGINT PRIMARY KEY,
    account_id BIGINT NOT NULL,
    title      TEXT   NOT NULL
);
CREATE INDEX lists_account ON lists (account_id);

CREATE TABLE list_members (
    list_id   BIGINT NOT NULL REFERENCES lists (id),
    target_id BIGINT NOT NULL,
    PRIMARY KEY (list_id, target_id)
);
CREATE INDEX list_members_target ON list_members (target_id);
