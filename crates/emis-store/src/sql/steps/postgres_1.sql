-- Texts are compared byte by byte, as SQLite does.
-- Times are RFC 3339 in UTC with nine decimals, so that they sort as text; `start` of a
-- reminder is the UK wall clock, as EMIS keeps it.
CREATE TABLE practice_settings (
    ods_code TEXT COLLATE "C" PRIMARY KEY,
    version BIGINT NOT NULL,
    document TEXT COLLATE "C" NOT NULL
);

CREATE TABLE reminders (
    practice TEXT COLLATE "C" NOT NULL,
    slot BIGINT NOT NULL,
    patient BIGINT NOT NULL,
    start TEXT COLLATE "C" NOT NULL,
    minutes_before BIGINT NOT NULL,
    channel TEXT COLLATE "C" NOT NULL,
    claimed_at TEXT COLLATE "C" NOT NULL,
    outcome TEXT COLLATE "C", -- none while in doubt
    settled_at TEXT COLLATE "C",
    PRIMARY KEY (practice, slot, patient, start, minutes_before, channel)
);

-- Fingerprints, from which no password can be had back.
CREATE TABLE refused_passwords (
    fingerprint BYTEA PRIMARY KEY
);

CREATE TABLE bookings (
    id TEXT COLLATE "C" PRIMARY KEY,
    practice TEXT COLLATE "C" NOT NULL,
    session BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    start TEXT COLLATE "C" NOT NULL,
    patient BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    begun_at TEXT COLLATE "C" NOT NULL,
    changed_at TEXT COLLATE "C" NOT NULL
);

-- What must never be twice is refused by the database itself as well.
CREATE UNIQUE INDEX slot_in_hand ON bookings (practice, slot)
    WHERE state IN ('intended', 'unknown', 'cancelling');
CREATE UNIQUE INDEX patient_in_hand ON bookings (practice, patient)
    WHERE state IN ('intended', 'unknown');
CREATE INDEX confirmed ON bookings (practice, slot, patient) WHERE state = 'confirmed';
CREATE INDEX unsettled ON bookings (practice, begun_at)
    WHERE state IN ('intended', 'unknown', 'cancelling');
