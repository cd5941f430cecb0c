"""Runs a plan: side by side where it may, journalled before and after each step, stopped by a failure until somebody decides.

Killed at any moment, it is taken up again where its facts say it was.
"""

import asyncio
import contextlib
from dataclasses import dataclass, field

from wenyam.dr import evidence, facts
from wenyam.dr.approvals import needs_people
from wenyam.dr.attempt import Attempted, Attempts, Post, kind_of
from wenyam.dr.clockwork import Clockwork
from wenyam.dr.course import Course, Stage, StepCourse, Undoing
from wenyam.dr.journal import Journal
from wenyam.dr.plan import is_through, ready, step_of, steps_in, takes_back, to_take_back
from wenyam.dr.verdicts import ending
from wenyam.model.backup import Verdict
from wenyam.model.recovery import Mode, Outcome, PlanStep, RecoveryPlan, UndoKind, failed, not_tested, passed

POLL_SECONDS = 0.5
"""Between two looks for decisions and signatures that other processes write."""
GRACE_SECONDS = 2.0
"""How long what waits for people may show that it needs none, where nobody waits."""
_AT_ONCE = 8
"""Steps rehearsed side by side."""


@dataclass(slots=True)
class Runner:
    """One process's hold on one run; whoever makes it holds the plan's lock."""

    post: Post
    plan: RecoveryPlan
    journal: Journal
    actor: str
    waits: bool = True
    """Whether to wait when a person is needed; otherwise `run` returns and the run is resumed later."""
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _attempts: Attempts | None = None
    _clockwork: Clockwork | None = None
    _alone_since: float | None = None

    async def run(self) -> Course:
        """Go on until the run is over, or a person is needed and nobody waits; return where it is."""
        course = await self.journal.look()
        if course.is_over:
            return course
        await self._prepare(course)
        readying = asyncio.create_task(self._ready(course))
        try:
            if course.mode is Mode.REHEARSAL:
                await self._rehearse()
            else:
                await self._carry_on()
                await self._take_back()
        finally:
            await _cancelled(readying)
            await self._drop_tasks()
        course = await self.journal.look()
        if self._is_at_the_end(course):
            await self._end(course)
        return self.journal.course

    async def _prepare(self, course: Course) -> None:
        directory = await asyncio.to_thread(evidence.prepare, self.post.state, course.run)
        self._attempts = Attempts(self.post, self.plan, course.mode, course.run, self.actor, self.journal, directory)
        self._clockwork = Clockwork(self.post, self.plan)

    async def _ready(self, course: Course) -> None:
        """Let the steps load what they need, beside those that are done: no look may wait for a library when minutes count."""
        for step in () if course.mode is Mode.REHEARSAL else steps_in(self.plan, course.mode):
            await self._hand.prepare(step)

    @property
    def _hand(self) -> Attempts:
        if self._attempts is None:
            raise RuntimeError("the run was not prepared")
        return self._attempts

    async def _carry_on(self) -> None:
        """Start what may begin until every step is over, somebody aborts, or a person is needed and nobody waits."""
        while True:
            course = await self.journal.look()
            if course.aborted:
                await self._stop_tasks(course)
                return
            await self._drop_skipped(course)
            for step in ready(self.plan, course):
                if step.id not in self._tasks:
                    self._tasks[step.id] = asyncio.create_task(self._step(step))
            if not self._tasks and (is_through(self.plan, course) or not self.waits):
                return
            if self._is_up_to_people():
                return
            await self._pause()

    def _is_up_to_people(self) -> bool:
        """Tell whether nobody waits and all that is under way has been waiting for people for a while."""
        steps = [step_of(self.plan, name) for name in self._tasks]
        if self.waits or not steps or not all(step is not None and needs_people(step) for step in steps):
            self._alone_since = None
            return False
        now = self.post.clock.monotonic()
        self._alone_since = self._alone_since or now
        return now - self._alone_since > GRACE_SECONDS

    async def _pause(self) -> None:
        """Wait until a step ends or it is time to look again; a step that broke ends the run here, to be resumed."""
        if self._clockwork is not None:
            self._clockwork.tell(self.journal.course)
        self.post.show(self.plan, self.journal.course)
        waking = asyncio.create_task(self.post.clock.sleep(POLL_SECONDS))
        await asyncio.wait([waking, *self._tasks.values()], return_when=asyncio.FIRST_COMPLETED)
        waking.cancel()
        for name in [name for name, task in self._tasks.items() if task.done()]:
            self._tasks.pop(name).result()

    async def _step(self, step: PlanStep) -> None:
        """Do a step with its tries; what was under way when another process died is settled first."""
        on_record = self.journal.course.step(step.id)
        if on_record.stage is Stage.RUNNING and await self._was_settled(step, on_record):
            return
        if on_record.stage is Stage.AGAIN:
            await self.post.clock.sleep(step.pause)
        while await self._try(step, on_record):
            await self.post.clock.sleep(step.pause)

    async def _try(self, step: PlanStep, on_record: StepCourse) -> bool:
        """Make one attempt; tell whether there is another."""
        run, attempt = self.journal.course.run, on_record.attempts + 1
        await self.journal.add(facts.step_began(run, step.id, self.post.clock.now(), self.actor, attempt))
        self.post.say(f"{step.id}: {step.title}")
        done = await self._hand.do(step, self.journal.course.said)
        # Of what must not be done twice only a failure is tried again by itself: what nobody can tell may still be going on.
        again = done.outcome.verdict is Verdict.FAIL or (
            done.outcome.verdict is Verdict.NOT_TESTED and kind_of(step.action).repeatable
        )
        again = again and on_record.tries + 1 < step.tries
        await self._put_down(step, attempt, done, again=again)
        return again

    async def _was_settled(self, step: PlanStep, on_record: StepCourse) -> bool:
        """Find out about a step whose process died; False when it is simply done again."""
        if kind_of(step.action).repeatable:
            return False
        done = await self._hand.was_done(step.action, step, self.journal.course.said)
        if done is False:
            return False
        if done is None:
            outcome = not_tested("the process was killed in it, and it cannot be known whether it was done; look, then decide")
        else:
            outcome = passed("it was done before the process was killed")
        await self._put_down(step, on_record.attempts, Attempted(outcome, 0.0, {"action": outcome.summary}))
        return True

    async def _put_down(self, step: PlanStep, attempt: int, done: Attempted, *, again: bool = False) -> None:
        kept = await asyncio.to_thread(evidence.keep, self._hand.evidence, f"{step.id}-{attempt}", done.evidence)
        fact = facts.step_ended(
            self.journal.course.run, step.id, self.post.clock.now(), self.actor, attempt=attempt, outcome=done.outcome,
            seconds=done.seconds, evidence=kept, said=done.said, again=again,
        )  # fmt: skip
        await self.journal.add(fact)
        word = "once more" if again else done.outcome.verdict.words
        self.post.say(f"{step.id}: {word}: {done.outcome.summary}")
        if self.journal.course.step(step.id).stage is Stage.STOPPED:
            self.post.say(f"{step.id}: waits for a decision: {how_to_decide(self.journal.course, step.id)}")
        self.post.show(self.plan, self.journal.course)

    async def _drop_skipped(self, course: Course) -> None:
        """Leave steps that somebody decided to skip while they waited for a person."""
        for name in [name for name in self._tasks if course.step(name).stage is Stage.SKIPPED]:
            await _cancelled(self._tasks.pop(name))
            self.post.say(f"{name}: skipped by {course.step(name).decided_by}")

    async def _stop_tasks(self, course: Course) -> None:
        """After an abort: leave what waits for a person, let the rest come to its own end."""
        for name, task in list(self._tasks.items()):
            step = step_of(self.plan, name)
            if step is not None and kind_of(step.action).waits:
                await _cancelled(self._tasks.pop(name))
                outcome = failed("left, because the run was aborted")
                await self._put_down(step, course.step(name).attempts, Attempted(outcome, 0.0))
            else:
                await task
                self._tasks.pop(name)

    async def _drop_tasks(self) -> None:
        for name in list(self._tasks):
            await _cancelled(self._tasks.pop(name))

    async def _take_back(self) -> None:
        """Take back in reverse what was done, where the mode or an abort asks for it."""
        while True:
            course = await self.journal.look()
            waiting = to_take_back(self.plan, course)
            stopped = any(each.undoing is Undoing.STOPPED for each in course.steps.values())
            if not takes_back(self.plan, course) or (stopped and not self.waits) or not (waiting or stopped):
                return
            if stopped:
                await self._pause()
            else:
                await self._undo(waiting[0], course)

    async def _undo(self, step: PlanStep, course: Course) -> None:
        on_record = course.step(step.id)
        outcome = await self._known_undo(step, on_record)
        if outcome is None:
            await self.journal.add(facts.undo_began(course.run, step.id, self.post.clock.now(), self.actor))
            self.post.say(f"{step.id}: taking back")
            outcome = await self._hand.undo(step, course.said)
        kept = await asyncio.to_thread(
            evidence.keep, self._hand.evidence, f"{step.id}-undo", {"undo": outcome.summary, **outcome.evidence}
        )
        await self.journal.add(
            facts.undone(course.run, step.id, self.post.clock.now(), self.actor, outcome=outcome, evidence=kept)
        )
        self.post.say(f"{step.id}: taken back: {outcome.verdict.words}: {outcome.summary}")
        self.post.show(self.plan, self.journal.course)
        if outcome.verdict is not Verdict.PASS:
            self.post.say(f"{step.id}: waits for a decision: {how_to_decide(course, step.id)}")

    async def _known_undo(self, step: PlanStep, on_record: StepCourse) -> Outcome | None:
        """Return what taking back came to where it need not be done (again); None when it must be."""
        said = self.journal.course.said
        if on_record.undoing is Undoing.RUNNING:
            return await self._killed_undo(step)
        if on_record.stage is Stage.PASSED or on_record.undo_summary:
            return None
        if await self._hand.was_done(step.action, step, said) is False:
            return passed("it was not done, so there is nothing to take back")
        return None

    async def _killed_undo(self, step: PlanStep) -> Outcome | None:
        """Find out about taking back whose process died."""
        by_itself = step.undo.kind is UndoKind.ITSELF
        action = step.action if by_itself or step.undo.action is None else step.undo.action
        done = await self._hand.was_done(action, step, self.journal.course.said)
        is_back = done is False if by_itself else done is True
        if is_back:
            return passed("it was taken back before the process was killed")
        if done is None and not kind_of(action).repeatable:
            return not_tested(
                "the process was killed while taking it back, and it cannot be known whether it was; look, then decide"
            )
        return None

    async def _rehearse(self) -> None:
        """Rehearse every step that was not; nothing is touched, so nothing waits and nothing stops."""
        course, gate = self.journal.course, asyncio.Semaphore(_AT_ONCE)

        async def one(step: PlanStep) -> None:
            async with gate:
                attempt = course.step(step.id).attempts + 1
                await self.journal.add(facts.step_began(course.run, step.id, self.post.clock.now(), self.actor, attempt))
                done = await self._hand.rehearse(step)
                await self._note(step, attempt, done)

        unproven = [step for step in steps_in(self.plan, Mode.REHEARSAL) if course.step(step.id).ended is None]
        async with asyncio.TaskGroup() as group:
            for step in [] if course.aborted else unproven:
                group.create_task(one(step))

    async def _note(self, step: PlanStep, attempt: int, done: Attempted) -> None:
        kept = await asyncio.to_thread(evidence.keep, self._hand.evidence, f"{step.id}-{attempt}", done.evidence)
        await self.journal.add(
            facts.step_ended(
                self.journal.course.run, step.id, self.post.clock.now(), self.actor, attempt=attempt, outcome=done.outcome,
                seconds=done.seconds, evidence=kept, said={},
            )
        )  # fmt: skip
        self.post.say(f"{step.id}: {done.outcome.verdict.words}: {done.outcome.summary}")

    def _is_at_the_end(self, course: Course) -> bool:
        if course.mode is Mode.REHEARSAL:
            return True
        left = any(each.undoing is Undoing.STOPPED for each in course.steps.values()) or (
            takes_back(self.plan, course) and bool(to_take_back(self.plan, course))
        )
        return (course.aborted or is_through(self.plan, course)) and not left

    async def _end(self, course: Course) -> None:
        for fact in ending(self.plan, course, self.post.clock.now(), self.actor):
            await self.journal.add(fact)
        self.post.say(f"{course.run}: {course.verdict.words if course.verdict else ''}: {course.summary}")


def how_to_decide(course: Course, step: str) -> str:
    """Return the command by which somebody decides."""
    return f"wenyam dr decide {course.run} {step} retry|done|skip|abort --reason …"


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
