-- Joint actions: texts that people sign, who stands behind them, and what belongs
-- to them. Each is a group, with a row in forums.

CREATE TABLE actions (
    actor_id     BIGINT  PRIMARY KEY REFERENCES actors (id),
    kind         TEXT    NOT NULL CHECK (kind IN ('petition', 'letter', 'pledge', 'gathering', 'video')),
    state        TEXT    NOT NULL CHECK (state IN ('draft', 'sponsoring', 'published', 'closed', 'stopped')),
    author_id    BIGINT  NOT NULL DEFAULT 0,  -- 0: elsewhere
    company_id   BIGINT  NOT NULL DEFAULT 0,
    home_id      BIGINT  NOT NULL DEFAULT 0,  -- the forum it belongs to
    goal         BIGINT  NOT NULL,
    milestones   TEXT    NOT NULL DEFAULT '', -- of its author's own, separated by spaces
    reached      BIGINT  NOT NULL DEFAULT 0,  -- the highest milestone that was told of
    closes_at    BIGINT  NOT NULL,
    details      TEXT    NOT NULL DEFAULT '', -- JSON; what only some kinds have
    version      INTEGER NOT NULL DEFAULT 1,
    ballot_id    BIGINT  NOT NULL DEFAULT 0,  -- the post of the present version
    sponsors     INTEGER NOT NULL DEFAULT 0,
    outcome      TEXT    NOT NULL DEFAULT '',
    outcome_html TEXT    NOT NULL DEFAULT '',
    stop_reason  TEXT    NOT NULL DEFAULT '',
    telling      BOOLEAN NOT NULL DEFAULT FALSE,
    papers       BIGINT  NOT NULL DEFAULT 0,  -- signatures on paper
    signed       BIGINT  NOT NULL DEFAULT 0,  -- all that count, for lists
    told         TEXT    NOT NULL DEFAULT '', -- JSON; what its own server counts, of actions elsewhere
    created_at   BIGINT  NOT NULL,
    published_at BIGINT  NOT NULL DEFAULT 0,
    ended_at     BIGINT  NOT NULL DEFAULT 0
);
CREATE INDEX actions_new ON actions (published_at, actor_id) WHERE published_at <> 0;
CREATE INDEX actions_signed ON actions (signed, actor_id) WHERE published_at <> 0;
CREATE INDEX actions_ending ON actions (closes_at, actor_id) WHERE state = 'published';
CREATE INDEX actions_company ON actions (company_id, actor_id) WHERE company_id <> 0;
CREATE INDEX actions_home ON actions (home_id, actor_id) WHERE home_id <> 0;
CREATE INDEX actions_author ON actions (author_id, actor_id) WHERE author_id <> 0;

CREATE TABLE action_versions (
    action_id  BIGINT  NOT NULL REFERENCES actions (actor_id),
    number     INTEGER NOT NULL,
    title      TEXT    NOT NULL,
    text       TEXT    NOT NULL, -- Markdown, in its canonical form
    html       TEXT    NOT NULL,
    sha256     TEXT    NOT NULL, -- of title, empty line, text
    change     TEXT    NOT NULL DEFAULT '',
    post_id    BIGINT  NOT NULL DEFAULT 0,
    created_at BIGINT  NOT NULL,
    PRIMARY KEY (action_id, number)
);
CREATE INDEX action_versions_post ON action_versions (post_id) WHERE post_id <> 0;

CREATE TABLE action_sponsors (
    action_id  BIGINT NOT NULL REFERENCES actions (actor_id),
    actor_id   BIGINT NOT NULL REFERENCES actors (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (action_id, actor_id)
);
CREATE INDEX action_sponsors_actor ON action_sponsors (actor_id);

CREATE TABLE action_cases (
    action_id  BIGINT NOT NULL REFERENCES actions (actor_id),
    thread_id  BIGINT NOT NULL,
    by_id      BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (action_id, thread_id)
);
CREATE INDEX action_cases_thread ON action_cases (thread_id);

CREATE TABLE action_papers (
    id         BIGINT  PRIMARY KEY,
    action_id  BIGINT  NOT NULL REFERENCES actions (actor_id),
    number     INTEGER NOT NULL CHECK (number > 0),
    place      TEXT    NOT NULL,
    note       TEXT    NOT NULL DEFAULT '',
    by_id      BIGINT  NOT NULL,
    created_at BIGINT  NOT NULL,
    undone_at  BIGINT  NOT NULL DEFAULT 0,
    undone_by  BIGINT  NOT NULL DEFAULT 0
);
CREATE INDEX action_papers_action ON action_papers (action_id, id);
