-- Dossiers for associations and lawyers, and who opened them; the files are on the
-- shelf.

CREATE TABLE dossiers (
    id         BIGINT  PRIMARY KEY,
    kind       TEXT    NOT NULL CHECK (kind IN ('case', 'action')),
    subject_id BIGINT  NOT NULL,
    by_id      BIGINT  NOT NULL,
    language   TEXT    NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('making', 'ready', 'failed')),
    progress   INTEGER NOT NULL DEFAULT 0,
    file       TEXT    NOT NULL DEFAULT '',
    bytes      BIGINT  NOT NULL DEFAULT 0,
    made_at    BIGINT  NOT NULL DEFAULT 0
);
CREATE INDEX dossiers_subject ON dossiers (kind, subject_id, id);

CREATE TABLE dossier_accesses (
    dossier_id BIGINT NOT NULL REFERENCES dossiers (id),
    actor_id   BIGINT NOT NULL,
    at         BIGINT NOT NULL
);
CREATE INDEX dossier_accesses_dossier ON dossier_accesses (dossier_id, at);
