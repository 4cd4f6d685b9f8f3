-- Documents that their owner lets dossiers hold; dossiers are sealed, so that the name
-- of their file is not their sum any more. And what somebody reported.

ALTER TABLE evidence ADD COLUMN for_dossier BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE dossiers ADD COLUMN sha256 TEXT NOT NULL DEFAULT '';
-- Those made before are not sealed: they are made again when somebody asks.
UPDATE dossiers SET state = 'failed' WHERE state = 'ready';
CREATE INDEX reports_reporter ON reports (reporter_id, id);
