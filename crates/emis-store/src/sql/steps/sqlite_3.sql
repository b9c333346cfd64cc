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
