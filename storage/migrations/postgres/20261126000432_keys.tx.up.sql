-- Several keys of one actor: of two kinds, and those that were replaced.

ALTER TABLE actor_keys ADD COLUMN kind TEXT NOT NULL DEFAULT 'rsa' CHECK (kind IN ('rsa', 'ed25519'));
ALTER TABLE actor_keys ADD COLUMN retired_at BIGINT NOT NULL DEFAULT 0;

-- Signed with the key that it replaces, which others know.
ALTER TABLE outgoing ADD COLUMN former_key BOOLEAN NOT NULL DEFAULT FALSE;
