-- When what the product does for a practice last worked, and last failed, for all its processes.
CREATE TABLE last_calls (
    practice TEXT COLLATE "C" NOT NULL,
    capability TEXT COLLATE "C" NOT NULL,
    worked_at TEXT COLLATE "C",
    failed_at TEXT COLLATE "C",
    PRIMARY KEY (practice, capability)
);
