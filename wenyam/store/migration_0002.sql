-- How far each reader of the outbox has come; moved in the transaction that writes what it made of it.
CREATE TABLE cursor (
    name TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL
) STRICT;

-- Traps, informs and alerts of other monitoring systems, as they were understood. No evidence: it goes by age.
CREATE TABLE received (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    source TEXT NOT NULL,
    device TEXT,
    kind TEXT NOT NULL CHECK (kind IN ('trap', 'inform', 'webhook', 'summary')),
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    count INTEGER NOT NULL CHECK (count > 0)
) STRICT;

CREATE INDEX received_at ON received (at);
