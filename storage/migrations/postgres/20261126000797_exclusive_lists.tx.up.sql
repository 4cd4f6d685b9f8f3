-- Lists whose members are left out of home, and which replies apps are to show.

ALTER TABLE lists ADD COLUMN exclusive BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE lists ADD COLUMN replies   TEXT    NOT NULL DEFAULT 'none';
