-- Who was written to about something.

CREATE INDEX messages_subject ON messages (subject, purpose) WHERE subject <> 0;
