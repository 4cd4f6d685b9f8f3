-- Of the votes of one actor on one post that wait for a server, only the last is
-- sent: votes with the same name take each other's place.
ALTER TABLE outgoing ADD COLUMN vote TEXT NOT NULL DEFAULT '';
CREATE INDEX outgoing_vote ON outgoing (vote, signer_id) WHERE vote <> '';
