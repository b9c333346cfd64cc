-- A store as the sixth release made it, with data in it. Never changed.
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
INSERT INTO refused_passwords VALUES (x'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
INSERT INTO bookings VALUES ('00000000-0000-4000-8000-000000000001', 'A20047', 70, 501, '2026-06-02T08:30:00.000000000Z', 41, 'confirmed', '2026-05-30T10:00:00.000000000Z', '2026-05-30T10:00:02.000000000Z');
INSERT INTO bookings VALUES ('00000000-0000-4000-8000-000000000002', 'A20047', 70, 502, '2026-06-02T08:40:00.000000000Z', 42, 'unknown', '2026-05-30T10:01:00.000000000Z', '2026-05-30T10:01:02.000000000Z');
PRAGMA application_id = 0x454d5350;
CREATE TABLE password_claims (
    fingerprint BLOB PRIMARY KEY,
    until TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO password_claims VALUES (x'00', '2026-06-01T08:30:00.000000000Z');
-- The audit trail. A row of audit_chains is the end of a chain, and where it begins: after what
-- was deleted by segments.
CREATE TABLE audit_chains (
    chain TEXT PRIMARY KEY,
    number INTEGER NOT NULL,
    digest TEXT NOT NULL,
    first INTEGER NOT NULL,
    first_previous TEXT NOT NULL,
    unsealed_from INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_entries (
    chain TEXT NOT NULL,
    number INTEGER NOT NULL,
    previous TEXT NOT NULL,
    digest TEXT NOT NULL,
    at TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (chain, number)
) STRICT;

CREATE TABLE audit_segments (
    chain TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    digest TEXT NOT NULL,
    newest_at TEXT NOT NULL,
    PRIMARY KEY (chain, first)
) STRICT, WITHOUT ROWID;

-- Commands that had an idempotency key.
CREATE TABLE commands (
    practice TEXT NOT NULL,
    key TEXT NOT NULL,
    request TEXT NOT NULL,
    version INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (practice, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE exclusions (
    practice TEXT NOT NULL,
    patient INTEGER NOT NULL,
    number INTEGER NOT NULL, -- the patient's first, second, ...
    kind TEXT NOT NULL,
    since TEXT NOT NULL,
    since_by TEXT NOT NULL,
    ended_at TEXT, -- none while it stands
    ended_by TEXT,
    PRIMARY KEY (practice, patient, number)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX standing_exclusion ON exclusions (practice, patient, kind)
    WHERE ended_at IS NULL;
INSERT INTO audit_chains VALUES ('A20047', 1, '4e4d75575a0eb23c90f82876cda7263e727a6aa303180b3390f46267bf4797ce', 1, '0000000000000000000000000000000000000000000000000000000000000000', 1);
INSERT INTO audit_entries VALUES ('A20047', 1, '0000000000000000000000000000000000000000000000000000000000000000', '4e4d75575a0eb23c90f82876cda7263e727a6aa303180b3390f46267bf4797ce', '2026-05-30T09:00:00.000000000Z', '{"kind":"settings.changed","at":"2026-05-30T09:00:00Z","actor":{"kind":"user","id":"u-117"},"outcome":"success","details":{"changes":[{"from":null,"path":"name","to":"Invented Surgery"}],"command":"set-name","version":7}}');
INSERT INTO commands VALUES ('A20047', 'form-1', '2ad8a7049d7c5511ac254f5f51fe70a046ebd884729056f0fe57f5160d467153', 7, '{"api_user_must_be_entered_again":false,"reminders_switched_off":false,"booking_switched_off":false}', '2026-05-30T09:00:00.000000000Z');
INSERT INTO exclusions VALUES ('A20047', 43, 1, 'opt-out', '2026-05-30T09:00:00.000000000Z', '{"actor":{"kind":"user","id":"u-117"}}', NULL, NULL);
-- Who found out what became of a reminder; none where an older release noted it.
ALTER TABLE reminders ADD COLUMN settled_by TEXT;
-- When what the product does for a practice last worked, and last failed, for all its processes.
CREATE TABLE last_calls (
    practice TEXT NOT NULL,
    capability TEXT NOT NULL,
    worked_at TEXT,
    failed_at TEXT,
    PRIMARY KEY (practice, capability)
) STRICT, WITHOUT ROWID;

-- Whether EMIS let the last call of each operation pass; how it refused it, where it did.
CREATE TABLE call_verdicts (
    practice TEXT NOT NULL,
    operation TEXT NOT NULL,
    at TEXT NOT NULL,
    refusal TEXT,
    PRIMARY KEY (practice, operation)
) STRICT, WITHOUT ROWID;
INSERT INTO last_calls VALUES ('A20047', 'bookings', '2026-06-01T08:00:00.000000000Z', NULL);
INSERT INTO audit_segments VALUES ('A20047', 1, 1, '4e4d75575a0eb23c90f82876cda7263e727a6aa303180b3390f46267bf4797ce', '2026-05-30T09:00:00.000000000Z');
-- A claim is a lease: `until` names it, and by `expires_at`, the database's time, it ends.
DROP TABLE password_claims;
CREATE TABLE password_claims (
    fingerprint BLOB PRIMARY KEY,
    until TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Segments are read from the digested entries: nothing outside the digests decides anything.
DROP TABLE audit_segments;
ALTER TABLE audit_chains DROP COLUMN unsealed_from;
ALTER TABLE audit_entries DROP COLUMN at;
INSERT INTO password_claims VALUES (x'01', '2026-06-01T08:30:00.000000000Z', '2026-06-01T08:30:00.000000000Z');
INSERT INTO call_verdicts VALUES ('A20047', 'BookAppointment', '2026-06-01T08:00:00.000000000Z', NULL);
UPDATE reminders SET settled_by = '{"actor":{"kind":"user","id":"u-117"}}' WHERE slot = 501;
PRAGMA user_version = 6;
PRAGMA journal_mode = WAL;
