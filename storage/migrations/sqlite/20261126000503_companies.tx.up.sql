-- Pages about companies, and their products.

CREATE TABLE companies (
    actor_id        BIGINT PRIMARY KEY,
    site            TEXT   NOT NULL DEFAULT '',
    aliases         TEXT   NOT NULL DEFAULT '', -- one on each line
    registry_scheme TEXT   NOT NULL DEFAULT '',
    registry_number TEXT   NOT NULL DEFAULT '',
    created_by      BIGINT NOT NULL DEFAULT 0,
    merged_into     BIGINT NOT NULL DEFAULT 0
);

-- What pages about the same company have in common: names, words of them, the
-- host of the site, the number in a register, bar codes.
CREATE TABLE company_keys (
    key        TEXT   NOT NULL,
    company_id BIGINT NOT NULL,
    PRIMARY KEY (key, company_id)
);
CREATE INDEX company_keys_company ON company_keys (company_id);

CREATE TABLE products (
    id         BIGINT PRIMARY KEY,
    company_id BIGINT NOT NULL,
    name       TEXT   NOT NULL,
    gtin       TEXT   NOT NULL DEFAULT '',
    created_by BIGINT NOT NULL,
    UNIQUE (company_id, name)
);
CREATE INDEX products_gtin ON products (gtin) WHERE gtin <> '';

-- How many of a company's cases stand where; only those that count.
CREATE TABLE case_counts (
    company_id BIGINT  NOT NULL,
    state      TEXT    NOT NULL,
    cases      INTEGER NOT NULL,
    PRIMARY KEY (company_id, state)
);

CREATE INDEX threads_company_state ON threads (company_id, state, post_id) WHERE company_id <> 0 AND NOT hidden;
CREATE INDEX threads_company_announce ON threads (company_announce_id) WHERE company_announce_id <> 0;
CREATE INDEX threads_company_name ON threads (lower(company)) WHERE company_id = 0 AND company <> '';
