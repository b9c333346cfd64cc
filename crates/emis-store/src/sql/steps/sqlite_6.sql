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
