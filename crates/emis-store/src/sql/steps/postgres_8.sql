-- Messages by reference, and neither contact nor text. `lease_until` goes by the database's clock;
-- `start` of a topic is the UK wall clock, as EMIS keeps it.
CREATE TABLE messages (
    reference TEXT COLLATE "C" PRIMARY KEY,
    practice TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    channel TEXT COLLATE "C" NOT NULL,
    contact TEXT COLLATE "C", -- a digest; none if the sender looks the contact up
    state TEXT COLLATE "C" NOT NULL,
    failure TEXT COLLATE "C",
    attempts BIGINT NOT NULL,
    sender_id TEXT COLLATE "C",
    owner TEXT COLLATE "C", -- none unless it is claimed
    lease_until TEXT COLLATE "C",
    not_after TEXT COLLATE "C",
    created_at TEXT COLLATE "C" NOT NULL,
    changed_at TEXT COLLATE "C" NOT NULL,
    row_digest TEXT COLLATE "C" NOT NULL
);

CREATE INDEX open_messages ON messages (practice, created_at)
    WHERE state IN ('queued', 'claimed');
CREATE INDEX messages_of_contact ON messages (contact, created_at) WHERE contact IS NOT NULL;
CREATE INDEX messages_of_sender ON messages (sender_id) WHERE sender_id IS NOT NULL;

-- The patients and appointments that a message is about.
CREATE TABLE message_topics (
    reference TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    practice TEXT COLLATE "C" NOT NULL,
    patient BIGINT NOT NULL,
    session TEXT COLLATE "C", -- as texts, because they may be absent
    slot TEXT COLLATE "C",
    start TEXT COLLATE "C",
    may TEXT COLLATE "C" NOT NULL,
    row_digest TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (reference, number)
);

CREATE INDEX topics_of_patient ON message_topics (practice, patient);

-- What a person at the practice must acknowledge.
CREATE TABLE tasks (
    id TEXT COLLATE "C" PRIMARY KEY,
    practice TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    patient TEXT COLLATE "C", -- as a text, because it may be absent
    subject TEXT COLLATE "C" NOT NULL,
    opened_at TEXT COLLATE "C" NOT NULL,
    acknowledged_at TEXT COLLATE "C", -- none while it is open
    acknowledged_by TEXT COLLATE "C",
    row_digest TEXT COLLATE "C" NOT NULL
);

CREATE INDEX open_tasks ON tasks (practice, opened_at) WHERE acknowledged_at IS NULL;
