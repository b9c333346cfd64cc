-- A booking is compared and set by its revision. `request` digests what was asked for; its outcome
-- is looked at again until `watched_until`.
ALTER TABLE bookings ADD COLUMN origin TEXT NOT NULL DEFAULT 'here';
ALTER TABLE bookings ADD COLUMN request TEXT;
ALTER TABLE bookings ADD COLUMN cancel_cause TEXT;
ALTER TABLE bookings ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE bookings ADD COLUMN watched_until TEXT;
ALTER TABLE bookings ADD COLUMN replaces TEXT;

DROP INDEX slot_in_hand;
DROP INDEX patient_in_hand;
DROP INDEX unsettled;
DROP INDEX confirmed;

-- Earlier releases sent what they intended without a further word.
UPDATE bookings SET state = 'unknown' WHERE state = 'intended';
-- They could also confirm one appointment twice: a person has to look at the earlier one.
UPDATE bookings SET state = 'unresolved' WHERE state = 'confirmed' AND EXISTS (
    SELECT 1 FROM bookings AS later
    WHERE later.practice = bookings.practice AND later.slot = bookings.slot
        AND later.patient = bookings.patient AND later.start = bookings.start
        AND later.state IN ('confirmed', 'cancelling')
        AND (later.begun_at > bookings.begun_at
            OR (later.begun_at = bookings.begun_at AND later.id > bookings.id)
            OR later.state = 'cancelling')
);

CREATE UNIQUE INDEX slot_in_flight ON bookings (practice, slot)
    WHERE state IN ('intended', 'sending', 'unknown', 'cancelling');
CREATE UNIQUE INDEX patient_in_flight ON bookings (practice, patient)
    WHERE state IN ('intended', 'sending', 'unknown');
CREATE UNIQUE INDEX appointment_held ON bookings (practice, slot, patient, start)
    WHERE state IN ('confirmed', 'cancelling');
CREATE INDEX bookings_unsettled ON bookings (practice, begun_at)
    WHERE state IN ('intended', 'sending', 'unknown', 'cancelling');
CREATE INDEX bookings_watched ON bookings (practice, watched_until)
    WHERE watched_until IS NOT NULL;
CREATE INDEX bookings_of_patient ON bookings (practice, patient, begun_at);

-- What patients must be told, until it is acknowledged. `entry` is the number of the entry of the
-- audit log that was written with it.
CREATE TABLE booking_notices (
    id TEXT PRIMARY KEY,
    practice TEXT NOT NULL,
    booking TEXT NOT NULL,
    kind TEXT NOT NULL,
    at TEXT NOT NULL,
    session INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    start TEXT NOT NULL,
    patient INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    row_digest TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX booking_notices_of_practice ON booking_notices (practice, at, entry);

-- Appointments that are moved: the new booking, and the one that it is moved from.
CREATE TABLE booking_moves (
    id TEXT PRIMARY KEY,
    practice TEXT NOT NULL,
    from_booking TEXT NOT NULL,
    phase TEXT NOT NULL,
    begun_at TEXT NOT NULL,
    row_digest TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX booking_moves_open ON booking_moves (practice, from_booking)
    WHERE phase IN ('book-first', 'cancel-first');
