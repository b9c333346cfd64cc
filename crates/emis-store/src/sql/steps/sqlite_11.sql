-- The digest of all other columns of a row, so that a change past the store is found. The store
-- computes those of the rows that are there already.
ALTER TABLE practice_settings ADD COLUMN row_digest TEXT NOT NULL DEFAULT '';
ALTER TABLE commands ADD COLUMN row_digest TEXT NOT NULL DEFAULT '';
ALTER TABLE bookings ADD COLUMN row_digest TEXT NOT NULL DEFAULT '';
ALTER TABLE reminders ADD COLUMN row_digest TEXT NOT NULL DEFAULT '';
ALTER TABLE exclusions ADD COLUMN row_digest TEXT NOT NULL DEFAULT '';
ALTER TABLE last_calls ADD COLUMN row_digest TEXT NOT NULL DEFAULT '';
ALTER TABLE call_verdicts ADD COLUMN row_digest TEXT NOT NULL DEFAULT '';
ALTER TABLE refused_passwords ADD COLUMN row_digest TEXT NOT NULL DEFAULT '';
ALTER TABLE password_claims ADD COLUMN row_digest TEXT NOT NULL DEFAULT '';
