-- Times are RFC 3339 in UTC with nine decimals, so that they sort as text; `start` of a
-- reminder is the UK wall clock, as EMIS keeps it.
CREATE TABLE practice_settings (
    ods_code TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE reminders (
    practice TEXT NOT NULL,
    slot INTEGER NOT NULL,
    patient INTEGER NOT NULL,
    start TEXT NOT NULL,
    minutes_before INTEGER NOT NULL,
    channel TEXT NOT NULL,
    claimed_at TEXT NOT NULL,
    outcome TEXT, -- none while in doubt
    settled_at TEXT,
    PRIMARY KEY (practice, slot, patient, start, minutes_before, channel)
) STRICT, WITHOUT ROWID;

-- Fingerprints, from which no password can be had back.
CREATE TABLE refused_passwords (
    fingerprint BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE bookings (
    id TEXT PRIMARY KEY,
    practice TEXT NOT NULL,
    session INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    start TEXT NOT NULL,
    patient INTEGER NOT NULL,
    state TEXT NOT NULL,
    begun_at TEXT NOT NULL,
    changed_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What must never be twice is refused by the database itself as well.
CREATE UNIQUE INDEX slot_in_hand ON bookings (practice, slot)
    WHERE state IN ('intended', 'unknown', 'cancelling');
CREATE UNIQUE INDEX patient_in_hand ON bookings (practice, patient)
    WHERE state IN ('intended', 'unknown');
CREATE INDEX confirmed ON bookings (practice, slot, patient) WHERE state = 'confirmed';
CREATE INDEX unsettled ON bookings (practice, begun_at)
    WHERE state IN ('intended', 'unknown', 'cancelling');
