"""One attempt at something a plan names: done, rehearsed, checked or taken back, with a deadline; a failure is an outcome."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wenyam import plugins
from wenyam.clock import Clock
from wenyam.dr.contract import DrillStep, GoesOnError, Record, Say, StepPlace
from wenyam.dr.course import Course
from wenyam.errors import WenyamError
from wenyam.i18n.clean_text import clean
from wenyam.links.pools import Links
from wenyam.model.backup import Verdict
from wenyam.model.instance import Configuration
from wenyam.model.recovery import Action, Mode, Outcome, PlanStep, RecoveryPlan, failed, not_tested, passed

_SENTENCE = 500
Show = Callable[[RecoveryPlan, Course], None]


def show_nothing(_plan: RecoveryPlan, _course: Course) -> None:
    """Show nothing."""


Work = Callable[[DrillStep, StepPlace], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Post:
    """What every run works with: made once for one command."""

    configuration: Configuration
    clock: Clock
    links: Links
    tools: Callable[[str], str]
    say: Say
    show: Show = show_nothing
    """Shown the run whenever it is looked at, for a live view."""

    @property
    def state(self) -> Path:
        """Return where locks, evidence and the chain lie."""
        return Path(self.configuration.instance.state_directory)


@dataclass(frozen=True, slots=True)
class Attempts:
    """Makes attempts in one run."""

    post: Post
    plan: RecoveryPlan
    mode: Mode
    run: str
    actor: str
    record: Record
    evidence: Path

    async def do(self, step: PlanStep, said: Mapping[str, Any]) -> "Attempted":
        """Do a step and check its result."""
        place, begun = self._place(step, said), self.post.clock.monotonic()
        outcome = await self._one(step.action, place, lambda kind, where: kind.run(where))
        evidence = {"action": outcome.summary, **outcome.evidence}
        for number, check in enumerate(step.checks if outcome.verdict is Verdict.PASS else (), 1):
            checked = await self._one(check, place, lambda kind, where: kind.run(where))
            evidence |= {f"check-{number}": checked.summary}
            evidence |= {f"check-{number}-{name}": text for name, text in checked.evidence.items()}
            if checked.verdict is not Verdict.PASS:
                outcome = Outcome(checked.verdict, clean(f"{outcome.summary}; but: {checked.summary}", _SENTENCE))
                break
        left = {key: value for key, value in place.said.items() if key not in said or said[key] != value}
        return Attempted(outcome, self.post.clock.monotonic() - begun, evidence, left)

    async def rehearse(self, step: PlanStep) -> "Attempted":
        """Prove that a step, its checks and its way back could be done; touch nothing."""
        place, begun = self._place(step, {}), self.post.clock.monotonic()
        actions = [step.action, *step.checks, *([step.undo.action] if step.undo.action is not None else [])]
        worst, evidence = passed(""), dict[str, str]()
        summaries = []
        for number, action in enumerate(actions, 1):
            outcome = await self._one(action, place, lambda kind, where: kind.rehearse(where), waits=False)
            evidence |= {f"{number}-{action.kind}": outcome.summary}
            evidence |= {f"{number}-{action.kind}-{name}": text for name, text in outcome.evidence.items()}
            summaries.append(outcome.summary)
            worst = _worse(worst, outcome)
        summary = worst.summary if worst.verdict is not Verdict.PASS else "; ".join(dict.fromkeys(summaries))
        whole = Outcome(worst.verdict, clean(summary, _SENTENCE))
        return Attempted(whole, self.post.clock.monotonic() - begun, evidence, {})

    async def prepare(self, step: PlanStep) -> None:
        """Let a step load what its work needs, where its kind can; what fails here fails again when it counts."""
        kind: Any = kind_of(step.action)
        if hasattr(kind, "prepare"):
            with contextlib.suppress(WenyamError, TimeoutError):
                async with asyncio.timeout(step.timeout):
                    await kind.prepare(self._place(step, {}))

    async def was_done(self, action: Action, step: PlanStep, said: Mapping[str, Any]) -> bool | None:
        """Ask after a crash whether something was done; what cannot be asked is not known."""
        place = self._place(step, said)
        try:
            async with asyncio.timeout(step.timeout):
                return await kind_of(action).was_done(place)
        except (WenyamError, TimeoutError) as error:
            why = str(error) or "no answer in time"
            self.post.say(clean(f"{step.id}: it cannot be asked whether it was done: {why}", _SENTENCE))
            return None

    async def undo(self, step: PlanStep, said: Mapping[str, Any]) -> Outcome:
        """Take a step back by itself or by the action that the plan names."""
        place = self._place(step, said)
        if step.undo.action is not None:
            return await self._one(step.undo.action, place, lambda kind, where: kind.run(where))
        return await self._one(step.action, place, lambda kind, where: kind.undo(where), waits=False)

    async def _one(self, action: Action, place: StepPlace, work: Work, *, waits: bool | None = None) -> Outcome:
        kind = kind_of(action)
        patient = kind.waits if waits is None else waits
        try:
            async with asyncio.timeout(None if patient else place.step.timeout):
                outcome = await work(kind, place)
        except GoesOnError as error:
            return (failed if kind.repeatable else not_tested)(clean(str(error), _SENTENCE))
        except WenyamError as error:
            return failed(clean(str(error), _SENTENCE))
        except TimeoutError:
            words = f"'{action.kind}' was given up after {place.step.timeout:g} s"
            return failed(words) if kind.repeatable else not_tested(f"{words}. {GoesOnError.hint}")
        except Exception as error:  # noqa: BLE001  # a plug-in of another package may raise anything; the run must go on record
            return failed(f"'{action.kind}' broke off: {type(error).__name__}: {clean(str(error), _SENTENCE)}")
        return Outcome(outcome.verdict, clean(outcome.summary, _SENTENCE) or action.kind, outcome.evidence)

    def _place(self, step: PlanStep, said: Mapping[str, Any]) -> StepPlace:
        post = self.post
        return StepPlace(
            configuration=post.configuration,
            clock=post.clock,
            links=post.links,
            tools=post.tools,
            plan=self.plan,
            step=step,
            mode=self.mode,
            run=self.run,
            actor=self.actor,
            record=self.record,
            evidence=self.evidence,
            deadline=float("inf") if kind_of(step.action).waits else post.clock.monotonic() + step.timeout,
            say=lambda line: post.say(f"{step.id}: {clean(line, _SENTENCE)}"),
            said=dict(said),
        )


@dataclass(frozen=True, slots=True)
class Attempted:
    """What an attempt came to, and what it leaves."""

    outcome: Outcome
    seconds: float
    evidence: Mapping[str, str] = field(default_factory=dict)
    said: Mapping[str, Any] = field(default_factory=dict)


def kind_of(action: Action) -> DrillStep:
    """Return the step of a kind with its options."""
    kind: Any = plugins.load(plugins.STEPS, action.kind)
    step: DrillStep = kind(action.options)
    return step


_ORDER = (Verdict.PASS, Verdict.NOT_TESTED, Verdict.FAIL)


def _worse(first: Outcome, second: Outcome) -> Outcome:
    return second if _ORDER.index(second.verdict) > _ORDER.index(first.verdict) else first
