"""What is on record of every plan: its last rehearsals and drills, the run in progress, what is to be put right. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from wenyam.dr import facts
from wenyam.dr.admission import last_good_of, last_of
from wenyam.dr.course import Course, courses
from wenyam.model.facts import ChainedFact
from wenyam.model.instants import Instant
from wenyam.model.recovery import Mode

PRACTICE = (Mode.DRILL, Mode.SWITCHOVER, Mode.FAILOVER, Mode.FAILBACK)
"""What shows that a plan works: a real move shows it too."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a run showed or a person saw, to be put right."""

    number: str
    run: str
    plan: str
    what: str
    owner: str
    due: Instant
    found: Instant
    closed: Instant | None = None
    closed_by: str = ""
    reason: str = ""

    def is_overdue(self, now: Instant) -> bool:
        """Tell whether it is open after its date."""
        return self.closed is None and now > self.due


@dataclass(frozen=True, slots=True)
class PlanRecord:
    """What is on record of one plan."""

    name: str
    runs: Sequence[Course] = ()
    """Oldest first."""
    findings: Sequence[Finding] = ()

    @property
    def open_run(self) -> Course | None:
        """Return the run that is not over."""
        return next((each for each in self.runs if not each.is_over), None)

    @property
    def last_practice(self) -> Course | None:
        """Return the newest ended drill or real move."""
        return last_of(self.runs, self.name, *PRACTICE)

    @property
    def last_good_practice(self) -> Course | None:
        """Return the newest one that passed."""
        return last_good_of(self.runs, self.name, *PRACTICE)

    @property
    def last_good_rehearsal(self) -> Course | None:
        """Return the newest rehearsal that passed."""
        return last_good_of(self.runs, self.name, Mode.REHEARSAL)

    @property
    def open_findings(self) -> list[Finding]:
        """Return what is still to be put right."""
        return [each for each in self.findings if each.closed is None]


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is on record of every plan, also of those that are no longer configured."""

    plans: dict[str, PlanRecord] = field(default_factory=dict)

    def of(self, plan: str) -> PlanRecord:
        """Return what is on record of a plan; nothing for one that was never run."""
        return self.plans.get(plan) or PlanRecord(plan)


def ledger_of(known: Sequence[ChainedFact]) -> Ledger:
    """Return the ledger of these facts, oldest first."""
    runs, found = courses(known), findings_of(known)
    names = dict.fromkeys([*(each.plan for each in runs.values()), *(each.plan for each in found)])
    return Ledger(
        {
            name: PlanRecord(name, [run for run in runs.values() if run.plan == name], [one for one in found if one.plan == name])
            for name in names
        }
    )


def findings_of(known: Iterable[ChainedFact]) -> list[Finding]:
    """Return every finding, oldest first; the first closing of one counts."""
    found: dict[str, Finding] = {}
    for chained in known:
        fact, body = chained.fact, chained.fact.body
        number = str(body.get("number", ""))
        if fact.kind == facts.FINDING and number not in found:
            run, plan, what, owner = (str(body[name]) for name in ("run", "plan", "what", "owner"))
            found[number] = Finding(number, run, plan, what, owner, Instant(int(body["due"] or 0)), fact.at)
        elif fact.kind == facts.FINDING_CLOSED and number in found and found[number].closed is None:
            closed = replace(found[number], closed=fact.at, closed_by=fact.actor, reason=str(body["reason"]))
            found[number] = closed
    return list(found.values())
