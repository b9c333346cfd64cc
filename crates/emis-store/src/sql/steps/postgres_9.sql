-- Invitations and links. `document` has everything; the other columns are those that are searched
-- for. Of a token there is the digest.
CREATE TABLE invitations (
    id TEXT COLLATE "C" PRIMARY KEY,
    practice TEXT COLLATE "C" NOT NULL,
    patient BIGINT NOT NULL,
    token TEXT COLLATE "C" NOT NULL UNIQUE,
    books BIGINT NOT NULL, -- 1: invites to book
    state TEXT COLLATE "C" NOT NULL,
    expires_at TEXT COLLATE "C" NOT NULL,
    changed_at TEXT COLLATE "C" NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    row_digest TEXT COLLATE "C" NOT NULL
);
CREATE INDEX open_invitations ON invitations (practice, expires_at) WHERE state = 'open';
CREATE INDEX invitations_of_patient ON invitations (practice, patient);

CREATE TABLE invitation_events (
    invitation TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    practice TEXT COLLATE "C" NOT NULL,
    change TEXT COLLATE "C" NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    row_digest TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (invitation, number)
);
CREATE INDEX invitation_events_of_practice ON invitation_events (practice);

-- Wrong identities of a patient, a link or a group of telephone lines, until one is right.
CREATE TABLE identity_failures (
    practice TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    failures BIGINT NOT NULL,
    next_at TEXT COLLATE "C" NOT NULL,
    locked_until TEXT COLLATE "C",
    row_digest TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (practice, subject)
);

-- The places that bookings take within the limits of a day, UK time.
CREATE TABLE booking_places (
    booking TEXT COLLATE "C" PRIMARY KEY,
    practice TEXT COLLATE "C" NOT NULL,
    patient BIGINT NOT NULL,
    day TEXT COLLATE "C" NOT NULL,
    row_digest TEXT COLLATE "C" NOT NULL
);
CREATE INDEX booking_places_of_day ON booking_places (practice, day);
