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
