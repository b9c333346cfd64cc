-- Invitations and links. `document` has everything; the other columns are those that are searched
-- for. Of a token there is the digest.
CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    practice TEXT NOT NULL,
    patient INTEGER NOT NULL,
    token TEXT NOT NULL UNIQUE,
    books INTEGER NOT NULL, -- 1: invites to book
    state TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    document TEXT NOT NULL,
    row_digest TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX open_invitations ON invitations (practice, expires_at) WHERE state = 'open';
CREATE INDEX invitations_of_patient ON invitations (practice, patient);

CREATE TABLE invitation_events (
    invitation TEXT NOT NULL,
    number INTEGER NOT NULL,
    practice TEXT NOT NULL,
    change TEXT NOT NULL,
    at TEXT NOT NULL,
    row_digest TEXT NOT NULL,
    PRIMARY KEY (invitation, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX invitation_events_of_practice ON invitation_events (practice);

-- Wrong identities of a patient, a link or a group of telephone lines, until one is right.
CREATE TABLE identity_failures (
    practice TEXT NOT NULL,
    subject TEXT NOT NULL,
    failures INTEGER NOT NULL,
    next_at TEXT NOT NULL,
    locked_until TEXT,
    row_digest TEXT NOT NULL,
    PRIMARY KEY (practice, subject)
) STRICT, WITHOUT ROWID;

-- The places that bookings take within the limits of a day, UK time.
CREATE TABLE booking_places (
    booking TEXT PRIMARY KEY,
    practice TEXT NOT NULL,
    patient INTEGER NOT NULL,
    day TEXT NOT NULL,
    row_digest TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX booking_places_of_day ON booking_places (practice, day);
