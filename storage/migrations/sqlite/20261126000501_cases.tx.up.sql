-- What grievances and reviews state in fields, and where they stand.

ALTER TABLE threads ADD COLUMN company_id BIGINT NOT NULL DEFAULT 0;    -- the company's page
ALTER TABLE threads ADD COLUMN company TEXT NOT NULL DEFAULT '';        -- its name
ALTER TABLE threads ADD COLUMN company_handle TEXT NOT NULL DEFAULT ''; -- of the page
ALTER TABLE threads ADD COLUMN company_uri TEXT NOT NULL DEFAULT '';    -- as another server names it
ALTER TABLE threads ADD COLUMN product_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE threads ADD COLUMN product TEXT NOT NULL DEFAULT '';
ALTER TABLE threads ADD COLUMN experienced_on TEXT NOT NULL DEFAULT ''; -- 2006-01-02
ALTER TABLE threads ADD COLUMN amount BIGINT NOT NULL DEFAULT 0;        -- in the smallest unit
ALTER TABLE threads ADD COLUMN currency TEXT NOT NULL DEFAULT '';       -- ISO 4217; '': no amount
ALTER TABLE threads ADD COLUMN wants TEXT NOT NULL DEFAULT '';
ALTER TABLE threads ADD COLUMN place TEXT NOT NULL DEFAULT '';
ALTER TABLE threads ADD COLUMN feeling TEXT NOT NULL DEFAULT '';
ALTER TABLE threads ADD COLUMN evidence TEXT NOT NULL DEFAULT '';
ALTER TABLE threads ADD COLUMN state TEXT NOT NULL DEFAULT '';
ALTER TABLE threads ADD COLUMN state_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE threads ADD COLUMN promised_on TEXT NOT NULL DEFAULT '';
ALTER TABLE threads ADD COLUMN incomplete BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE threads ADD COLUMN company_announce_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE threads ADD COLUMN merged_into BIGINT NOT NULL DEFAULT 0;
ALTER TABLE threads ADD COLUMN ask_at BIGINT NOT NULL DEFAULT 0;        -- when the author is next asked how it stands

-- Those from before have no date of experience.
UPDATE threads SET incomplete = TRUE, evidence = 'declared' WHERE kind IN ('grievance', 'review');
UPDATE threads SET state = 'open' WHERE kind = 'grievance';

CREATE INDEX threads_company ON threads (company_id, post_id) WHERE company_id <> 0 AND NOT hidden;
CREATE INDEX threads_ask ON threads (ask_at) WHERE ask_at <> 0;

ALTER TABLE drafts ADD COLUMN case_facts TEXT NOT NULL DEFAULT ''; -- JSON

-- Where cases stood, and who moved them.
CREATE TABLE case_moves (
    id          BIGINT PRIMARY KEY,
    thread_id   BIGINT NOT NULL,
    from_state  TEXT   NOT NULL,
    to_state    TEXT   NOT NULL,
    actor_id    BIGINT NOT NULL, -- 0: by itself
    promised_on TEXT   NOT NULL DEFAULT '',
    note        TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX case_moves_thread ON case_moves (thread_id, id);
