-- When what the product does for a practice last worked, and last failed, for all its processes.
CREATE TABLE last_calls (
    practice TEXT COLLATE "C" NOT NULL,
    capability TEXT COLLATE "C" NOT NULL,
    worked_at TEXT COLLATE "C",
    failed_at TEXT COLLATE "C",
    PRIMARY KEY (practice, capability)
);

-- Whether EMIS let the last call of each operation pass; how it refused it, where it did.
CREATE TABLE call_verdicts (
    practice TEXT COLLATE "C" NOT NULL,
    operation TEXT COLLATE "C" NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    refusal TEXT COLLATE "C",
    PRIMARY KEY (practice, operation)
);
