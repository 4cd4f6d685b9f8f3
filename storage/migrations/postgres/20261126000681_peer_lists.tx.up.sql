-- Lists of rules about servers that others keep and that this server follows.

CREATE TABLE peer_lists (
    id         BIGINT  PRIMARY KEY,
    url        TEXT    NOT NULL UNIQUE,
    ceiling    TEXT    NOT NULL CHECK (ceiling IN ('media', 'limit', 'block')),
    automatic  BOOLEAN NOT NULL,
    etag       TEXT    NOT NULL DEFAULT '',
    modified   TEXT    NOT NULL DEFAULT '',
    checked_at BIGINT  NOT NULL DEFAULT 0,
    due_at     BIGINT  NOT NULL DEFAULT 0,
    read_at    BIGINT  NOT NULL DEFAULT 0,
    problem    TEXT    NOT NULL DEFAULT '',
    created_at BIGINT  NOT NULL
);

CREATE TABLE peer_list_entries (
    list_id     BIGINT  NOT NULL REFERENCES peer_lists (id),
    host        TEXT    NOT NULL,
    severity    TEXT    NOT NULL,
    media_off   BOOLEAN NOT NULL,
    votes_off   BOOLEAN NOT NULL,
    reports_off BOOLEAN NOT NULL,
    obfuscate   BOOLEAN NOT NULL,
    reason      TEXT    NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('proposed', 'accepted', 'refused')),
    PRIMARY KEY (list_id, host)
);
CREATE INDEX peer_list_entries_host ON peer_list_entries (host);

-- The list a rule comes from; 0: it was made by hand.
ALTER TABLE peer_rules ADD COLUMN list_id BIGINT NOT NULL DEFAULT 0;
