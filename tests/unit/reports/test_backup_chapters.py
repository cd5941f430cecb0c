"""Backups, their sizes and their proofs in the reports: what people said of them is printed, what was not tested is no pass."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from wenyam.backup import facts
from wenyam.cli.main import main
from wenyam.engine.calendar import changed_schedules
from wenyam.model.backup import BackupJob, Verdict
from wenyam.model.calendar import Job, RunOutcome, Schedule
from wenyam.model.facts import Fact, FactBody
from wenyam.model.instants import Instant, from_datetime
from wenyam.reports.tables import Shape
from wenyam.reports.words import Words, change
from wenyam.store.sqlite import open_writer
from wenyam.testing.backup_facts import confirmed, proof, stored
from wenyam.testing.clock import FakeClock

Report = Callable[..., Any]
OCTOBER = ("report", "month", "--period", "month:2026-10")
BACKUPS = """
repositories:
  main: {kind: local, path: /srv/main, key: file:k}
  dr: {kind: local, path: /srv/dr, key: file:k2}
backups:
  erp-db: {source: files, paths: [/srv], covers: [web-1], schedule: every day 01:30, repository: main, copies: [dr]}
  saraban: {source: files, paths: [/opt], covers: ["service:saraban"], schedule: every day 02:30, repository: main}
  new: {source: files, paths: [/new], covers: [], schedule: every day 03:30, repository: main}
"""
ERP = BackupJob("erp-db", "files", None, "somchai", Schedule("every day 01:30"), "main", copies=("dr",))
SARABAN = BackupJob("saraban", "files", None, "somchai", Schedule("every day 02:30"), "main")
OLD = BackupJob("old", "files", None, "somchai", Schedule("every day 02:30"), "main")
MIB = 1024 * 1024


def day(number: int, hour: int = 2, month: int = 10) -> Instant:
    """Return an hour of a day in Bangkok."""
    return from_datetime(datetime(2026, month, number, hour, tzinfo=UTC) - timedelta(hours=7))


@pytest.fixture
def kept(site: Path) -> Path:
    """Return the folder of a site whose October holds backups, an explained and an unexplained size, and three tests."""
    written = site / "wenyam.yaml"
    written.write_text(written.read_text(encoding="utf-8") + BACKUPS, encoding="utf-8")
    writer = open_writer(site.parent / "state", FakeClock(day(1, 0)), "watch-1", ballast_bytes=0)
    scheduled = Job("backup-erp-db", ERP.schedule, ("backup", "run", "erp-db"))
    writer.apply([], facts=changed_schedules([scheduled], [], day(1, 0)))
    for number, outcome in ((1, RunOutcome.DONE), (2, RunOutcome.FAILED), (3, RunOutcome.DONE)):
        due = Instant(day(number, 1) + 30 * 60_000)
        writer.claim("backup-erp-db", due, due, "host:1")
        writer.finish("backup-erp-db", due, day(number), outcome, "")
    for fact in (
        stored("s0", day(28, month=9), job=ERP, size=100 * MIB),
        stored("s1", day(1), job=ERP, size=100 * MIB),
        facts.failed(ERP, "f2", day(2), "the disk is full", 2),
        stored("s3", day(3), job=ERP, size=50 * MIB, problem="size -50%", anomaly=True),
        stored("s4", day(4), job=ERP, size=112 * MIB),
        facts.copied(ERP, "s1", day(1, 3), "dr", "c1"),
        facts.copy_failed(ERP, "s4", day(4, 3), "dr", "=no answer from 203.0.113.9"),
        facts.size_accepted("erp-db", "s3", day(5), "somchai", "ย้ายเอกสารเก่าออก"),
        stored("t1", day(6), job=SARABAN, size=10 * MIB, problem="size +90%", anomaly=True),
        stored("o1", day(7), job=OLD),
        stored("n1", day(2, month=11), job=ERP, size=900 * MIB),
        proof("s1", day(8), Verdict.PASS, job=ERP, repository="dr"),
    ):  # fmt: skip
        tested = writer.append(fact)
    writer.append(confirmed(tested.sequence, day(9), "malee", job=ERP))
    writer.append(proof("s4", day(10), Verdict.FAIL, "rows of public.customer: 10, not 9", job=ERP))
    writer.append(proof("t1", day(11), Verdict.NOT_TESTED, "it names no restore command", job=SARABAN))
    for fact in real_restores():
        writer.append(fact)
    begun = writer.append(
        restore("restore-begun", day(15), database="erp", name="erp", target="PostgreSQL 15 at 127.0.0.1", in_place=True)
    )
    ended: FactBody = {"begun": begun.sequence, "verdict": "pass", "problem": "", "items": 9}
    writer.append(Fact("restore-done", day(15, 3), "anan", {**begun.fact.body, **ended}))
    writer.heartbeat(day(2, month=11))
    writer.close()
    return site


def restore(kind: str, at: Instant, **more: str | bool | int) -> Fact:
    """Build a fact of somebody who got data back."""
    body: FactBody = {"job": "erp-db", "repository": "main", "snapshot": "a" * 64, "target": "this machine", **more}
    return Fact(kind, at, "anan", body)


def real_restores() -> list[Fact]:
    """Return data that was taken out, and files whose restore never ended."""
    return [
        restore("backup-fetched", day(12), target="/srv/back", files=3),
        restore("restore-begun", day(13), database="", name="/srv/.stage", in_place=True, aside="/srv/before"),
        restore("restore-begun", day(1, month=11), database="erp", name="erp_restored", in_place=False, aside=""),
    ]


@pytest.fixture
def report(kept: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def run(*words: str) -> str:
        assert main(["--config", str(kept), *OCTOBER, *words]) == 0
        return capsys.readouterr().out

    return run


def chapters(report: Report) -> Any:
    return json.loads(report("--json"))["sections"]


def test_a_job_is_told_with_its_runs_its_size_and_what_its_proof_is_worth(report: Report) -> None:
    jobs = {row["job"]: row for row in chapters(report)["backups"]["jobs"]}
    assert list(jobs) == ["erp-db", "new", "old", "saraban"]
    erp = jobs["erp-db"]
    assert (erp["owed"], erp["done"], erp["failed"], erp["missed"]) == (31, 2, 1, 28)
    assert (erp["stored"], erp["bytes"], erp["last_success"]) == (3, 112 * MIB, "2026-10-03T19:00:00.000Z")
    assert erp["change"] == pytest.approx(0.12)
    assert [jobs[name]["proof"] for name in jobs] == ["proven", "never", "not_configured", "never"]
    assert (jobs["saraban"]["stored"], jobs["saraban"]["last_success"]) == (0, None)


def test_copies_and_systems_without_a_backup_are_listed(report: Report) -> None:
    found = chapters(report)["backups"]
    assert found["copies"] == [
        {
            "job": "erp-db", "repository": "dr", "newest": "2026-09-30T19:00:00.000Z",
            "problem": "=no answer from 203.0.113.9",
        }
    ]  # fmt: skip
    assert [(row["kind"], row["name"]) for row in found["not_covered"]] == [("device", "core-switch"), ("device", "web-2")]


def test_every_unusual_size_stands_with_the_reason_a_person_gave_or_with_none(report: Report) -> None:
    found = chapters(report)["size_changes"]
    erp = next(row for row in found["changes"] if row["job"] == "erp-db")
    assert (erp["before"], erp["smallest"], erp["largest"], erp["last"]) == (100 * MIB, 50 * MIB, 112 * MIB, 112 * MIB)
    told = [(row["job"], row["problem"], row["reason"], row["actor"]) for row in found["anomalies"]]
    assert told == [("erp-db", "size -50%", "ย้ายเอกสารเก่าออก", "somchai"), ("saraban", "size +90%", None, None)]


def test_a_restore_test_is_told_with_place_times_verdict_and_who_confirmed_it(report: Report) -> None:
    found = chapters(report)["restore_tests"]
    assert [(row["job"], row["verdict"], row["repository"]) for row in found["tests"]] == [
        ("erp-db", "pass", "dr"), ("erp-db", "fail", "main"), ("saraban", "not-tested", "main"),
    ]  # fmt: skip
    first = found["tests"][0]
    assert (first["seconds"], first["data_age"], first["confirmed_by"], first["by"]) == (42.5, 3600.0, "malee", "anan")
    proofs = {row["job"]: (row["proof"], row["last_proven"]) for row in found["proofs"]}
    assert proofs["erp-db"] == ("proven", "2026-10-07T19:00:00.000Z")
    assert proofs["saraban"] == ("never", None)


def test_what_people_really_brought_back_is_told_and_also_what_never_ended(report: Report) -> None:
    found = chapters(report)["restore_tests"]["real"]
    assert [(row["kind"], row["result"], row["name"], row["by"]) for row in found] == [
        ("files_beside", "not_compared", "/srv/back", "anan"),
        ("files_in_place", "not_ended", None, "anan"),
        ("database_in_place", "pass", "erp", "anan"),
    ]
    assert found[2]["target"] == "PostgreSQL 15 at 127.0.0.1"
    for language, said in (("en", "DID NOT END"), ("th", "ไม่มีบันทึกว่าเสร็จสิ้น (DID NOT END)")):
        assert said in report("--language", language)


def test_what_was_not_tested_and_what_was_never_proven_are_printed_as_such(report: Report) -> None:
    english, thai = report("--language", "en"), report("--language", "th")
    for said in ("Proven by a restore: 1 / 3", "NOT TESTED", "NEVER PROVEN", "it names no restore command", "+12.00", "112 MiB"):
        assert said in english
    for said in (
        "การสำรองข้อมูล",
        "การเปลี่ยนแปลงของขนาด",
        "ยังไม่ได้ทดสอบ (NOT TESTED)",
        "ไม่เคยพิสูจน์ (NEVER PROVEN)",
        "ย้ายเอกสารเก่าออก",
    ):
        assert said in thai


def test_a_spreadsheet_gets_bytes_as_numbers_and_no_formula(report: Report) -> None:
    rows = list(csv.reader(io.StringIO(report("--format", "csv", "--language", "en"))))
    erp = next(row for row in rows if row[:2] == ["erp-db", "31"])
    assert erp[8:10] == [str(112 * MIB), "+12.00"]
    assert any("'=no answer from 203.0.113.9" in row for row in rows)


def test_a_site_without_backups_says_so(wenyam: Report) -> None:
    text = wenyam(*OCTOBER, "--language", "en")
    assert "No backup job is configured." in text
    assert "Not covered by any backup" in text


@pytest.mark.parametrize(("ratio", "text"), [(0.12, "+12.00"), (-0.1234, "-12.34"), (0.0, "+0.00"), (8.0, "+800.00")])
def test_a_change_has_its_sign(ratio: float, text: str) -> None:
    assert change(ratio) == text
    assert Words("th", "Asia/Bangkok").shaped(ratio, Shape.CHANGE) == text
