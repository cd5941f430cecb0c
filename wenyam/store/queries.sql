-- Every statement of the store by name; `queries.py` reads them. Parameters are bound, never pasted.

-- name: instance_name
SELECT name FROM instance WHERE id = 1;

-- name: insert_instance
INSERT INTO instance (id, name, created) VALUES (1, ?, ?);

-- name: chain_end
SELECT sequence, digest FROM fact ORDER BY sequence DESC LIMIT 1;

-- name: chain_head
SELECT sequence, digest, at FROM fact ORDER BY sequence DESC LIMIT 1;

-- name: insert_fact
INSERT INTO fact (sequence, kind, at, text, digest) VALUES (?, ?, ?, ?, ?);

-- name: insert_personal
INSERT INTO personal (fact, field, salt, value) VALUES (?, ?, ?, ?);

-- name: facts_of_period
SELECT sequence, text, digest FROM fact WHERE at >= ? AND at < ? ORDER BY sequence;

-- name: facts_of_rare_kind
SELECT sequence, text, digest FROM fact WHERE kind = ? AND kind <> 'state-change' AND at >= ? AND at < ? ORDER BY sequence;

-- name: facts_of_state_changes
SELECT sequence, text, digest FROM fact WHERE kind = 'state-change' AND at >= ? AND at < ? ORDER BY sequence;

-- name: facts_of_kinds_after
SELECT sequence, text, digest FROM fact WHERE sequence > ? AND kind IN (SELECT value FROM json_each(?)) ORDER BY sequence;

-- name: facts_of_rare_kinds_after
SELECT sequence, text, digest FROM fact
WHERE kind <> 'state-change' AND kind IN (SELECT value FROM json_each(?)) AND sequence > ? ORDER BY sequence;

-- name: facts_in_order
SELECT sequence, kind, at, text, digest FROM fact WHERE sequence > ? ORDER BY sequence;

-- name: fact_digest
SELECT digest FROM fact WHERE sequence = ?;

-- name: personal_of_facts
SELECT fact, field, value FROM personal WHERE fact IN (SELECT value FROM json_each(?)) ORDER BY fact, field;

-- name: personal_all
SELECT fact, field, salt, value FROM personal WHERE fact > ? ORDER BY fact, field;

-- name: personal_with_value
SELECT DISTINCT fact FROM personal WHERE value = ? ORDER BY fact;

-- name: erase_personal
DELETE FROM personal WHERE fact IN (SELECT value FROM json_each(?));

-- name: subjects_after
SELECT id, kind, name, check_name FROM subject WHERE id > ? ORDER BY id;

-- name: subjects_of
SELECT id, kind, name, check_name FROM subject WHERE id IN (SELECT value FROM json_each(?));

-- name: insert_subject
INSERT INTO subject (kind, name, check_name) VALUES (?, ?, ?);

-- name: checks_of
SELECT id FROM subject WHERE kind = ? AND name = ? AND check_name <> 'alive';

-- name: states
SELECT subject, state, since, summary, value, limit_value, cause, window, soft_state, recent, failing_since, observed_at,
       history, flapping
FROM state ORDER BY subject;

-- name: present_state
SELECT state FROM state WHERE subject = ?;

-- name: begin_state
INSERT OR IGNORE INTO state (subject, state, since, summary, soft_state, recent, history, flapping)
VALUES (?, 'unknown', ?, '', 'unknown', 0, 0, 0);

-- name: change_state
UPDATE state SET state = ?, since = ?, summary = ?, value = ?, limit_value = ?, cause = ?, window = ?, soft_state = ?,
       recent = ?, failing_since = ?, observed_at = ?, history = ?, flapping = ?
WHERE subject = ? AND state = ?;

-- name: end_state
DELETE FROM state WHERE subject = ?;

-- name: insert_change
INSERT INTO state_change (sequence, subject, previous, state, effective, recorded, summary, value, limit_value, cause, window,
                          cause_code)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: overrule_timeline
DELETE FROM timeline WHERE subject = ? AND effective >= ?;

-- name: insert_timeline
INSERT INTO timeline (subject, effective, state, sequence, up, down, unreachable)
SELECT ?1, ?2, ?3, ?4, coalesce(t.up + (t.state = 'up') * (?2 - t.effective), 0),
       coalesce(t.down + (t.state = 'down') * (?2 - t.effective), 0),
       coalesce(t.unreachable + (t.state = 'unreachable') * (?2 - t.effective), 0)
FROM (SELECT 1)
LEFT JOIN timeline t ON t.subject = ?1 AND t.effective = (SELECT max(effective) FROM timeline WHERE subject = ?1);

-- name: changes_of_period
SELECT sequence, subject, previous, state, effective, recorded, summary, value, limit_value, cause, window, cause_code
FROM state_change WHERE effective >= ? AND effective < ? ORDER BY effective, sequence;

-- name: changes_of_subjects
SELECT sequence, subject, previous, state, effective, recorded, summary, value, limit_value, cause, window, cause_code
FROM state_change
WHERE subject IN (SELECT value FROM json_each(?)) AND effective >= ? AND effective < ? ORDER BY effective, sequence;

-- name: changes_since
SELECT sequence, subject, previous, state, effective, recorded, summary, value, limit_value, cause, window, cause_code
FROM state_change WHERE sequence > ? ORDER BY sequence LIMIT ?;

-- name: changes_in_order
SELECT sequence, subject, previous, state, effective, recorded, summary, value, limit_value, cause, window, cause_code
FROM state_change ORDER BY sequence;

-- name: liveness_subjects
SELECT id FROM subject WHERE check_name = 'alive' ORDER BY id;

-- name: initial_states
SELECT s.value,
       (SELECT t.state FROM timeline t WHERE t.subject = s.value AND t.effective <= ? ORDER BY t.effective DESC LIMIT 1)
FROM json_each(?) s;

-- One row for a whole course: fetching each change as a row of its own costs more than all the rest of it.
-- name: course_of_subject
SELECT json_group_array(effective),
       group_concat(CASE state WHEN 'up' THEN 'u' WHEN 'down' THEN 'd' WHEN 'unreachable' THEN 'r' ELSE 'k' END, '')
FROM timeline WHERE subject = ? AND effective > ? AND effective < ?;

-- The change that is in force at each of some places, [subject, instant]; none when its month was sealed.
-- name: changes_in_force
SELECT p.key, c.sequence, c.subject, c.previous, c.state, c.effective, c.recorded, c.summary, c.value, c.limit_value, c.cause,
       c.window, c.cause_code
FROM json_each(?) p
CROSS JOIN timeline t ON t.subject = p.value ->> 0
     AND t.effective = (SELECT max(effective) FROM timeline WHERE subject = p.value ->> 0 AND effective <= p.value ->> 1)
CROSS JOIN state_change c ON c.sequence = t.sequence;

-- name: timeline_in_order
SELECT subject, effective, state, sequence FROM timeline ORDER BY subject, effective;

-- name: wrong_totals
SELECT subject, sequence
FROM (SELECT subject, sequence, effective - lag(effective) OVER course AS lasted, lag(state) OVER course AS before,
             up - lag(up) OVER course AS up, down - lag(down) OVER course AS down,
             unreachable - lag(unreachable) OVER course AS unreachable
      FROM timeline WINDOW course AS (PARTITION BY subject ORDER BY effective))
WHERE up <> (before = 'up') * lasted OR down <> (before = 'down') * lasted
   OR unreachable <> (before = 'unreachable') * lasted LIMIT 1;

-- What each life had spent at each moment [at, seen]: how long it had lasted, and its running totals as far as anybody looked.
-- Before the first row that is kept nothing is known, so that totals stand where that row begins. One life after the other, all
-- moments of it side by side: they lie on the same pages. CASE spares most lives three calls of functions in five places.
-- name: totals_of_lives
WITH moment AS MATERIALIZED (SELECT value ->> 0 AS at, value ->> 1 AS seen FROM json_each(?)),
     place AS NOT MATERIALIZED (
       SELECT l.subject, l.born,
              CASE WHEN l.born <= m.at AND l.retired IS NULL THEN m.at ELSE max(l.born, min(m.at, coalesce(l.retired, m.at))) END AS at,
              CASE WHEN l.born <= m.seen AND l.retired IS NULL THEN m.seen
                   ELSE max(l.born, min(m.seen, coalesce(l.retired, m.seen))) END AS seen
       FROM life l CROSS JOIN moment m)
SELECT (SELECT json_group_array(subject) FROM life), json_group_array(p.at - p.born),
       json_group_array(CASE WHEN t.state = 'up' THEN t.up + p.seen - t.effective
                             WHEN t.state IS NULL THEN coalesce(
                               (SELECT f.up FROM timeline f WHERE f.subject = p.subject ORDER BY f.effective LIMIT 1), 0)
                             ELSE t.up END),
       json_group_array(CASE WHEN t.state = 'down' THEN t.down + p.seen - t.effective
                             WHEN t.state IS NULL THEN coalesce(
                               (SELECT f.down FROM timeline f WHERE f.subject = p.subject ORDER BY f.effective LIMIT 1), 0)
                             ELSE t.down END),
       json_group_array(CASE WHEN t.state = 'unreachable' THEN t.unreachable + p.seen - t.effective
                             WHEN t.state IS NULL THEN coalesce(
                               (SELECT f.unreachable FROM timeline f WHERE f.subject = p.subject ORDER BY f.effective LIMIT 1), 0)
                             ELSE t.unreachable END)
FROM place p LEFT JOIN timeline t ON t.subject = p.subject AND t.effective =
     (SELECT max(effective) FROM timeline WHERE subject = p.subject AND effective <= p.seen);

-- name: liveness_changes
SELECT c.subject, c.effective, c.state, c.sequence FROM state_change c
WHERE c.subject IN (SELECT id FROM subject WHERE check_name = 'alive') AND c.state IN ('up', 'down', 'unreachable', 'unknown')
ORDER BY c.subject, c.sequence;

-- name: lives
SELECT subject, born, retired, born_fact, retired_fact FROM life ORDER BY subject, born;

-- name: open_lives
SELECT subject, born FROM life WHERE retired IS NULL ORDER BY subject;

-- name: last_retirement
SELECT max(retired) FROM life WHERE subject = ?;

-- name: insert_life
INSERT INTO life (subject, born, born_fact) VALUES (?, ?, ?);

-- name: reopen_life
UPDATE life SET retired = NULL, retired_fact = NULL WHERE subject = ? AND retired = ?;

-- name: end_life
UPDATE life SET retired = ?, retired_fact = ? WHERE subject = ? AND born = ?;

-- name: windows
SELECT id, content, entered_at, entered_fact, withdrawn_at, withdrawn_fact FROM planned_window ORDER BY id;

-- name: insert_window
INSERT INTO planned_window (content, entered_at, entered_fact) VALUES (?, ?, ?);

-- name: withdraw_window
UPDATE planned_window SET withdrawn_at = ?, withdrawn_fact = ? WHERE id = ?;

-- name: claim_run
INSERT OR IGNORE INTO run (job, due, started, owner, outcome, detail) VALUES (?, ?, ?, ?, 'running', '');

-- name: finish_run
UPDATE run SET ended = ?, outcome = ?, detail = ?, finished_fact = ? WHERE job = ? AND due = ? AND ended IS NULL;

-- name: runs_of_period
SELECT job, due, started, owner, ended, outcome, detail FROM run WHERE due >= ? AND due < ? ORDER BY due, job;

-- name: runs_of_job
SELECT job, due, started, owner, ended, outcome, detail FROM run WHERE job = ? AND due >= ? AND due < ? ORDER BY due;

-- name: finished_runs
SELECT finished_fact, job, due, ended, outcome, detail FROM run WHERE finished_fact > ?;

-- name: series
SELECT id, device, name FROM series;

-- name: insert_series
INSERT INTO series (device, name) VALUES (?, ?);

-- name: rollup_points
SELECT points FROM rollup WHERE hour = ? AND series = ?;

-- name: put_rollup
INSERT INTO rollup (hour, series, points) VALUES (?, ?, ?) ON CONFLICT (hour, series) DO UPDATE SET points = excluded.points;

-- name: rollup_hours
SELECT DISTINCT hour FROM rollup WHERE hour >= ? AND hour < ? ORDER BY hour;

-- name: rollups_of_device
SELECT s.device, s.name, r.hour, r.points
FROM json_each(?) h CROSS JOIN series s CROSS JOIN rollup r ON r.hour = h.value AND r.series = s.id
WHERE s.device = ? ORDER BY s.name, r.hour;

-- name: drop_rollups
DELETE FROM rollup WHERE hour < ?;

-- name: oldest_fact
SELECT sequence, at FROM fact ORDER BY sequence LIMIT 1;

-- name: first_fact_from
SELECT min(sequence) FROM fact WHERE at >= ?;

-- name: facts_to_seal
SELECT sequence, digest FROM fact WHERE sequence <= ? ORDER BY sequence;

-- name: count_changes_to_seal
SELECT count(*) FROM state_change WHERE sequence <= ?;

-- name: insert_seal
INSERT INTO seal (last, first, month, sealed_at, chain_digest, fact) VALUES (?, ?, ?, ?, ?, ?);

-- name: newest_seal
SELECT last, first, month, sealed_at, chain_digest, fact FROM seal ORDER BY last DESC LIMIT 1;

-- name: remove_sealed_changes
DELETE FROM state_change WHERE sequence <= ?;

-- name: remove_sealed_personal
DELETE FROM personal WHERE fact <= ?;

-- name: remove_sealed_runs
DELETE FROM run WHERE finished_fact <= ?;

-- name: remove_sealed_facts
DELETE FROM fact WHERE sequence <= ?;

-- name: remove_sealed_timeline
DELETE FROM timeline
WHERE sequence <= ?1
  AND EXISTS (SELECT 1 FROM timeline later
              WHERE later.subject = timeline.subject AND later.effective > timeline.effective AND later.sequence <= ?1);

-- name: sealed_timeline
SELECT subject, effective, state FROM timeline WHERE sequence <= ? ORDER BY subject, effective;

-- name: cursor
SELECT sequence FROM cursor WHERE name = ?;

-- name: move_cursor
INSERT INTO cursor (name, sequence) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET sequence = excluded.sequence;

-- name: insert_received
INSERT INTO received (at, source, device, kind, name, text, count) VALUES (?, ?, ?, ?, ?, ?, ?);

-- name: received_of_period
SELECT at, source, device, kind, name, text, count FROM received WHERE at >= ? AND at < ? ORDER BY at DESC, id DESC LIMIT ?;

-- name: drop_received
DELETE FROM received WHERE at < ? OR id <= (SELECT max(id) FROM received) - ?;
