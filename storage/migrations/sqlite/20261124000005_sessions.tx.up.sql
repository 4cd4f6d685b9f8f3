-- What people are shown of their sessions, to recognise them by.

ALTER TABLE sessions ADD COLUMN browser TEXT NOT NULL DEFAULT ''; -- "Firefox on Linux"
