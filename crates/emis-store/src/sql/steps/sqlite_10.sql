-- A claim is a lease with an owner, and belongs to one contact. What an older release left in doubt
-- was never sent again: it is unknown, which counts as sent.
CREATE TABLE reminders_of_contacts (
    practice TEXT NOT NULL,
    slot INTEGER NOT NULL,
    patient INTEGER NOT NULL,
    start TEXT NOT NULL,
    minutes_before INTEGER NOT NULL,
    channel TEXT NOT NULL,
    contact TEXT NOT NULL, -- a digest
    reference TEXT NOT NULL, -- of the message, which may remind of several appointments
    generation INTEGER NOT NULL,
    owner TEXT NOT NULL,
    claimed_at TEXT NOT NULL,
    lease_ends_at TEXT NOT NULL, -- by the clock of the store
    outcome TEXT, -- none while the claim is open
    settled_at TEXT,
    settled_by TEXT,
    gone_at TEXT, -- none while EMIS lists the appointment
    PRIMARY KEY (practice, slot, patient, start, minutes_before, channel, contact)
) STRICT, WITHOUT ROWID;
INSERT INTO reminders_of_contacts
    SELECT practice, slot, patient, start, minutes_before, channel, '0000000000000000',
        '00000000-0000-0000-0000-000000000000', 0, '00000000-0000-0000-0000-000000000000',
        claimed_at, claimed_at, coalesce(outcome, 'unknown'), coalesce(settled_at, claimed_at),
        settled_by, NULL
    FROM reminders;
DROP TABLE reminders;
ALTER TABLE reminders_of_contacts RENAME TO reminders;
CREATE INDEX reminders_by_start ON reminders (practice, start);
CREATE INDEX reminders_by_reference ON reminders (practice, reference);
CREATE INDEX reminders_by_contact ON reminders (practice, contact, claimed_at);
CREATE INDEX reminders_open ON reminders (practice) WHERE outcome IS NULL;

-- The last poll of each kind, by the clock of the store.
CREATE TABLE reminder_polls (
    practice TEXT NOT NULL,
    kind TEXT NOT NULL,
    polled_at TEXT NOT NULL,
    row_digest TEXT NOT NULL,
    PRIMARY KEY (practice, kind)
) STRICT, WITHOUT ROWID;

-- Reminders of appointments further ahead than the runs look; times are the UK wall clock.
CREATE TABLE planned_reminders (
    practice TEXT NOT NULL,
    slot INTEGER NOT NULL,
    patient INTEGER NOT NULL,
    start TEXT NOT NULL,
    minutes_before INTEGER NOT NULL,
    rule INTEGER NOT NULL,
    send_at TEXT NOT NULL,
    row_digest TEXT NOT NULL,
    PRIMARY KEY (practice, slot, patient, start, minutes_before)
) STRICT, WITHOUT ROWID;

-- Counts of the runs of each day, UK time.
CREATE TABLE reminder_days (
    practice TEXT NOT NULL,
    day TEXT NOT NULL,
    runs INTEGER NOT NULL,
    listed INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    row_digest TEXT NOT NULL,
    PRIMARY KEY (practice, day)
) STRICT, WITHOUT ROWID;
