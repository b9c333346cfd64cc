-- The results of diagnoses: those in a row with one result are one record.
CREATE TABLE diagnoses (
    practice TEXT COLLATE "C" NOT NULL,
    since TEXT COLLATE "C" NOT NULL,
    until TEXT COLLATE "C" NOT NULL,
    healthy BIGINT NOT NULL,
    causes TEXT COLLATE "C" NOT NULL,
    evidence TEXT COLLATE "C" NOT NULL,
    row_digest TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (practice, since)
);
