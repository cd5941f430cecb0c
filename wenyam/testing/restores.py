"""A small body with one backup job and people of every kind, and restore tests on its record, for tests of what follows them."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from wenyam.backup import facts
from wenyam.model.backup import BackupJob, BackupPlan, RepositoryPlan, Verdict
from wenyam.model.calendar import Schedule
from wenyam.model.instance import Configuration, Instance
from wenyam.model.instants import Instant
from wenyam.model.inventory import Inventory, Person, SecretReference
from wenyam.store.interface import Writer

JOB = "erp-db"
EVIDENCE = "evidence/restore-tests"


def configuration(
    folder: Path,
    people: Iterable[Person],
    *,
    source: str = "files",
    options: object = None,
    repositories: Iterable[RepositoryPlan] = (),
) -> Configuration:
    """Make a configuration whose state directory is `state` below the folder."""
    known = {each.name: each for each in repositories} or {
        "main": RepositoryPlan("main", "local", None, SecretReference("file", str(folder / "key")), "bkk")
    }
    first = next(iter(known))
    job = BackupJob(JOB, source, options, "anong", Schedule("every day 01:00"), first)
    instance = Instance("pwo", "bkk", state_directory=str(folder / "state"), run_directory=str(folder / "run"))
    plan = BackupPlan({JOB: job}, known, str(folder / "spool"), str(folder / "scratch"))
    inventory = Inventory(people={person.id: person for person in people})
    return Configuration(instance, inventory, str(folder), "ab" * 32, plan)


def record_test(
    writer: Writer,
    state: Path,
    at: Instant,
    *,
    verdict: Verdict = Verdict.PASS,
    actor: str = "somchai",
    problem: str = "",
    snapshot: str = "5f" * 32,
) -> int:
    """Put a restore test with its evidence on record and return its number."""
    directory = state / EVIDENCE
    directory.mkdir(parents=True, exist_ok=True)
    content = json.dumps({"job": JOB, "at": at, "verdict": verdict.value, "problem": problem}).encode()
    digest = hashlib.sha256(content).hexdigest()
    (directory / f"{JOB}-{digest[:12]}.json").write_bytes(content)
    fact = facts.tested(
        JOB, "run-1", at, actor, repository="main", snapshot=snapshot, verdict=verdict, seconds=60.0, data_age=600.0,
        problem=problem, evidence=digest, picked_older=False,
    )  # fmt: skip
    return writer.append(fact).sequence
