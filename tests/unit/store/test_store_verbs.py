"""`wenyam audit` and `wenyam db` as a person or a script meets them: arguments, output, exit codes."""

import argparse
import csv
import io
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from wenyam.cli import audit, db
from wenyam.errors import AlreadyRunningError, DatabaseCorruptError, StoreError, UsageError
from wenyam.model.facts import Fact
from wenyam.model.instants import Instant, Period
from wenyam.model.states import State, StateChange, StateRecord, Subject
from wenyam.store.heads import export_head, read_anchor
from wenyam.store.interface import RollupRow, Transition
from wenyam.store.locks import DaemonLock
from wenyam.store.sqlite import open_reader
from wenyam.store.writer import SqliteWriter

Opener = Callable[..., SqliteWriter]
START = Instant(1_792_000_000_000)
NAN = float("nan")


@pytest.fixture
def call(directory: Path) -> Callable[..., int]:
    """Run a verb on the state directory as the command line does; return its exit code."""

    def run(verb: str, *words: str) -> int:
        parser = argparse.ArgumentParser()
        configure, start = {"audit": (audit.configure, audit.run), "db": (db.configure, db.run)}[verb]
        configure(parser)
        return start(parser.parse_args(["--state", str(directory), *words]))

    return run


@pytest.fixture
def full(writer: SqliteWriter) -> SqliteWriter:
    """Write one row of most tables."""
    web = Subject.parse("device:web")
    writer.register({web: None}, START)
    change = StateChange(web, State.UNKNOWN, State.DOWN, START, START, "=HYPERLINK(1)", -1.5)
    writer.apply([Transition(StateRecord(web, State.DOWN, START, "=HYPERLINK(1)"), change)])
    writer.append(Fact("approval", Instant(START + 86_400_000), "p1", {"plan": "dr"}, {"name": "สมชาย"}))
    writer.write_rollups([RollupRow("web", "cpu", START, (0.5, *([NAN] * 59)))])
    return writer


def test_the_head_is_printed_written_and_read_back(
    full: SqliteWriter, call: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    anchor = tmp_path / "anchor.json"
    assert call("audit", "head", "--json", "--output", str(anchor)) == 0
    out, err = capsys.readouterr()
    head = full.head()
    assert json.loads(out) == json.loads(anchor.read_text()) | {"version": 1}
    assert read_anchor(anchor) == head
    assert err == f"wrote {anchor}\n"
    assert call("audit", "head") == 0
    assert capsys.readouterr().out == f"lab  fact {head.sequence}  16 Oct 2026 00:46:40 (Asia/Bangkok)  {head.digest}\n"


def test_verify_is_0_when_whole_and_says_what_it_could_not_see(
    full: SqliteWriter, call: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    anchor = tmp_path / "anchor.json"
    call("audit", "head", "--output", str(anchor))
    capsys.readouterr()
    assert call("audit", "verify") == 0
    assert "whole: 4 facts" in (out := capsys.readouterr().out)
    assert "without --against a cut end cannot be seen" in out
    full.append(Fact("note", START, "p1", {}))
    assert call("audit", "verify", "--against", str(anchor)) == 0
    assert "the anchor is among them" in capsys.readouterr().out


def test_verify_is_1_when_broken(
    full: SqliteWriter, directory: Path, call: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    anchor = tmp_path / "anchor.json"
    call("audit", "head", "--output", str(anchor))
    full.close()
    with closing(sqlite3.connect(directory / "wenyam.db", isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER fact_goes_when_sealed")
        connection.execute("DELETE FROM personal")
        connection.execute("DELETE FROM fact WHERE sequence = 4")
    capsys.readouterr()
    assert call("audit", "verify") == 0
    assert call("audit", "verify", "--against", str(anchor), "--json") == 1
    shape = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (shape["version"], shape["whole"], shape["sequence"]) == (1, False, 4)
    assert shape["problem"] == "the chain ends at fact 3, the anchor knows fact 4: its end was cut"
    assert call("audit", "verify", "--against", str(anchor)) == 1
    assert capsys.readouterr().out.startswith("BROKEN: the chain ends at fact 3")


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", "no", '{"version": 2, "instance": "a", "sequence": 1, "digest": "00", "at": 1}']
)
def test_what_is_no_anchor_is_refused(full: SqliteWriter, call: Callable[..., int], tmp_path: Path, content: str) -> None:
    (tmp_path / "anchor").write_text(content)
    with pytest.raises(StoreError, match=r"anchor is (not an anchor file|an anchor file of another version).*Give a file"):
        call("audit", "verify", "--against", str(tmp_path / "anchor"))
    with pytest.raises(StoreError, match=r"gone: No such file"):
        call("audit", "verify", "--against", str(tmp_path / "gone"))
    assert full.head().sequence == 4


def kinds(listed: str) -> list[str]:
    *lines, last = listed.splitlines()
    assert last == "Times are of the zone Asia/Bangkok."
    return [line.split()[5] for line in lines]


def test_facts_are_listed_by_kind_and_time(
    full: SqliteWriter, call: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("audit", "list", "--kind", "approval", "--json") == 0
    (fact,) = json.loads(capsys.readouterr().out)["facts"]
    assert (fact["kind"], fact["actor"], fact["body"], fact["personal"]) == ("approval", "p1", {"plan": "dr"}, {"name": "สมชาย"})
    assert call("audit", "list", "--from", "2026-10-16") == 0
    assert kinds(capsys.readouterr().out) == ["approval"]
    assert call("audit", "list", "--to", "2026-10-15T00:00Z") == 0
    assert kinds(capsys.readouterr().out) == ["chain-began", "subject-born", "state-change"]
    assert full.head().sequence == 4


def test_a_head_exported_by_the_daemon_is_a_fact(full: SqliteWriter, tmp_path: Path) -> None:
    head = export_head(full, tmp_path, Instant(START + 1000))
    path = tmp_path / "lab-000000000004.head.json"
    assert read_anchor(path) == head
    (fact,) = full.facts(Period(START, Instant(START + 2000)), "head-exported")
    assert fact.fact.body == {"sequence": 4, "digest": head.digest, "target": str(path)}
    assert full.verify(read_anchor(path)).problem == ""


def test_info_counts_rows_and_tells_the_head(
    full: SqliteWriter, directory: Path, call: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    full.heartbeat(START)
    assert call("db", "info", "--json") == 0
    shape = json.loads(capsys.readouterr().out)
    assert (shape["version"], shape["schema"], shape["instance"]) == (1, 3, "lab")
    assert (shape["rows"]["fact"], shape["rows"]["state_change"], shape["rows"]["rollup"]) == (4, 1, 1)
    assert shape["bytes"] > (directory / "wenyam.db").stat().st_size
    assert (shape["oldest"], shape["newest"]) == ("2026-10-14T17:46:40.000Z", "2026-10-15T17:46:40.000Z")
    assert (shape["heartbeat"], shape["head_sequence"]) == ("2026-10-14T17:46:40.000Z", 4)
    assert call("db", "info") == 0
    assert "state_change     1\n" in capsys.readouterr().out


def test_check_is_0_when_sound_and_1_when_not(
    full: SqliteWriter, directory: Path, call: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("db", "check") == 0
    assert capsys.readouterr().out == "sound\n"
    full.close()
    with closing(sqlite3.connect(directory / "wenyam.db", isolation_level=None)) as connection:
        connection.execute("DROP INDEX fact_at")
        connection.execute("CREATE TABLE theirs (id INTEGER)")
        connection.execute("INSERT INTO timeline VALUES (99, 1, 'up', 1, 0, 0, 0)")
    assert call("db", "check", "--json") == 1
    found = json.loads(capsys.readouterr().out)["problems"]
    assert found == [
        "timeline row None refers to a row of subject that is not there",
        "missing or changed: CREATE INDEX fact_at ON fact (at)",
        "not ours: theirs",
    ]


def test_export_writes_times_names_and_numbers_for_people(
    full: SqliteWriter, call: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("db", "export", "state_change") == 0
    out, err = capsys.readouterr()
    shape = json.loads(out)
    assert (shape["version"], shape["table"]) == (1, "state_change")
    (row,) = shape["rows"]
    assert (row["subject"], row["effective"], row["value"]) == ("device:web", "2026-10-14T17:46:40.000Z", -1.5)
    assert err == "1 rows\n"
    assert call("db", "export", "rollup") == 0
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert (row["series"], row["points"][:2], row["hour"]) == ("web cpu", [0.5, None], "2026-10-14T17:00:00.000Z")
    assert full.head().sequence == 4


def test_no_cell_of_a_csv_is_a_formula(full: SqliteWriter, call: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert call("db", "export", "state_change", "--format", "csv") == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (row["summary"], row["value"], row["cause"]) == ("'=HYPERLINK(1)", "-1.5", "")
    assert call("db", "export", "rollup", "--format", "csv") == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert row["points"].split(" ") == ["0.5", *([""] * 59)]
    assert full.head().sequence == 4


def test_export_chooses_by_time(full: SqliteWriter, call: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert call("db", "export", "fact", "--from", "2026-10-16T00:46:40", "--to", "2026-10-17") == 0
    assert [row["kind"] for row in json.loads(capsys.readouterr().out)["rows"]] == ["approval"]
    assert call("db", "export", "fact", "--to", "2026-01-01") == 0
    assert json.loads(capsys.readouterr().out)["rows"] == []
    with pytest.raises(UsageError, match=r"'subject' has no time; leave out --from and --to"):
        call("db", "export", "subject", "--from", "2026-10-15")
    with pytest.raises(UsageError, match=r"--to is before --from"):
        call("db", "export", "fact", "--from", "2026-10-15", "--to", "2026-10-14")
    assert full.head().sequence == 4


@pytest.mark.parametrize("table", ["personal", "sqlite_master", "fact; DROP TABLE fact", "nothing"])
def test_export_gives_no_personal_values_and_no_other_tables(full: SqliteWriter, call: Callable[..., int], table: str) -> None:
    with pytest.raises(UsageError, match=r"no table '.*' to export; there are: cursor, fact, instance, life"):
        call("db", "export", table)
    assert full.head().sequence == 4


@pytest.mark.parametrize("time", ["2569-10-15", "yesterday", "2026-13-01"])
def test_a_time_that_is_none_is_a_usage_error(call: Callable[..., int], capsys: pytest.CaptureFixture[str], time: str) -> None:
    with pytest.raises(SystemExit) as stop:
        call("db", "export", "fact", "--from", time)
    assert stop.value.code == 2
    assert ("Buddhist-era year; write 2026" if time.startswith("2569") else "is not a time like") in capsys.readouterr().err


def test_a_backup_of_a_database_in_use_is_verified_and_private(
    full: SqliteWriter, call: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "copies" / "copy of = wenyam.db"
    target.parent.mkdir()
    assert call("db", "backup", str(target), "--json") == 0
    shape = json.loads(capsys.readouterr().out)
    assert (shape["file"], shape["bytes"], shape["head"]["sequence"]) == (str(target), target.stat().st_size, 4)
    assert target.stat().st_mode & 0o777 == 0o600
    assert list(target.parent.iterdir()) == [target]
    full.append(Fact("note", START, "p1", {}))
    restored = tmp_path / "restored"
    restored.mkdir()
    (restored / "wenyam.db").write_bytes(target.read_bytes())
    reader = open_reader(restored)
    assert reader.head().sequence == 4
    assert reader.verify().problem == ""
    reader.close()


def test_a_backup_never_overwrites_and_a_bad_one_gets_no_name(
    full: SqliteWriter, directory: Path, call: Callable[..., int], tmp_path: Path
) -> None:
    target = tmp_path / "copy.db"
    target.write_text("precious")
    with pytest.raises(StoreError, match=r"copy\.db exists\. Give a name that is free"):
        call("db", "backup", str(target))
    with pytest.raises(StoreError, match=r"gone/copy\.db: No such file or directory"):
        call("db", "backup", str(tmp_path / "gone" / "copy.db"))
    full.close()
    with closing(sqlite3.connect(directory / "wenyam.db", isolation_level=None)) as connection:
        connection.execute("UPDATE state SET state = 'up'")
    other = tmp_path / "other.db"
    with pytest.raises(DatabaseCorruptError, match=r"the copy .* is not sound: the present state of device:web is 'up'"):
        call("db", "backup", str(other))
    assert target.read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "state"]


def test_a_vacuum_needs_the_daemons_to_be_stopped(
    full: SqliteWriter, directory: Path, call: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    with (
        DaemonLock(directory, "jobs.lock"),
        pytest.raises(AlreadyRunningError, match=rf"jobs\.lock is held by process {os.getpid()}"),
    ):
        call("db", "vacuum")
    full.close()
    with closing(sqlite3.connect(directory / "wenyam.db", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE bulk AS SELECT randomblob(500000)")
        connection.execute("DROP TABLE bulk")
    assert call("db", "vacuum", "--json") == 0
    assert json.loads(capsys.readouterr().out)["bytes_won"] > 400_000
    assert call("audit", "verify") == 0
    assert call("db", "check") == 0


def test_without_a_state_directory_every_verb_is_a_sentence(call: Callable[..., int], tmp_path: Path) -> None:
    for words in (("audit", "verify"), ("audit", "head"), ("db", "info"), ("db", "check"), ("db", "backup", str(tmp_path / "x"))):
        with pytest.raises(StoreError, match=r"state does not exist\. Has 'wenyam run' been started"):
            call(*words)
    with pytest.raises(StoreError, match="there is no database in"):
        call("db", "vacuum")
    assert list(tmp_path.iterdir()) == []
