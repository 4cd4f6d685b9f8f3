-- Who is counted: on threads ("it happened to me too") and on actions.

CREATE TABLE participations (
    id              BIGINT  PRIMARY KEY,
    kind            TEXT    NOT NULL CHECK (kind IN ('co_claim', 'signature')),
    subject_id      BIGINT  NOT NULL,
    version         INTEGER NOT NULL DEFAULT 0,
    actor_id        BIGINT  NOT NULL DEFAULT 0,  -- 0: known by the mailbox only
    email_hash      TEXT    NOT NULL DEFAULT '', -- keyed
    email           TEXT    NOT NULL DEFAULT '', -- while a mail must be sent there
    name            TEXT    NOT NULL DEFAULT '',
    locale          TEXT    NOT NULL DEFAULT '',
    tier            TEXT    NOT NULL CHECK (tier IN ('email', 'local', 'known', 'new')),
    server          TEXT    NOT NULL DEFAULT '',
    route           TEXT    NOT NULL,
    source_uri      TEXT    NOT NULL DEFAULT '', -- the post elsewhere that did it
    network         TEXT    NOT NULL DEFAULT '', -- keyed hash, for a month
    agent           TEXT    NOT NULL DEFAULT '',
    experienced_on  TEXT    NOT NULL DEFAULT '',
    amount          BIGINT  NOT NULL DEFAULT 0,
    currency        TEXT    NOT NULL DEFAULT '',
    words           TEXT    NOT NULL DEFAULT '',
    name_shown      BOOLEAN NOT NULL DEFAULT FALSE,
    updates         BOOLEAN NOT NULL DEFAULT FALSE,
    dossier         BOOLEAN NOT NULL DEFAULT FALSE,
    contact         BOOLEAN NOT NULL DEFAULT FALSE,
    created_at      BIGINT  NOT NULL,
    confirmed_at    BIGINT  NOT NULL DEFAULT 0,
    withdrawn_at    BIGINT  NOT NULL DEFAULT 0,
    invalidation_id BIGINT  NOT NULL DEFAULT 0,
    told            BOOLEAN NOT NULL DEFAULT FALSE,
    elsewhere       BOOLEAN NOT NULL DEFAULT FALSE  -- the subject's own server counts it
);
CREATE UNIQUE INDEX participations_actor ON participations (kind, subject_id, actor_id) WHERE actor_id <> 0;
CREATE UNIQUE INDEX participations_mailbox ON participations (kind, subject_id, email_hash) WHERE email_hash <> '';
CREATE INDEX participations_subject ON participations (kind, subject_id, id);
CREATE INDEX participations_by ON participations (actor_id) WHERE actor_id <> 0;
CREATE INDEX participations_unconfirmed ON participations (email_hash) WHERE confirmed_at = 0;
CREATE INDEX participations_source ON participations (source_uri) WHERE source_uri <> '';
CREATE INDEX participations_waiting ON participations (created_at) WHERE confirmed_at = 0;
CREATE INDEX participations_invalidation ON participations (invalidation_id) WHERE invalidation_id <> 0;
CREATE INDEX participations_traced ON participations (created_at) WHERE network <> '' OR agent <> '';

-- Their counts, moved by whoever moves one of them. The tier 'invalidated' is of
-- those that were taken out.
CREATE TABLE participation_totals (
    kind       TEXT   NOT NULL,
    subject_id BIGINT NOT NULL,
    tier       TEXT   NOT NULL,
    number     BIGINT NOT NULL,
    PRIMARY KEY (kind, subject_id, tier)
);
CREATE TABLE participation_tallies (
    kind       TEXT   NOT NULL,
    subject_id BIGINT NOT NULL,
    tier       TEXT   NOT NULL,
    server     TEXT   NOT NULL,
    number     BIGINT NOT NULL,
    PRIMARY KEY (kind, subject_id, tier, server)
);
CREATE TABLE participation_hours (
    kind       TEXT   NOT NULL,
    subject_id BIGINT NOT NULL,
    tier       TEXT   NOT NULL,
    hour       BIGINT NOT NULL,
    number     BIGINT NOT NULL,
    PRIMARY KEY (kind, subject_id, tier, hour)
);

CREATE TABLE invalidations (
    id         BIGINT PRIMARY KEY,
    kind       TEXT   NOT NULL,
    subject_id BIGINT NOT NULL,
    rule       TEXT   NOT NULL, -- JSON
    reason     TEXT   NOT NULL,
    number     BIGINT NOT NULL,
    by_id      BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    undone_at  BIGINT NOT NULL DEFAULT 0,
    undone_by  BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX invalidations_subject ON invalidations (kind, subject_id, id);

ALTER TABLE threads ADD COLUMN co_claims BIGINT NOT NULL DEFAULT 0; -- those that count
ALTER TABLE threads ADD COLUMN co_claims_told TEXT NOT NULL DEFAULT ''; -- JSON; what its own server counts, of threads elsewhere
ALTER TABLE threads ADD COLUMN claims_telling BOOLEAN NOT NULL DEFAULT FALSE; -- others are told of the count soon
