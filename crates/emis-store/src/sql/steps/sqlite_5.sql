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
