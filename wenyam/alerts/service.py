"""The alert service: changes of state become incidents, incidents become messages, messages reach people."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from wenyam.alerts import facts
from wenyam.alerts.announcing import Announcing
from wenyam.alerts.composer import Composer
from wenyam.alerts.contract import Surroundings
from wenyam.alerts.crew import Crew
from wenyam.alerts.due import Policy, channel_subject_name, grouped
from wenyam.alerts.emergency import Emergency
from wenyam.alerts.outbox import Notice, Outbox
from wenyam.alerts.routing import Directory
from wenyam.alerts.sender import Sender, raised_fact
from wenyam.alerts.text import FirstStep, no_first_step
from wenyam.clock import Clock
from wenyam.engine.board import Board
from wenyam.engine.journal import Journal
from wenyam.errors import StoreError, UnknownCodeError
from wenyam.i18n.clean_text import clean
from wenyam.incidents import facts as incident_facts
from wenyam.incidents import stand_ins
from wenyam.incidents.book import Book
from wenyam.incidents.closing import to_close_by_itself
from wenyam.incidents.incident import Incident
from wenyam.incidents.intake import Intake
from wenyam.incidents.rota import on_duty
from wenyam.model.alerting import AlertPlan, ChannelPlan, Message
from wenyam.model.facts import ChainedFact, Fact
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant
from wenyam.model.inventory import AT_ONCE, Person
from wenyam.model.states import CheckResult, Observation, State, Subject, SubjectKind
from wenyam.settings import schedule
from wenyam.settings.secrets import SecretReader

CURSOR: Final = "alerts"
BATCH: Final = 1000
"""Changes taken in one transaction."""
TURN_SECONDS: Final = 0.5
UPKEEP_SECONDS: Final = 10.0
DELIVERING: Final = "delivering"
SELF_TEST: Final = "self-test"
REST_FACTOR: Final = 10.0
"""Rest after asking what is due, as a multiple of the time it took."""


class AlertService:
    """Owns the book of incidents and the outbox of one instance; every fact of theirs is written by `record` or a turn."""

    def __init__(
        self,
        clock: Clock,
        journal: Journal,
        board: Board,
        secrets: SecretReader,
        configuration: Configuration,
    ) -> None:
        """Take the parts; nothing is read yet."""
        self.clock = clock
        self.configuration = configuration
        self.book = Book()
        self.outbox = Outbox()
        self.first_step: FirstStep = no_first_step
        self._crew = Crew(self)
        self._emergency = Emergency(clock, self._crew)
        self.beat: float = clock.monotonic()
        """When the loop last came round, on the monotonic clock: fed to the watchdog."""
        self._seen = clock.now()
        self._journal = journal
        self._board = board
        self._secrets = secrets
        self._cursor = 0
        self._unwritten: list[Fact] = []
        self._moved = False
        self._stand_ins: list[ChainedFact] = []
        self.announcing = Announcing(journal, self.outbox)
        self._writing = asyncio.Lock()
        self._wake = asyncio.Event()
        self.ready = asyncio.Event()
        """Set once it knows what is on record and by which configuration it sends."""
        self._next_upkeep = self._next_question = clock.monotonic()
        board.listen(lambda _change: self._wake.set())

    @property
    def senders(self) -> Mapping[str, Sender]:
        """Who sends for each channel."""
        return self._crew.senders

    @property
    def behind(self) -> bool:
        """True while something that was taken in is not written yet."""
        return bool(self._unwritten) or self._moved

    @property
    def time_zone(self) -> str:
        """The zone in which schedules are meant."""
        return self.configuration.instance.availability.time_zone

    async def configure(self, configuration: Configuration) -> None:
        """Send as this configuration says from now on."""
        self.configuration = configuration
        plan, instance = configuration.alerts, configuration.instance
        zone = instance.availability.time_zone
        self._plan: AlertPlan = plan
        self.directory = Directory(configuration.inventory, self._on_duty, zone)
        self._policy = Policy(plan, self.directory, configuration.incidents, self._is_flapping)
        self._intake = Intake(self.book, configuration.inventory, instance.site, plan.reopen_within)
        self._intake.start(list(self._board.records()), self.clock.now())
        self._composer = Composer(configuration, self.book, self.directory, self.announcing.known, self.outbox, self.first_step)
        await self._crew.replace(plan.channels.values(), Surroundings(self.clock, self._secrets, instance.name))
        self.ready.set()

    async def load(self) -> None:
        """Read what the chain says of incidents and alerts; StoreError when it cannot be read."""
        known = await self._journal.call(self._journal.writer.facts_after, 0, (*incident_facts.KINDS, *facts.KINDS))
        for chained in known:
            self._adopt(chained.fact)
        self._cursor = await self._journal.call(self._journal.writer.cursor, CURSOR)
        self.outbox.none_after(self._seen)
        await self._read_stand_ins()
        await self.announcing.read()

    async def run(self) -> None:
        """Read what is on record, then work until cancelled."""
        await self.load()
        await self.configure(self.configuration)
        await self.run_loop()

    async def run_loop(self) -> None:
        """Turn for ever."""
        try:
            while True:
                self._wake.clear()
                more = await self.turn()
                if self._crew.failure is not None:
                    raise self._crew.failure
                self.beat = self.clock.monotonic()
                if not more:
                    await self._pause()
        finally:
            await self.stop()

    async def turn(self) -> bool:
        """Take what happened and raise what is due; True when there is more to take at once."""
        async with self._writing:
            taken = 0
            try:
                if not self._unwritten:
                    taken = await self._gather()
            except StoreError as error:
                await self._emergency.look(str(error), self._composer)
                return False
            if not await self._write():
                return False
        self._crew.ring()
        return taken == BATCH

    async def record(self, found: Sequence[Fact]) -> None:
        """Write facts and adopt them; StoreError when they could not be written."""
        async with self._writing:
            await self._journal.call(self._journal.writer.advance, CURSOR, self._cursor, list(found))
            for fact in found:
                self._adopt(fact)
        self._wake.set()

    async def acknowledge(self, code: str, person: str, via: str, note: str = "") -> str:
        """Let a person take an incident and return a sentence; UnknownCodeError when none of this code is open."""
        incident = self.book.get(code)
        if incident is None or not incident.is_open:
            raise UnknownCodeError(clean(code, 20))
        if incident.acknowledged is not None:
            return f"{incident.code} was taken by {incident.acknowledged.by} already"
        fact = incident_facts.acted(
            incident_facts.ACKNOWLEDGED, incident.code, self.clock.now(), person, clean(note), via=via
        )  # fmt: skip
        await self.record([fact])
        return f"{incident.code} {incident.title}: taken by {person}"

    def compose(self, notice: Notice, plan: ChannelPlan, now: Instant) -> tuple[Message, list[Person]]:
        """Return the message of a notice in its channel's language, and the people it is for."""
        return self._composer.compose(notice, plan, now)

    def told_of(self, channel: str, problem: str) -> None:
        """Keep whether a channel works as a state of its own, which is told through the others."""
        state = State.CRIT if problem else State.OK
        subject = Subject(SubjectKind.MONITOR, channel_subject_name(channel), DELIVERING)
        record = self._board.record(subject)
        if record is None and not problem:
            return
        self._say(subject, CheckResult(state, problem or "messages are accepted"))

    def is_troubled(self, channel: str) -> bool:
        """Tell whether a channel's last message or self-test failed."""
        subjects = [Subject(SubjectKind.MONITOR, channel_subject_name(channel), check) for check in (DELIVERING, SELF_TEST)]
        return any(self._board.state(subject) is State.CRIT for subject in subjects)

    def digest_due(self, plan: ChannelPlan, raised: Instant) -> Instant | None:
        """Return when the next digest of a channel goes out after a moment."""
        if plan.digest is None:
            return None
        return schedule.parse(plan.digest, self.time_zone).next_after(raised)

    async def _gather(self) -> int:
        """Take the next rows and what is due into `_unwritten`; return how many rows there were."""
        now = self.clock.now()
        if now < self._seen:
            self.outbox.none_after(now)
        self._seen = now
        changes = await self._journal.call(self._journal.writer.changes_since, self._cursor, BATCH)
        found: list[Fact] = []
        for change in changes:
            found += self._intake.take(change, self._board, now)
        found += self._intake.look_again(self._board, now)
        if self.clock.monotonic() >= self._next_upkeep:
            self._next_upkeep = self.clock.monotonic() + UPKEEP_SECONDS
            found += self._keep_up(now)
            await self._read_stand_ins()
            await self.announcing.read()
        self._unwritten = incident_facts.merged(found)
        if changes:
            self._cursor = changes[-1].sequence
        self._moved = bool(changes)
        self._raise_due(now)
        return len(changes)

    def _keep_up(self, now: Instant) -> list[Fact]:
        """Let go of what is watched no more, note other reasons, and close what mended itself and nobody took."""
        found = self._intake.keep_up(self._board, now)
        for fact in to_close_by_itself(self.book, now, self._plan.reopen_within):
            self.book.adopt(fact)
            found.append(fact)
        return found

    def _raise_due(self, now: Instant) -> None:
        """Raise what should be said by now; the more is open, the rarer that is asked: a storm never holds up the loop."""
        begun = self.clock.monotonic()
        if begun < self._next_question:
            return
        wanted = self._policy.wanted(self.book.open(), self.outbox, now)
        wanted += self.announcing.wanted(self.outbox.known, self._plan.channels, self.directory, now)
        for notice in grouped(wanted, self.outbox, now):
            fact = raised_fact(notice)
            self.outbox.adopt(fact)
            self._unwritten.append(fact)
        ended = self.clock.monotonic()
        self._next_question = ended + REST_FACTOR * (ended - begun)

    async def _write(self) -> bool:
        if not self._unwritten and not self._moved:
            return True
        try:
            await self._journal.call(self._journal.writer.advance, CURSOR, self._cursor, self._unwritten)
        except StoreError as error:
            await self._emergency.look(str(error), self._composer)  # it is tried again at the next turn
            return False
        await self._emergency.look("", self._composer)
        self._unwritten, self._moved = [], False
        return True

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await self._wake.wait()
            # Whoever rang does so before the row is written; what belongs together is written together.
            await self.clock.sleep(0.05)
        except TimeoutError:
            return

    def _adopt(self, fact: Fact) -> None:
        self.book.adopt(fact)
        self.outbox.adopt(fact)
        self.announcing.adopt(fact)

    async def _read_stand_ins(self) -> None:
        """Take up who was entered to stand in since the last look."""
        last = self._stand_ins[-1].sequence if self._stand_ins else 0
        self._stand_ins += await self._journal.call(self._journal.writer.facts_after, last, stand_ins.KINDS)

    def _on_duty(self, rota: str, at: Instant) -> Sequence[str]:
        plan = stand_ins.with_stand_ins(self.configuration.oncall, self._stand_ins)
        return on_duty(plan, plan.rotas[rota], at) if rota in plan.rotas else ()

    def _is_flapping(self, incident: Incident) -> bool:
        record = None if incident.root is None else self._board.record(incident.root)
        return record is not None and record.flapping

    def _say(self, subject: Subject, result: CheckResult) -> None:
        self._board.observe(subject, Observation(self.clock.now(), result), AT_ONCE)

    async def stop(self) -> None:
        """End every sender; what waits is sent when somebody starts again."""
        await self._crew.stop()

    def test_people(self, now: Instant) -> tuple[Person, ...]:
        """Return who hears a self-test."""
        return self._composer.test_people(now)

    def test_message(self, plan: ChannelPlan, now: Instant) -> Message:
        """Return what a self-test says."""
        return self._composer.test_message(plan, now)

    def tested(self, channel: str, problem: str, detail: str) -> None:
        """Keep the outcome of a self-test as a state of its own."""
        subject = Subject(SubjectKind.MONITOR, channel_subject_name(channel), SELF_TEST)
        self._say(subject, CheckResult(State.CRIT if problem else State.OK, problem or detail))
