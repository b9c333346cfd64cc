-- Who tries a password just now; each row is deleted when the try is over, or replaced when its
-- time is.
CREATE TABLE password_claims (
    fingerprint BYTEA PRIMARY KEY,
    until TEXT COLLATE "C" NOT NULL
);
