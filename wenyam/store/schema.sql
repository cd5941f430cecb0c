-- The database of one Wenyam instance. Every instant is an INTEGER: milliseconds since 1970-01-01T00:00:00Z.
-- This file and the migrations must build the same thing; tests/unit/store/test_migrations.py compares them.

CREATE TABLE instance (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT;

-- The fact chain. `text` is canonical JSON, `digest` is SHA-256 over the previous digest (hex) and `text`.
CREATE TABLE fact (
    sequence INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    text TEXT NOT NULL,
    digest BLOB NOT NULL CHECK (length(digest) = 32)
) STRICT;

CREATE INDEX fact_at ON fact (at);

-- Nearly every fact is a state change; the rest is found by kind through this small index.
CREATE INDEX fact_rare ON fact (kind, at) WHERE kind <> 'state-change';

-- The clear values behind the salted digests of personal fields: erasing a row leaves the chain whole.
CREATE TABLE personal (
    fact INTEGER NOT NULL REFERENCES fact (sequence),
    field TEXT NOT NULL,
    salt BLOB NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (fact, field)
) STRICT, WITHOUT ROWID;

-- One row per month whose facts were sealed and removed; everything up to `last` is gone.
CREATE TABLE seal (
    last INTEGER PRIMARY KEY,
    first INTEGER NOT NULL,
    month TEXT NOT NULL,
    sealed_at INTEGER NOT NULL,
    chain_digest BLOB NOT NULL CHECK (length(chain_digest) = 32),
    fact INTEGER NOT NULL
) STRICT;

CREATE TABLE subject (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    check_name TEXT NOT NULL,
    UNIQUE (kind, name, check_name)
) STRICT;

CREATE INDEX subject_check ON subject (check_name);

-- When a subject was in the inventory; one that left and came back has two rows.
CREATE TABLE life (
    subject INTEGER NOT NULL REFERENCES subject (id),
    born INTEGER NOT NULL,
    retired INTEGER,
    born_fact INTEGER NOT NULL,
    retired_fact INTEGER,
    PRIMARY KEY (subject, born),
    CHECK (retired IS NULL OR retired >= born)
) STRICT, WITHOUT ROWID;

-- The present record of every subject that is watched.
CREATE TABLE state (
    subject INTEGER PRIMARY KEY REFERENCES subject (id),
    state TEXT NOT NULL CHECK (state IN ('up', 'down', 'unreachable', 'unknown', 'ok', 'warn', 'crit')),
    since INTEGER NOT NULL,
    summary TEXT NOT NULL,
    value REAL,
    limit_value REAL,
    cause INTEGER REFERENCES subject (id),
    window TEXT,
    soft_state TEXT NOT NULL CHECK (soft_state IN ('up', 'down', 'unreachable', 'unknown', 'ok', 'warn', 'crit')),
    recent INTEGER NOT NULL,
    failing_since INTEGER,
    observed_at INTEGER,
    history INTEGER NOT NULL,
    flapping INTEGER NOT NULL
) STRICT;

-- Append-only, and the outbox of alerts. Its number is the number of the fact that says the same.
CREATE TABLE state_change (
    sequence INTEGER PRIMARY KEY REFERENCES fact (sequence),
    subject INTEGER NOT NULL REFERENCES subject (id),
    previous TEXT NOT NULL CHECK (previous IN ('up', 'down', 'unreachable', 'unknown', 'ok', 'warn', 'crit')),
    state TEXT NOT NULL CHECK (state IN ('up', 'down', 'unreachable', 'unknown', 'ok', 'warn', 'crit')),
    effective INTEGER NOT NULL,
    recorded INTEGER NOT NULL,
    summary TEXT NOT NULL,
    value REAL,
    limit_value REAL,
    cause INTEGER REFERENCES subject (id),
    window TEXT,
    cause_code TEXT NOT NULL
) STRICT;

CREATE INDEX state_change_effective ON state_change (effective);
CREATE INDEX state_change_subject ON state_change (subject, effective);

-- Liveness over time, clustered by subject for availability: a change decided later, but effective earlier, has
-- replaced what it overruled. Derived from state_change and checked against it. The last three columns are running totals:
-- milliseconds spent in each state before this row, so that the time between any two instants is a difference of two rows.
-- Only differences mean anything: where older rows were removed, totals begin with what they held.
CREATE TABLE timeline (
    subject INTEGER NOT NULL REFERENCES subject (id),
    effective INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('up', 'down', 'unreachable', 'unknown')),
    sequence INTEGER NOT NULL,
    up INTEGER NOT NULL,
    down INTEGER NOT NULL,
    unreachable INTEGER NOT NULL,
    PRIMARY KEY (subject, effective)
) STRICT, WITHOUT ROWID;

CREATE TABLE planned_window (
    id INTEGER PRIMARY KEY,
    content TEXT NOT NULL,
    entered_at INTEGER NOT NULL,
    entered_fact INTEGER NOT NULL,
    withdrawn_at INTEGER,
    withdrawn_fact INTEGER
) STRICT;

-- The ledger of scheduled runs. `owner` is host:pid:start, so that the run of a dead process is seen to have failed.
CREATE TABLE run (
    job TEXT NOT NULL,
    due INTEGER NOT NULL,
    started INTEGER NOT NULL,
    owner TEXT NOT NULL,
    ended INTEGER,
    outcome TEXT NOT NULL CHECK (outcome IN ('done', 'failed', 'incomplete', 'running')),
    detail TEXT NOT NULL,
    finished_fact INTEGER,
    PRIMARY KEY (job, due)
) STRICT, WITHOUT ROWID;

CREATE INDEX run_due ON run (due);

CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    device TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (device, name)
) STRICT;

-- One hour of one series: 60 little-endian float32, NaN where nothing was read. By hour first, so that the rows
-- written every minute lie side by side.
CREATE TABLE rollup (
    hour INTEGER NOT NULL,
    series INTEGER NOT NULL REFERENCES series (id),
    points BLOB NOT NULL CHECK (length(points) = 240),
    PRIMARY KEY (hour, series)
) STRICT, WITHOUT ROWID;

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

CREATE TRIGGER fact_is_appended BEFORE INSERT ON fact
WHEN NEW.sequence <= (SELECT max(sequence) FROM fact)
BEGIN SELECT RAISE(ABORT, 'facts are only appended'); END;

CREATE TRIGGER fact_never_changes BEFORE UPDATE ON fact
BEGIN SELECT RAISE(ABORT, 'facts never change'); END;

CREATE TRIGGER fact_goes_when_sealed BEFORE DELETE ON fact
WHEN OLD.sequence > (SELECT coalesce(max(last), 0) FROM seal)
BEGIN SELECT RAISE(ABORT, 'facts are removed only after their month is sealed'); END;

CREATE TRIGGER state_change_is_appended BEFORE INSERT ON state_change
WHEN NEW.sequence <= (SELECT max(sequence) FROM state_change)
BEGIN SELECT RAISE(ABORT, 'state changes are only appended'); END;

CREATE TRIGGER state_change_never_changes BEFORE UPDATE ON state_change
BEGIN SELECT RAISE(ABORT, 'state changes never change'); END;

CREATE TRIGGER state_change_goes_when_sealed BEFORE DELETE ON state_change
WHEN OLD.sequence > (SELECT coalesce(max(last), 0) FROM seal)
BEGIN SELECT RAISE(ABORT, 'state changes are removed only after their month is sealed'); END;

CREATE TRIGGER seal_never_changes BEFORE UPDATE ON seal
BEGIN SELECT RAISE(ABORT, 'seals never change'); END;

CREATE TRIGGER seal_stays BEFORE DELETE ON seal
BEGIN SELECT RAISE(ABORT, 'seals stay'); END;
