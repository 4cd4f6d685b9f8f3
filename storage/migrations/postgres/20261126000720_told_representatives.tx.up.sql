-- Who speaks for a company, as the server of its page tells. Accounts are named by
-- their ids: few of them are ever met.
CREATE TABLE told_representatives (
    company_id  BIGINT NOT NULL REFERENCES actors (id),
    actor_uri   TEXT   NOT NULL,
    method      TEXT   NOT NULL CHECK (method IN ('dns', 'file', 'link', 'mail', 'actor')),
    domain      TEXT   NOT NULL,
    verified_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, actor_uri)
);
