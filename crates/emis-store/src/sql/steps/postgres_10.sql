-- A claim is a lease with an owner, and belongs to one contact. What an older release left in doubt
-- was never sent again: it is unknown, which counts as sent.
ALTER TABLE reminders
    ADD COLUMN contact TEXT COLLATE "C" NOT NULL DEFAULT '0000000000000000', -- a digest
    -- of the message, which may remind of several appointments
    ADD COLUMN reference TEXT COLLATE "C" NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    ADD COLUMN generation BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN owner TEXT COLLATE "C" NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    ADD COLUMN lease_ends_at TEXT COLLATE "C" NOT NULL DEFAULT '', -- by the clock of the store
    ADD COLUMN gone_at TEXT COLLATE "C"; -- none while EMIS lists the appointment
UPDATE reminders SET lease_ends_at = claimed_at, outcome = coalesce(outcome, 'unknown'),
    settled_at = coalesce(settled_at, claimed_at);
ALTER TABLE reminders ALTER COLUMN contact DROP DEFAULT, ALTER COLUMN reference DROP DEFAULT,
    ALTER COLUMN generation DROP DEFAULT, ALTER COLUMN owner DROP DEFAULT,
    ALTER COLUMN lease_ends_at DROP DEFAULT;
ALTER TABLE reminders DROP CONSTRAINT reminders_pkey;
ALTER TABLE reminders
    ADD PRIMARY KEY (practice, slot, patient, start, minutes_before, channel, contact);
CREATE INDEX reminders_by_start ON reminders (practice, start);
CREATE INDEX reminders_by_reference ON reminders (practice, reference);
CREATE INDEX reminders_by_contact ON reminders (practice, contact, claimed_at);
CREATE INDEX reminders_open ON reminders (practice) WHERE outcome IS NULL;

-- The last poll of each kind, by the clock of the store.
CREATE TABLE reminder_polls (
    practice TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    polled_at TEXT COLLATE "C" NOT NULL,
    row_digest TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (practice, kind)
);

-- Reminders of appointments further ahead than the runs look; times are the UK wall clock.
CREATE TABLE planned_reminders (
    practice TEXT COLLATE "C" NOT NULL,
    slot BIGINT NOT NULL,
    patient BIGINT NOT NULL,
    start TEXT COLLATE "C" NOT NULL,
    minutes_before BIGINT NOT NULL,
    rule BIGINT NOT NULL,
    send_at TEXT COLLATE "C" NOT NULL,
    row_digest TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (practice, slot, patient, start, minutes_before)
);

-- Counts of the runs of each day, UK time.
CREATE TABLE reminder_days (
    practice TEXT COLLATE "C" NOT NULL,
    day TEXT COLLATE "C" NOT NULL,
    runs BIGINT NOT NULL,
    listed BIGINT NOT NULL,
    sent BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    row_digest TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (practice, day)
);
