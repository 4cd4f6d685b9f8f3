-- Others are told soon how a company's cases stand; and when those who keep order
-- were last told of a burst of people.

ALTER TABLE companies ADD COLUMN telling BOOLEAN NOT NULL DEFAULT FALSE;

CREATE TABLE burst_alerts (
    kind       TEXT   NOT NULL,
    subject_id BIGINT NOT NULL,
    told_at    BIGINT NOT NULL,
    PRIMARY KEY (kind, subject_id)
);
CREATE INDEX burst_alerts_age ON burst_alerts (told_at);
CREATE INDEX participation_hours_hour ON participation_hours (hour);
