-- What posts quote, and which posts elsewhere may quote ours (FEP-044f).

ALTER TABLE posts ADD COLUMN quote_uri TEXT NOT NULL DEFAULT '';
ALTER TABLE posts ADD COLUMN quote_id BIGINT NOT NULL DEFAULT 0; -- the quoted post, where it is known here
ALTER TABLE posts ADD COLUMN quote_auth TEXT NOT NULL DEFAULT ''; -- id of its author's authorization
ALTER TABLE posts ADD COLUMN quote_approved BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX posts_quote_auth ON posts (quote_auth) WHERE quote_auth <> '';

CREATE TABLE quote_authorizations (
    id         BIGINT PRIMARY KEY,
    post_id    BIGINT NOT NULL,
    quoter_id  BIGINT NOT NULL,
    quoted_in  TEXT   NOT NULL, -- the quoting post
    created_at BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL DEFAULT 0,
    UNIQUE (post_id, quoted_in)
);
CREATE INDEX quote_authorizations_quoter ON quote_authorizations (quoter_id);
