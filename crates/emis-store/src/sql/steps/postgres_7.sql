-- A booking is compared and set by its revision. `request` digests what was asked for; its outcome
-- is looked at again until `watched_until`.
ALTER TABLE bookings ADD COLUMN origin TEXT COLLATE "C" NOT NULL DEFAULT 'here';
ALTER TABLE bookings ADD COLUMN request TEXT COLLATE "C";
ALTER TABLE bookings ADD COLUMN cancel_cause TEXT COLLATE "C";
ALTER TABLE bookings ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;
ALTER TABLE bookings ADD COLUMN watched_until TEXT COLLATE "C";
ALTER TABLE bookings ADD COLUMN replaces TEXT COLLATE "C";

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
    id TEXT COLLATE "C" PRIMARY KEY,
    practice TEXT COLLATE "C" NOT NULL,
    booking TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    session BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    start TEXT COLLATE "C" NOT NULL,
    patient BIGINT NOT NULL,
    entry BIGINT NOT NULL,
    row_digest TEXT COLLATE "C" NOT NULL
);
CREATE INDEX booking_notices_of_practice ON booking_notices (practice, at, entry);

-- Appointments that are moved: the new booking, and the one that it is moved from.
CREATE TABLE booking_moves (
    id TEXT COLLATE "C" PRIMARY KEY,
    practice TEXT COLLATE "C" NOT NULL,
    from_booking TEXT COLLATE "C" NOT NULL,
    phase TEXT COLLATE "C" NOT NULL,
    begun_at TEXT COLLATE "C" NOT NULL,
    row_digest TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX booking_moves_open ON booking_moves (practice, from_booking)
    WHERE phase IN ('book-first', 'cancel-first');
