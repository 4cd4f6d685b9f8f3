-- The foundation: actors, threads, what people do with them, and what is on its
-- way to other servers.
--
-- Times are milliseconds since 1970, 0 for "not (yet)". Text is never NULL.
-- Counters are kept by the transaction that changes what they count.


CREATE TABLE actors (
    id               BIGINT  PRIMARY KEY,
    kind             TEXT    NOT NULL CHECK (kind IN ('Person', 'Group', 'Application', 'Service', 'Organization')),
    name             TEXT    NOT NULL,
    host             TEXT    NOT NULL DEFAULT '',  -- of the handle; '' here
    peer_host        TEXT    NOT NULL DEFAULT '',  -- of the inbox; '' here
    uri              TEXT    NOT NULL UNIQUE,
    url              TEXT    NOT NULL DEFAULT '',
    display_name     TEXT    NOT NULL DEFAULT '',
    summary          TEXT    NOT NULL DEFAULT '',
    summary_source   TEXT    NOT NULL DEFAULT '',
    inbox            TEXT    NOT NULL DEFAULT '',
    shared_inbox     TEXT    NOT NULL DEFAULT '',
    outbox           TEXT    NOT NULL DEFAULT '',
    followers_uri    TEXT    NOT NULL DEFAULT '',
    featured_uri     TEXT    NOT NULL DEFAULT '',
    moderators_uri   TEXT    NOT NULL DEFAULT '',
    icon_url         TEXT    NOT NULL DEFAULT '',
    locked           BOOLEAN NOT NULL DEFAULT FALSE,
    followers        BIGINT  NOT NULL DEFAULT 0,   -- accepted, as far as this server knows them
    following        BIGINT  NOT NULL DEFAULT 0,
    posts            BIGINT  NOT NULL DEFAULT 0,
    created_at       BIGINT  NOT NULL,
    fetched_at       BIGINT  NOT NULL DEFAULT 0,
    suspended_at     BIGINT  NOT NULL DEFAULT 0,
    suspended_reason TEXT    NOT NULL DEFAULT '',
    deleted_at       BIGINT  NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX actors_local_name ON actors (name) WHERE host = '';
CREATE INDEX actors_handle ON actors (host, lower(name));
CREATE INDEX actors_peer ON actors (peer_host) WHERE peer_host <> '';

CREATE TABLE actor_keys (
    uri         TEXT   PRIMARY KEY,
    actor_id    BIGINT NOT NULL REFERENCES actors (id),
    public_pem  TEXT   NOT NULL,
    private_pem TEXT   NOT NULL DEFAULT '',
    fetched_at  BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX actor_keys_actor ON actor_keys (actor_id);

CREATE TABLE accounts (
    actor_id           BIGINT PRIMARY KEY REFERENCES actors (id),
    email              TEXT   NOT NULL,
    email_key          TEXT   NOT NULL UNIQUE,
    email_confirmed_at BIGINT NOT NULL DEFAULT 0,
    password_hash      TEXT   NOT NULL DEFAULT '',
    role               TEXT   NOT NULL CHECK (role IN ('member', 'admin')),
    locale             TEXT   NOT NULL DEFAULT '',
    theme              TEXT   NOT NULL DEFAULT '',
    approved_at        BIGINT NOT NULL DEFAULT 0,
    application        TEXT   NOT NULL DEFAULT '',
    seen_at            BIGINT NOT NULL DEFAULT 0,
    unread             BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX accounts_admins ON accounts (actor_id) WHERE role = 'admin';
CREATE INDEX accounts_pending ON accounts (actor_id) WHERE approved_at = 0;

CREATE TABLE forums (
    actor_id       BIGINT PRIMARY KEY REFERENCES actors (id),
    rules          TEXT   NOT NULL DEFAULT '',
    rules_html     TEXT   NOT NULL DEFAULT '',
    language       TEXT   NOT NULL DEFAULT '',
    threads        BIGINT NOT NULL DEFAULT 0,
    last_active_at BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE moderators (
    forum_id   BIGINT NOT NULL REFERENCES forums (actor_id),
    account_id BIGINT NOT NULL REFERENCES accounts (actor_id),
    PRIMARY KEY (forum_id, account_id)
);
CREATE INDEX moderators_account ON moderators (account_id);

CREATE TABLE posts (
    id             BIGINT PRIMARY KEY,
    thread_id      BIGINT NOT NULL,               -- the root post; its own id for a root
    parent_id      BIGINT NOT NULL DEFAULT 0,
    branch_id      BIGINT NOT NULL DEFAULT 0,     -- the first-level reply above it, or itself
    depth          BIGINT NOT NULL DEFAULT 0,
    forum_id       BIGINT NOT NULL REFERENCES actors (id),
    author_id      BIGINT NOT NULL REFERENCES actors (id),
    uri            TEXT   NOT NULL UNIQUE,
    url            TEXT   NOT NULL DEFAULT '',
    title          TEXT   NOT NULL DEFAULT '',
    body           TEXT   NOT NULL DEFAULT '',
    content        TEXT   NOT NULL DEFAULT '',
    language       TEXT   NOT NULL DEFAULT '',
    content_note   TEXT   NOT NULL DEFAULT '',
    attachments    TEXT   NOT NULL DEFAULT '',    -- JSON
    published_at   BIGINT NOT NULL,
    edited_at      BIGINT NOT NULL DEFAULT 0,
    deleted_at     BIGINT NOT NULL DEFAULT 0,
    removed_at     BIGINT NOT NULL DEFAULT 0,
    removed_by     BIGINT NOT NULL DEFAULT 0,
    removed_reason TEXT   NOT NULL DEFAULT '',
    create_id      BIGINT NOT NULL DEFAULT 0,     -- of the Create activity, local posts only
    children       BIGINT NOT NULL DEFAULT 0,     -- direct replies
    supports       BIGINT NOT NULL DEFAULT 0,
    boosts         BIGINT NOT NULL DEFAULT 0,
    merit          BIGINT NOT NULL DEFAULT 0,     -- supports + 2 * boosts: the order "best"
    CHECK ((parent_id = 0) = (depth = 0)),
    CHECK ((parent_id = 0) = (thread_id = id))
);
CREATE INDEX posts_thread ON posts (thread_id, id);
CREATE INDEX posts_best ON posts (thread_id, merit, id) WHERE depth = 1;
CREATE INDEX posts_first ON posts (thread_id, id) WHERE depth = 1;
CREATE INDEX posts_branch ON posts (branch_id, depth, id) WHERE branch_id <> 0;
CREATE INDEX posts_parent ON posts (parent_id, id) WHERE parent_id <> 0;
CREATE INDEX posts_author ON posts (author_id, id);
CREATE INDEX posts_create ON posts (create_id) WHERE create_id <> 0;

CREATE TABLE threads (
    post_id     BIGINT  PRIMARY KEY REFERENCES posts (id),
    forum_id    BIGINT  NOT NULL REFERENCES actors (id),
    author_id   BIGINT  NOT NULL REFERENCES actors (id),
    kind        TEXT    NOT NULL CHECK (kind IN ('grievance', 'review', 'question', 'discussion')),
    language    TEXT    NOT NULL DEFAULT '',
    locked_at   BIGINT  NOT NULL DEFAULT 0,
    replies     BIGINT  NOT NULL DEFAULT 0,
    active_at   BIGINT  NOT NULL,
    score       DOUBLE PRECISION NOT NULL,
    context_uri TEXT    NOT NULL DEFAULT '',
    announce_id BIGINT  NOT NULL DEFAULT 0,       -- of the forum's Announce, local forums only
    hidden      BOOLEAN NOT NULL DEFAULT FALSE    -- deleted or removed: in no list
);
CREATE INDEX threads_hot ON threads (score, post_id) WHERE NOT hidden;
CREATE INDEX threads_active ON threads (active_at, post_id) WHERE NOT hidden;
CREATE INDEX threads_new ON threads (post_id) WHERE NOT hidden;
CREATE INDEX threads_forum_hot ON threads (forum_id, score, post_id) WHERE NOT hidden;
CREATE INDEX threads_forum_active ON threads (forum_id, active_at, post_id) WHERE NOT hidden;
CREATE INDEX threads_forum_new ON threads (forum_id, post_id) WHERE NOT hidden;
CREATE INDEX threads_author ON threads (author_id, post_id) WHERE NOT hidden;
CREATE INDEX threads_announce ON threads (announce_id) WHERE announce_id <> 0;

CREATE TABLE revisions (
    post_id     BIGINT NOT NULL REFERENCES posts (id),
    replaced_at BIGINT NOT NULL,
    title       TEXT   NOT NULL,
    body        TEXT   NOT NULL,
    content     TEXT   NOT NULL,
    PRIMARY KEY (post_id, replaced_at)
);

CREATE TABLE mentions (
    post_id  BIGINT NOT NULL REFERENCES posts (id),
    actor_id BIGINT NOT NULL REFERENCES actors (id),
    PRIMARY KEY (post_id, actor_id)
);
CREATE INDEX mentions_actor ON mentions (actor_id);

CREATE TABLE supports (
    post_id    BIGINT  NOT NULL REFERENCES posts (id),
    actor_id   BIGINT  NOT NULL REFERENCES actors (id),
    uri        TEXT    NOT NULL DEFAULT '',
    withdrawn  BOOLEAN NOT NULL DEFAULT FALSE,    -- a Dislike from elsewhere
    created_at BIGINT  NOT NULL,
    PRIMARY KEY (post_id, actor_id)
);
CREATE INDEX supports_actor ON supports (actor_id);
CREATE INDEX supports_uri ON supports (uri) WHERE uri <> '';

CREATE TABLE boosts (
    post_id    BIGINT NOT NULL REFERENCES posts (id),
    actor_id   BIGINT NOT NULL REFERENCES actors (id),
    uri        TEXT   NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    PRIMARY KEY (post_id, actor_id)
);
CREATE INDEX boosts_actor ON boosts (actor_id);
CREATE INDEX boosts_uri ON boosts (uri) WHERE uri <> '';

CREATE TABLE follows (
    target_id   BIGINT NOT NULL REFERENCES actors (id),
    follower_id BIGINT NOT NULL REFERENCES actors (id),
    uri         TEXT   NOT NULL DEFAULT '',
    state       TEXT   NOT NULL CHECK (state IN ('pending', 'accepted')),
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (target_id, follower_id)
);
CREATE INDEX follows_follower ON follows (follower_id, target_id);
CREATE INDEX follows_uri ON follows (uri) WHERE uri <> '';

CREATE TABLE blocks (
    by_id      BIGINT NOT NULL REFERENCES actors (id),
    whom_id    BIGINT NOT NULL REFERENCES actors (id),
    uri        TEXT   NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    PRIMARY KEY (by_id, whom_id)
);
CREATE INDEX blocks_uri ON blocks (uri) WHERE uri <> '';
CREATE INDEX blocks_whom ON blocks (whom_id);

CREATE TABLE notifications (
    id         BIGINT PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES accounts (actor_id),
    kind       TEXT   NOT NULL,
    actor_id   BIGINT NOT NULL DEFAULT 0,
    post_id    BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    read_at    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX notifications_account ON notifications (account_id, id);
CREATE INDEX notifications_actor ON notifications (actor_id);
CREATE UNIQUE INDEX notifications_once ON notifications (account_id, kind, actor_id, post_id) WHERE kind IN ('support', 'boost', 'follow');

CREATE TABLE reports (
    id          BIGINT PRIMARY KEY,
    reporter_id BIGINT NOT NULL REFERENCES actors (id),
    target_id   BIGINT NOT NULL REFERENCES actors (id),
    forum_id    BIGINT NOT NULL DEFAULT 0,
    words       TEXT   NOT NULL DEFAULT '',
    state       TEXT   NOT NULL CHECK (state IN ('open', 'closed')),
    created_at  BIGINT NOT NULL,
    closed_at   BIGINT NOT NULL DEFAULT 0,
    closed_by   BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX reports_open ON reports (forum_id, id) WHERE state = 'open';

CREATE TABLE report_posts (
    report_id BIGINT NOT NULL REFERENCES reports (id),
    post_id   BIGINT NOT NULL REFERENCES posts (id),
    PRIMARY KEY (report_id, post_id)
);

CREATE TABLE sessions (
    token_hash TEXT   PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES accounts (actor_id),
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL
);
CREATE INDEX sessions_account ON sessions (account_id);

CREATE TABLE access_tokens (
    id         BIGINT PRIMARY KEY,
    token_hash TEXT   NOT NULL UNIQUE,
    account_id BIGINT NOT NULL REFERENCES accounts (actor_id),
    name       TEXT   NOT NULL DEFAULT '',
    scopes     TEXT   NOT NULL,                   -- separated by spaces
    created_at BIGINT NOT NULL
);
CREATE INDEX access_tokens_account ON access_tokens (account_id);

CREATE TABLE links (
    token_hash TEXT   PRIMARY KEY,
    purpose    TEXT   NOT NULL CHECK (purpose IN ('confirm', 'sign_in', 'invite', 'setup', 'email')),
    account_id BIGINT NOT NULL DEFAULT 0,
    email      TEXT   NOT NULL DEFAULT '',
    expires_at BIGINT NOT NULL
);
CREATE INDEX links_expiry ON links (expires_at);

CREATE TABLE tombstones (
    uri        TEXT   PRIMARY KEY,
    deleted_at BIGINT NOT NULL
);

CREATE TABLE received (
    activity    TEXT   PRIMARY KEY,
    received_at BIGINT NOT NULL
);
CREATE INDEX received_age ON received (received_at);

CREATE TABLE peers (
    host            TEXT   PRIMARY KEY,
    software        TEXT   NOT NULL DEFAULT '',
    version         TEXT   NOT NULL DEFAULT '',
    inspected_at    BIGINT NOT NULL DEFAULT 0,
    signature       TEXT   NOT NULL DEFAULT 'cavage' CHECK (signature IN ('cavage', 'rfc9421')),
    failures        BIGINT NOT NULL DEFAULT 0,
    failing_since   BIGINT NOT NULL DEFAULT 0,
    next_try_at     BIGINT NOT NULL DEFAULT 0,
    last_success_at BIGINT NOT NULL DEFAULT 0,
    last_error      TEXT   NOT NULL DEFAULT '',
    dead_at         BIGINT NOT NULL DEFAULT 0,
    pending         BIGINT NOT NULL DEFAULT 0,    -- deliveries waiting for it
    leased_by       TEXT   NOT NULL DEFAULT '',   -- the process that delivers to it
    leased_until    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX peers_due ON peers (next_try_at) WHERE pending > 0 AND dead_at = 0;

CREATE TABLE outgoing (
    id         BIGINT  PRIMARY KEY,
    signer_id  BIGINT  NOT NULL REFERENCES actors (id),
    subject    TEXT    NOT NULL,
    priority   BIGINT  NOT NULL,
    hidden     BOOLEAN NOT NULL DEFAULT FALSE,
    created_at BIGINT  NOT NULL
);
CREATE INDEX outgoing_age ON outgoing (created_at);
CREATE INDEX outgoing_subject ON outgoing (subject);

CREATE TABLE outgoing_payloads (
    activity_id BIGINT NOT NULL REFERENCES outgoing (id) ON DELETE CASCADE,
    families    BIGINT NOT NULL,                  -- bits, see forum.Family
    body        BLOB   NOT NULL,
    PRIMARY KEY (activity_id, families)
);

CREATE TABLE deliveries (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    activity_id BIGINT NOT NULL REFERENCES outgoing (id) ON DELETE CASCADE,
    host        TEXT   NOT NULL,
    inbox       TEXT   NOT NULL,
    families    BIGINT NOT NULL,                  -- servers of other families are passed over
    priority    BIGINT NOT NULL,
    attempts    BIGINT NOT NULL DEFAULT 0,
    UNIQUE (activity_id, inbox)
);
CREATE INDEX deliveries_queue ON deliveries (host, priority, activity_id);
