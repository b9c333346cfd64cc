-- The results of diagnoses: those in a row with one result are one record.
CREATE TABLE diagnoses (
    practice TEXT NOT NULL,
    since TEXT NOT NULL,
    until TEXT NOT NULL,
    healthy INTEGER NOT NULL,
    causes TEXT NOT NULL,
    evidence TEXT NOT NULL,
    row_digest TEXT NOT NULL,
    PRIMARY KEY (practice, since)
) STRICT, WITHOUT ROWID;
