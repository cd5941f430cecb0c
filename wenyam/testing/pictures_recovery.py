"""Plans for the DR site as the dashboard sees them: one in the middle of a failover, one that was never rehearsed."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from wenyam.dr import facts
from wenyam.dr.ledger import ledger_of
from wenyam.model.facts import ChainedFact, Fact
from wenyam.model.instants import Instant, after
from wenyam.model.recovery import (
    Action,
    Committee,
    Mode,
    PlanStep,
    RecoveryPlan,
    RecoveryPlans,
    Rights,
    failed,
    passed,
)
from wenyam.operations.recovery_dashboard import PlanBoard, of_ledger
from wenyam.testing.pictures import NOW, configuration

RUN = "erp-20261126-0200"
MINUTE = 60.0


def step(name: str, title: str, minutes: float, **more: Any) -> PlanStep:
    """Return a step that a person does."""
    return PlanStep(name, title, Action("manual", None), minutes * MINUTE, **more)


STEPS = (
    step("confirm", "The main site is down", 30),
    step("approve", "The committee approves", 60, after=("confirm",)),
    step("fence", "The main site cannot write", 15, after=("approve",)),
    step("promote", "The database at DR becomes the primary", 15, after=("fence",)),
    step("name", "erp.agency.test points to the DR site", 10, after=("promote",)),
)


def plan(name: str, title: str) -> RecoveryPlan:
    """Return a plan of five steps."""
    rights = Rights(("anong",), ("anong",))
    return RecoveryPlan(
        name, title, "anong", "dc", "dr", ("register",), STEPS, Committee(("anong", "somchai"), 2), rights,
        "d" * 64,
    )  # fmt: skip


ERP = plan("erp", "ERP moves to DR")


def boards() -> tuple[PlanBoard, ...]:
    """Return both plans: a failover stopped at its third step and overdue, and one that nobody ever rehearsed."""
    return _of_facts(_facts(ERP), ERP, plan("mail", "Mail moves to DR"))


def rehearsed() -> tuple[PlanBoard, ...]:
    """Return one plan that was rehearsed and drilled well lately."""
    return _of_facts(_practised(ERP), ERP)


def _of_facts(found: Iterable[Fact], *plans: RecoveryPlan) -> tuple[PlanBoard, ...]:
    known = replace(configuration(), recovery=RecoveryPlans({each.name: each for each in plans}, "dr"))
    return of_ledger(known, ledger_of([ChainedFact(number, fact, "", "") for number, fact in enumerate(found, 1)]), NOW)


def _practised(of: RecoveryPlan) -> Iterator[Fact]:
    for mode, days in ((Mode.DRILL, 20), (Mode.REHEARSAL, 5)):
        run, began = f"erp-{mode.value}", after(NOW, -days * 24 * 60 * MINUTE)
        yield facts.began(run, of, mode, began, "anong", reason="", version="1")
        for each in STEPS:
            yield facts.step_began(run, each.id, after(began, MINUTE), "anong", 1)
            outcome = passed("proven")
            yield facts.step_ended(
                run, each.id, after(began, 2 * MINUTE), "anong", attempt=1, outcome=outcome, seconds=60.0, evidence={}, said={}
            )
        yield facts.ended(run, after(began, 3_000), "anong", verdict="pass", summary="5 of 5 steps passed", figures={})


def _facts(of: RecoveryPlan) -> Iterator[Fact]:
    drill, day = "erp-20261020-0100", -37 * 24 * 60 * MINUTE
    yield facts.began(drill, of, Mode.DRILL, after(NOW, day), "anong", reason="", version="1")
    yield facts.ended(drill, after(NOW, day + 3_000), "anong", verdict="pass", summary="5 of 5 steps passed", figures={})
    yield facts.finding(
        drill, "erp", after(NOW, day + 3_100), "anong", number="F-1", what="the VPN of the DR site has an old certificate",
        owner="somchai", due=after(NOW, -3600),
    )  # fmt: skip
    start = after(NOW, -100 * MINUTE)
    yield facts.began(RUN, of, Mode.FAILOVER, start, "anong", reason="fire in the machine room", version="1")
    yield facts.moment(RUN, start, "anong", facts.FAILURE_BEGAN, after(start, -5 * MINUTE))
    for number, name in enumerate(("confirm", "approve")):
        begun = after(start, 20 * number * MINUTE)
        yield facts.step_began(RUN, name, begun, "anong", 1)
        yield _ended(name, after(begun, 18 * MINUTE), good=True)
    yield facts.step_began(RUN, "fence", after(start, 40 * MINUTE), "anong", 1)
    yield _ended("fence", after(start, 41 * MINUTE), good=False)


def _ended(name: str, at: Instant, *, good: bool) -> Fact:
    outcome = passed("done and proven") if good else failed("tcp 5432 of erp-db still answers")
    return facts.step_ended(RUN, name, at, "anong", attempt=1, outcome=outcome, seconds=60.0, evidence={}, said={})
