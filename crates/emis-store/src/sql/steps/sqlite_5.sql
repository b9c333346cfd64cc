-- When what the product does for a practice last worked, and last failed, for all its processes.
CREATE TABLE last_calls (
    practice TEXT NOT NULL,
    capability TEXT NOT NULL,
    worked_at TEXT,
    failed_at TEXT,
    PRIMARY KEY (practice, capability)
) STRICT, WITHOUT ROWID;
