"""`wenyam audit verify --evidence`: a file of evidence that was touched, or is gone, breaks what the chain says of it."""

import argparse
import hashlib
import json
import shutil
from pathlib import Path

import pytest

from wenyam.backup import facts as backup_facts
from wenyam.cli import audit
from wenyam.dr import evidence
from wenyam.dr import facts as dr_facts
from wenyam.model.backup import Verdict
from wenyam.model.instants import Instant
from wenyam.model.recovery import Outcome
from wenyam.store.writer import SqliteWriter

AT = Instant(1_792_000_000_000)
RUN = "erp-20261126-0200"


@pytest.fixture
def kept(writer: SqliteWriter, directory: Path) -> tuple[Path, ...]:
    """Keep the evidence of a restore test, of a step of a DR run and of a decision in it, as they do; return the files."""
    tests = directory / "evidence" / "restore-tests"
    tests.mkdir(parents=True)
    proof = tests / "erp-db-1.json"
    proof.write_text('{"verdict": "PASS"}', encoding="utf-8")
    digest = hashlib.sha256(proof.read_bytes()).hexdigest()
    writer.append(
        backup_facts.tested(
            "erp-db", "run-1", AT, "somchai", repository="main", snapshot="ab" * 32, verdict=Verdict.PASS, seconds=1.0,
            data_age=60.0, problem="", evidence=digest, picked_older=False,
        )
    )  # fmt: skip
    seen = evidence.keep(evidence.prepare(directory, RUN), "promote-1", {"output": "primary now"})
    done = Outcome(Verdict.PASS, "promoted")
    writer.append(
        dr_facts.step_ended(RUN, "promote", AT, "somchai", attempt=1, outcome=done, seconds=1.0, evidence=seen, said={})
    )
    handed = evidence.keep(evidence.folder_of(directory, RUN), "promote-decided", {"photo": "seen with my own eyes"})
    writer.append(dr_facts.decided(RUN, "promote", AT, "somchai", decision="done", reason="by hand", files=handed))
    return proof, *(evidence.folder_of(directory, RUN) / name for name in (*seen, *handed))


def verify(directory: Path, *words: str) -> int:
    parser = argparse.ArgumentParser()
    audit.configure(parser)
    return audit.run(parser.parse_args(["--state", str(directory), "verify", *words]))


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_file_that_was_touched_or_removed_is_told_and_one_put_back_is_whole(
    kept: tuple[Path, ...], directory: Path, capsys: pytest.CaptureFixture[str], which: int
) -> None:
    assert verify(directory, "--evidence") == 0
    assert "whole: 3 files of evidence are as the chain says" in capsys.readouterr().out
    content = kept[which].read_bytes()
    kept[which].write_bytes(content + b" ")
    assert verify(directory) == 0  # the chain itself is whole
    assert verify(directory, "--evidence") == 1
    said = capsys.readouterr().out
    assert "BROKEN: " in said
    assert ("the restore test of erp-db" if which == 0 else "is not as it was when its hash was recorded") in said
    kept[which].unlink()
    assert verify(directory, "--evidence", "--json") == 1
    assert len(json.loads(capsys.readouterr().out)["evidence"]["faults"]) == 1
    kept[which].write_bytes(content)
    assert verify(directory, "--evidence") == 0


@pytest.mark.parametrize("folder", ["evidence", "dr"])
def test_a_copy_without_the_files_proves_nothing_of_them(
    kept: tuple[Path, ...], directory: Path, capsys: pytest.CaptureFixture[str], folder: str
) -> None:
    assert all(path.exists() for path in kept)
    shutil.rmtree(directory / folder)
    assert verify(directory, "--evidence") == 3
    assert "NOT TESTED, the files of evidence: " in capsys.readouterr().out


def test_a_chain_without_evidence_needs_no_files(writer: SqliteWriter, directory: Path) -> None:
    assert writer.verify().problem == ""
    assert verify(directory, "--evidence") == 0
