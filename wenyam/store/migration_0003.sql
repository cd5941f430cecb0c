-- Running totals beside each change of liveness. The table is made anew under its own name, for a renamed one is kept quoted.
ALTER TABLE timeline RENAME TO timeline_before;

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

INSERT INTO timeline (subject, effective, state, sequence, up, down, unreachable)
SELECT subject, effective, state, sequence,
       coalesce(sum(CASE before WHEN 'up' THEN effective - since END) OVER earlier, 0),
       coalesce(sum(CASE before WHEN 'down' THEN effective - since END) OVER earlier, 0),
       coalesce(sum(CASE before WHEN 'unreachable' THEN effective - since END) OVER earlier, 0)
FROM (SELECT subject, effective, state, sequence, lag(state) OVER course AS before, lag(effective) OVER course AS since
      FROM timeline_before WINDOW course AS (PARTITION BY subject ORDER BY effective))
WINDOW earlier AS (PARTITION BY subject ORDER BY effective);

DROP TABLE timeline_before;
