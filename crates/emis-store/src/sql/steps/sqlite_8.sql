-- Messages by reference, and neither contact nor text. `lease_until` goes by the database's clock;
-- `start` of a topic is the UK wall clock, as EMIS keeps it.
CREATE TABLE messages (
    reference TEXT PRIMARY KEY,
    practice TEXT NOT NULL,
    kind TEXT NOT NULL,
    channel TEXT NOT NULL,
    contact TEXT, -- a digest; none if the sender looks the contact up
    state TEXT NOT NULL,
    failure TEXT,
    attempts INTEGER NOT NULL,
    sender_id TEXT,
    owner TEXT, -- none unless it is claimed
    lease_until TEXT,
    not_after TEXT,
    created_at TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    row_digest TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX open_messages ON messages (practice, created_at)
    WHERE state IN ('queued', 'claimed');
CREATE INDEX messages_of_contact ON messages (contact, created_at) WHERE contact IS NOT NULL;
CREATE INDEX messages_of_sender ON messages (sender_id) WHERE sender_id IS NOT NULL;

-- The patients and appointments that a message is about.
CREATE TABLE message_topics (
    reference TEXT NOT NULL,
    number INTEGER NOT NULL,
    practice TEXT NOT NULL,
    patient INTEGER NOT NULL,
    session TEXT, -- as texts, because they may be absent
    slot TEXT,
    start TEXT,
    may TEXT NOT NULL,
    row_digest TEXT NOT NULL,
    PRIMARY KEY (reference, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX topics_of_patient ON message_topics (practice, patient);

-- What a person at the practice must acknowledge.
CREATE TABLE tasks (
    id TEXT PRIMARY KEY,
    practice TEXT NOT NULL,
    kind TEXT NOT NULL,
    patient TEXT, -- as a text, because it may be absent
    subject TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    acknowledged_at TEXT, -- none while it is open
    acknowledged_by TEXT,
    row_digest TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX open_tasks ON tasks (practice, opened_at) WHERE acknowledged_at IS NULL;
