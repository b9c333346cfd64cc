-- A schema as the sixth release made it, with data in it. Never changed.
CREATE TABLE emis_store (version BIGINT NOT NULL);
INSERT INTO emis_store VALUES (6);
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
INSERT INTO practice_settings VALUES ('A20047', 7, '{"schema_version":1,"version":7,"ods_code":"A20047","name":"Invented Surgery","organisation_id":"50002","api_user":null,"reminders":{"enabled":true,"hours_before":[24,72],"channels":["sms","email"],"slot_types":{"only":["3"]},"sites":"all","quiet_hours":{"from":"20:00:00","until":"08:00:00"},"minimum_notice_minutes":60,"minimum_age_years":16,"name_the_patient":false,"practice_name":null,"cancel_text":null,"opted_out":[41]},"booking":{"enabled":false,"slot_types":[],"sites":"all","session_holders":"all","horizon_days":42,"minimum_notice_minutes":60,"cancel_cut_off_minutes":60,"max_future_per_patient":2,"booked_by":null,"reason":"Booked online"}}');
INSERT INTO reminders VALUES ('A20047', 501, 41, '2026-06-02T09:30:00', 1440, 'sms', '2026-06-01T08:30:00.000000000Z', 'sent', '2026-06-01T08:30:01.000000000Z');
INSERT INTO reminders VALUES ('A20047', 502, 42, '2026-06-02T09:40:00', 1440, 'email', '2026-06-01T08:40:00.000000000Z', NULL, NULL);
INSERT INTO refused_passwords VALUES ('\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
INSERT INTO bookings VALUES ('00000000-0000-4000-8000-000000000001', 'A20047', 70, 501, '2026-06-02T08:30:00.000000000Z', 41, 'confirmed', '2026-05-30T10:00:00.000000000Z', '2026-05-30T10:00:02.000000000Z');
INSERT INTO bookings VALUES ('00000000-0000-4000-8000-000000000002', 'A20047', 70, 502, '2026-06-02T08:40:00.000000000Z', 42, 'unknown', '2026-05-30T10:01:00.000000000Z', '2026-05-30T10:01:02.000000000Z');
-- Who tries a password just now; each row is deleted when the try is over, or replaced when its
-- time is.
CREATE TABLE password_claims (
    fingerprint BYTEA PRIMARY KEY,
    until TEXT COLLATE "C" NOT NULL
);
-- The audit trail. A row of audit_chains is the end of a chain, and where it begins: after what
-- was deleted by segments.
CREATE TABLE audit_chains (
    chain TEXT COLLATE "C" PRIMARY KEY,
    number BIGINT NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    first BIGINT NOT NULL,
    first_previous TEXT COLLATE "C" NOT NULL,
    unsealed_from BIGINT NOT NULL
);

CREATE TABLE audit_entries (
    chain TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    previous TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (chain, number)
);

CREATE TABLE audit_segments (
    chain TEXT COLLATE "C" NOT NULL,
    first BIGINT NOT NULL,
    last BIGINT NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    newest_at TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (chain, first)
);

-- Commands that had an idempotency key.
CREATE TABLE commands (
    practice TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    request TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (practice, key)
);

CREATE TABLE exclusions (
    practice TEXT COLLATE "C" NOT NULL,
    patient BIGINT NOT NULL,
    number BIGINT NOT NULL, -- the patient's first, second, ...
    kind TEXT COLLATE "C" NOT NULL,
    since TEXT COLLATE "C" NOT NULL,
    since_by TEXT COLLATE "C" NOT NULL,
    ended_at TEXT COLLATE "C", -- none while it stands
    ended_by TEXT COLLATE "C",
    PRIMARY KEY (practice, patient, number)
);

CREATE UNIQUE INDEX standing_exclusion ON exclusions (practice, patient, kind)
    WHERE ended_at IS NULL;
INSERT INTO audit_chains VALUES ('A20047', 1, '4e4d75575a0eb23c90f82876cda7263e727a6aa303180b3390f46267bf4797ce', 1, '0000000000000000000000000000000000000000000000000000000000000000', 1);
INSERT INTO audit_entries VALUES ('A20047', 1, '0000000000000000000000000000000000000000000000000000000000000000', '4e4d75575a0eb23c90f82876cda7263e727a6aa303180b3390f46267bf4797ce', '2026-05-30T09:00:00.000000000Z', '{"kind":"settings.changed","at":"2026-05-30T09:00:00Z","actor":{"kind":"user","id":"u-117"},"outcome":"success","details":{"changes":[{"from":null,"path":"name","to":"Invented Surgery"}],"command":"set-name","version":7}}');
INSERT INTO commands VALUES ('A20047', 'form-1', '2ad8a7049d7c5511ac254f5f51fe70a046ebd884729056f0fe57f5160d467153', 7, '{"api_user_must_be_entered_again":false,"reminders_switched_off":false,"booking_switched_off":false}', '2026-05-30T09:00:00.000000000Z');
INSERT INTO exclusions VALUES ('A20047', 43, 1, 'opt-out', '2026-05-30T09:00:00.000000000Z', '{"actor":{"kind":"user","id":"u-117"}}', NULL, NULL);
-- Who found out what became of a reminder; none where an older release noted it.
ALTER TABLE reminders ADD COLUMN settled_by TEXT COLLATE "C";
-- When what the product does for a practice last worked, and last failed, for all its processes.
CREATE TABLE last_calls (
    practice TEXT COLLATE "C" NOT NULL,
    capability TEXT COLLATE "C" NOT NULL,
    worked_at TEXT COLLATE "C",
    failed_at TEXT COLLATE "C",
    PRIMARY KEY (practice, capability)
);

-- Whether EMIS let the last call of each operation pass; how it refused it, where it did.
CREATE TABLE call_verdicts (
    practice TEXT COLLATE "C" NOT NULL,
    operation TEXT COLLATE "C" NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    refusal TEXT COLLATE "C",
    PRIMARY KEY (practice, operation)
);
INSERT INTO last_calls VALUES ('A20047', 'bookings', '2026-06-01T08:00:00.000000000Z', NULL);
INSERT INTO audit_segments VALUES ('A20047', 1, 1, '4e4d75575a0eb23c90f82876cda7263e727a6aa303180b3390f46267bf4797ce', '2026-05-30T09:00:00.000000000Z');
-- A claim is a lease: `until` names it, and by `expires_at`, the database's time, it ends.
DROP TABLE password_claims;
CREATE TABLE password_claims (
    fingerprint BYTEA PRIMARY KEY,
    until TEXT COLLATE "C" NOT NULL,
    expires_at TEXT COLLATE "C" NOT NULL
);

-- Segments are read from the digested entries: nothing outside the digests decides anything.
DROP TABLE audit_segments;
ALTER TABLE audit_chains DROP COLUMN unsealed_from;
ALTER TABLE audit_entries DROP COLUMN at;
INSERT INTO password_claims VALUES ('\x01', '2026-06-01T08:30:00.000000000Z', '2026-06-01T08:30:00.000000000Z');
INSERT INTO call_verdicts VALUES ('A20047', 'BookAppointment', '2026-06-01T08:00:00.000000000Z', NULL);
UPDATE reminders SET settled_by = '{"actor":{"kind":"user","id":"u-117"}}' WHERE slot = 501;
