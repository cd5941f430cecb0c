"""What the dashboard's page of DR shows: every plan, its run in progress or last run, its runs and open findings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wenyam.dr.ledger import Ledger, PlanRecord
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant
from wenyam.model.recovery import RecoveryPlan
from wenyam.operations.dashboard import reading
from wenyam.operations.recovery_data import run_data
from wenyam.operations.recovery_views import finding_data, plan_data, read_ledger, run_heads
from wenyam.settings.dr_rules import job_name


@dataclass(frozen=True, slots=True)
class PlanBoard:
    """One plan, as plain data (see `recovery_data` and `recovery_views`)."""

    plan: Mapping[str, Any]
    run: Mapping[str, Any] | None
    """The run in progress, else the newest; None when it was never run."""
    runs: tuple[Mapping[str, Any], ...]
    """The newest first."""
    findings: tuple[Mapping[str, Any], ...]
    """The open ones."""


def plan_watched_as(configuration: Configuration, job: str) -> str:
    """Return the plan that is watched under the name of a job; empty when none is."""
    return next((plan for plan in configuration.recovery.plans if job_name(plan) == job), "")


def boards(configuration: Configuration, now: Instant) -> tuple[PlanBoard, ...]:
    """Read how every plan stands; StoreError when nothing is kept."""
    if not configuration.recovery.plans:
        return ()
    with reading(configuration) as reader:
        return of_ledger(configuration, read_ledger(reader), now)


def of_ledger(configuration: Configuration, ledger: Ledger, now: Instant) -> tuple[PlanBoard, ...]:
    """Tell how every plan stands."""
    return tuple(_board(plan, ledger.of(name), now) for name, plan in configuration.recovery.plans.items())


def _board(plan: RecoveryPlan, record: PlanRecord, now: Instant) -> PlanBoard:
    run = record.open_run or (record.runs[-1] if record.runs else None)
    return PlanBoard(
        plan=plan_data(plan, record, now),
        run=None if run is None else run_data(plan, run, now),
        runs=tuple(reversed(run_heads(record))),
        findings=tuple(finding_data(each, now) for each in record.open_findings),
    )
