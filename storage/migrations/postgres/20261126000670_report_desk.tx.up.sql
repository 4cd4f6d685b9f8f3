-- Who looks after a report, and what became of it when.

ALTER TABLE reports ADD COLUMN forwarded   BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE reports ADD COLUMN assigned_to BIGINT  NOT NULL DEFAULT 0;
ALTER TABLE reports ADD COLUMN changed_at  BIGINT  NOT NULL DEFAULT 0;
UPDATE reports SET changed_at = CASE WHEN closed_at > created_at THEN closed_at ELSE created_at END;
CREATE INDEX reports_target ON reports (target_id, id);
CREATE INDEX reports_state ON reports (state, id);
