"""Where a run is: the fold of its facts, oldest first. Pure; whoever reads the chain comes to the same course."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from wenyam.dr import facts
from wenyam.model.backup import Verdict
from wenyam.model.facts import ChainedFact, Fact
from wenyam.model.instants import Instant, seconds_between
from wenyam.model.recovery import Mode

DONE, FAILED_IT, RETRY, SKIP, ABORT, KEEP = "done", "failed", "retry", "skip", "abort", "keep"
DECISIONS = (DONE, FAILED_IT, RETRY, SKIP, ABORT, KEEP)
"""`keep` decides nothing; it only adds evidence."""


WORD_OF = ".word_of"
"""By which a step says on whose word it passed, behind its id."""


_CLOCK_TOLERANCE = 2.0
"""Seconds by which two looks at two clocks may differ."""


class Stage(StrEnum):
    """Where one step is."""

    WAITING = "waiting"
    RUNNING = "running"
    """Begun and not ended: under way, or the process that did it died."""
    AGAIN = "again"
    """An attempt failed and the plan says to try once more."""
    PASSED = "passed"
    STOPPED = "stopped"
    """It failed or proved nothing: nothing further begins until somebody decides."""
    SKIPPED = "skipped"


class Undoing(StrEnum):
    """Where taking one step back is."""

    NOT_BEGUN = "not-begun"
    RUNNING = "running"
    UNDONE = "undone"
    STOPPED = "stopped"
    LEFT = "left"
    """Somebody decided that it stays."""


@dataclass(slots=True)
class StepCourse:
    """What is on record of one step."""

    id: str
    stage: Stage = Stage.WAITING
    attempts: int = 0
    """Attempts begun, over all."""
    tries: int = 0
    """Attempts ended since somebody last decided."""
    began: Instant | None = None
    """When its first attempt began."""
    tried: Instant | None = None
    """When its newest attempt began."""
    ended: Instant | None = None
    verdict: Verdict | None = None
    summary: str = ""
    evidence: dict[str, str] = field(default_factory=dict)
    """File name -> SHA-256, of every attempt."""
    files: dict[str, str] = field(default_factory=dict)
    """What people added as evidence: file name -> SHA-256."""
    decided_by: str = ""
    """Who decided what it came to, with a second person where there is one; empty when the step showed it itself."""
    word_of: str = ""
    """On whose word alone it passed, though it was to find out by itself."""
    undoing: Undoing = Undoing.NOT_BEGUN
    undo_summary: str = ""
    order: int = 0
    """Place among the steps that ended, for taking back in reverse."""

    @property
    def is_over(self) -> bool:
        """Whether what comes after it may begin."""
        return self.stage in (Stage.PASSED, Stage.SKIPPED)


@dataclass(slots=True)
class Course:
    """One run of one plan."""

    run: str
    plan: str
    mode: Mode
    digest: str
    """The version of the plan that is run; a resume may have accepted a newer one."""
    substance: str
    """What that version does; empty where an older version of this program began the run."""
    actor: str
    reason: str
    began: Instant
    sequence: int
    """The fact it began with."""
    actors: set[str] = field(default_factory=set)
    """Everybody who ran it: none of them approves it."""
    steps: dict[str, StepCourse] = field(default_factory=dict)
    said: dict[str, Any] = field(default_factory=dict)
    moments: dict[str, Instant] = field(default_factory=dict)
    clock_lost: float = 0.0
    """Seconds by which the clock was set back while a step was under way: by so much every length of time is too short."""
    acts: list[ChainedFact] = field(default_factory=list)
    """Approvals, signed statements and decisions, oldest first."""
    aborted: bool = False
    undo: bool = True
    """False when an abort said that nothing is to be taken back."""
    ended: Instant | None = None
    verdict: Verdict | None = None
    summary: str = ""
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.ended is not None

    def step(self, name: str) -> StepCourse:
        """Return what is on record of a step; nothing yet for one that has not begun."""
        return self.steps.setdefault(name, StepCourse(name))

    @property
    def stopped(self) -> list[StepCourse]:
        """Return the steps that wait for a decision."""
        return [each for each in self.steps.values() if each.stage is Stage.STOPPED or each.undoing is Undoing.STOPPED]


def courses(known: Iterable[ChainedFact]) -> dict[str, Course]:
    """Return every run by its id, oldest first; facts of a run whose beginning was sealed away change nothing."""
    found: dict[str, Course] = {}
    for chained in known:
        run = str(chained.fact.body.get("run", ""))
        if chained.fact.kind == facts.BEGAN:
            found.setdefault(run, _begun(chained))
        elif run in found:
            adopt(found[run], chained)
    return found


def _begun(chained: ChainedFact) -> Course:
    fact, body = chained.fact, chained.fact.body
    return Course(
        run=str(body["run"]),
        plan=str(body["plan"]),
        mode=Mode(str(body["mode"])),
        digest=str(body["digest"]),
        substance=str(body.get("substance") or ""),
        actor=fact.actor,
        reason=str(body.get("reason") or ""),
        began=fact.at,
        sequence=chained.sequence,
        actors={fact.actor},
    )


def adopt(course: Course, chained: ChainedFact) -> None:
    """Take one more fact of the run."""
    effect = _EFFECTS.get(chained.fact.kind)
    if effect is not None:
        effect(course, chained.fact)
    if chained.fact.kind in (facts.APPROVED, facts.SIGNED, facts.DECIDED):
        course.acts.append(chained)


def _step_of(course: Course, fact: Fact) -> StepCourse:
    return course.step(str(fact.body["step"]))


def _resumed(course: Course, fact: Fact) -> None:
    is_another_version = course.digest != fact.body["digest"]
    course.actors.add(fact.actor)
    course.digest, course.substance = str(fact.body["digest"]), str(fact.body.get("substance") or "")
    for approved in [act.fact.body for act in course.acts if act.fact.kind == facts.APPROVED]:
        if is_another_version or approved["person"] == fact.actor:
            _count_again(course, str(approved["step"]))


def _count_again(course: Course, name: str) -> None:
    """Put an approval back, to be counted for the present version without whoever runs it now; what is taken back needs none."""
    step = course.step(name)
    goes_back = course.aborted or any(each.undoing is not Undoing.NOT_BEGUN for each in course.steps.values())
    if step.stage is Stage.PASSED and not goes_back:
        step.stage, step.tries, step.ended = Stage.WAITING, 0, None


def _lost(step: StepCourse, ended: Fact) -> float:
    """Return by how much less the clock went on than an attempt took; none where they agree to a second or two."""
    seconds = ended.body.get("seconds")
    if step.tried is None or not isinstance(seconds, int | float):
        return 0.0
    lost = seconds - seconds_between(step.tried, ended.at)
    return lost if lost > _CLOCK_TOLERANCE else 0.0


def _step_began(course: Course, fact: Fact) -> None:
    step = _step_of(course, fact)
    step.tried = fact.at
    step.stage, step.attempts = Stage.RUNNING, max(step.attempts, int(fact.body["attempt"] or 0))
    step.began = step.began or fact.at
    step.ended = None


def _step_ended(course: Course, fact: Fact) -> None:
    step, body = _step_of(course, fact), fact.body
    step.verdict, step.summary, step.ended = Verdict(str(body["verdict"])), str(body["summary"]), fact.at
    course.clock_lost += _lost(step, fact)
    step.tries += 1
    step.evidence |= facts.read_json(body, "evidence")
    said = facts.read_json(body, "said")
    step.word_of = str(said.get(step.id + WORD_OF, ""))
    course.said |= said
    if step.verdict is Verdict.PASS:
        _pass(course, step)
    elif step.stage is not Stage.SKIPPED:
        step.stage = Stage.AGAIN if body.get("again") else Stage.STOPPED


def _pass(course: Course, step: StepCourse) -> None:
    step.stage = Stage.PASSED
    step.order = 1 + max((each.order for each in course.steps.values()), default=0)


def _undo_began(course: Course, fact: Fact) -> None:
    _step_of(course, fact).undoing = Undoing.RUNNING


def _undone(course: Course, fact: Fact) -> None:
    step = _step_of(course, fact)
    step.undo_summary = str(fact.body["summary"])
    step.evidence |= facts.read_json(fact.body, "evidence")
    step.undoing = Undoing.UNDONE if fact.body["verdict"] == Verdict.PASS.value else Undoing.STOPPED


def _decided(course: Course, fact: Fact) -> None:
    name, decision = str(fact.body["step"]), str(fact.body["decision"])
    if decision == ABORT:
        course.aborted, course.undo = True, bool(fact.body.get("undo", True))
        return
    step = course.step(name)
    step.files |= facts.read_json(fact.body, "files")
    who = " and ".join(each for each in (fact.actor, str(fact.body.get("second") or "")) if each)
    if step.undoing is Undoing.STOPPED:
        step.undoing = {RETRY: Undoing.NOT_BEGUN, DONE: Undoing.UNDONE, SKIP: Undoing.LEFT}.get(decision, step.undoing)
    elif step.undoing is Undoing.NOT_BEGUN:  # what is being taken back hears it itself
        _decide(course, step, decision, who, fact)


def _decide(course: Course, step: StepCourse, decision: str, who: str, fact: Fact) -> None:
    if decision == SKIP:
        step.stage, step.decided_by, step.ended = Stage.SKIPPED, who, fact.at
        return
    if step.stage is not Stage.STOPPED:
        return  # a step that is under way hears it itself
    if decision == RETRY:
        step.stage, step.tries = Stage.WAITING, 0
    elif decision == DONE:
        step.decided_by, step.ended = who, fact.at
        _pass(course, step)


def _moment(course: Course, fact: Fact) -> None:
    course.moments.setdefault(str(fact.body["name"]), Instant(int(fact.body["when"] or 0)))


def _ended(course: Course, fact: Fact) -> None:
    course.ended, course.verdict = fact.at, Verdict(str(fact.body["verdict"]))
    course.summary = str(fact.body["summary"])
    course.figures = {name: value for name, value in fact.body.items() if name not in ("run", "verdict", "summary")}


_EFFECTS: dict[str, Callable[[Course, Fact], None]] = {
    facts.RESUMED: _resumed,
    facts.STEP_BEGAN: _step_began,
    facts.STEP_ENDED: _step_ended,
    facts.UNDO_BEGAN: _undo_began,
    facts.UNDONE: _undone,
    facts.DECIDED: _decided,
    facts.MOMENT: _moment,
    facts.ENDED: _ended,
}
