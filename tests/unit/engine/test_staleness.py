"""Whatever is seen when: a state is unknown as soon as its last observation stopped counting, and not before."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from wenyam.engine.agenda import Agenda
from wenyam.engine.board import Board
from wenyam.engine.latest import Latest
from wenyam.engine.pipeline import Pipeline
from wenyam.engine.readings import management_subject
from wenyam.engine.staleness import Staleness
from wenyam.engine.subjects import STALENESS, Subjects
from wenyam.model.instants import after
from wenyam.model.inventory import AT_ONCE, AliveProbe, AliveRule, Device, Inventory, ReadPlan
from wenyam.model.states import CheckResult, Observation, State, Subject
from wenyam.testing.clock import FakeClock

INTERVALS = (1.0, 5.0, 30.0, 90.0)
READS = tuple(ReadPlan("snmp", "snmp", interval, 5.0, None) for interval in (10.0, 60.0, 300.0, 20.0))
STEPS = st.lists(
    st.tuples(st.sampled_from((0.5, 1.0, 4.0, 21.0, 59.0)), st.sets(st.integers(0, 3)), st.sets(st.integers(0, 3))), max_size=40
)


class Site:
    """Four devices with different rhythms, a real board, and its staleness."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.board = Board(self.clock, {})
        self.subjects = Subjects(self.board, Pipeline(self.board, Latest()))
        devices = {
            f"core-{number}": Device(
                f"core-{number}", "switch", ("192.0.2.1",), "here", "owner", "duty",
                AliveRule((AliveProbe("icmp"),), interval=INTERVALS[number]), reads=(READS[number],),
            )
            for number in range(len(INTERVALS))
        }  # fmt: skip
        self.subjects.configure(Inventory(devices=devices), self.clock.now())
        self.staleness = Staleness(self.clock, self.board, self.subjects)
        self.watched = list(self.subjects.devices().values())

    def see(self, subject: Subject, state: State) -> None:
        self.board.observe(subject, Observation(self.clock.now(), CheckResult(state, "answered")), AT_ONCE)

    def counts(self, subject: Subject, validity: float) -> bool:
        record = self.board.record(subject)
        return record is not None and record.observed_at is not None and after(record.observed_at, validity) > self.clock.now()

    async def look(self) -> None:
        await self.staleness.look_at_liveness()
        await self.staleness.look_at_health()


@settings(deadline=None)
@given(STEPS)
def test_what_is_stale_is_found_at_the_next_look_and_nothing_else(steps: list[tuple[float, set[int], set[int]]]) -> None:
    asyncio.run(follow(steps))


async def follow(steps: list[tuple[float, set[int], set[int]]]) -> None:
    site = Site()
    for seconds, alive, read in steps:
        await site.clock.advance(seconds)
        for number in alive:
            site.see(site.watched[number].subject, State.UP)
        for number in read:
            site.see(management_subject(site.watched[number].subject, READS[number]), State.OK)
        await site.look()
        stale = 0
        for watched, validity in zip(site.watched, site.subjects.liveness().values(), strict=True):
            is_up = site.counts(watched.subject, validity)
            assert site.board.state(watched.subject) is (State.UP if is_up else State.UNKNOWN)
            stale += not is_up and site.board.record(watched.subject) is not None
            management = management_subject(watched.subject, watched.reads[0])
            if is_up:
                counts = site.counts(management, watched.reads[0].validity)
                assert site.board.state(management) is (State.OK if counts else State.UNKNOWN)
        fresh = site.board.record(STALENESS)
        assert fresh is not None
        assert fresh.value == stale


async def test_a_clock_that_is_moved_has_everything_looked_at_at_once() -> None:
    site = Site()
    site.see(site.watched[3].subject, State.UP)
    await site.look()
    site.clock.step(3600.0)
    await site.look()
    assert site.board.state(site.watched[3].subject) is State.UP, "it is not its turn"
    site.staleness.begin()
    await site.look()
    assert site.board.state(site.watched[3].subject) is State.UNKNOWN


def test_what_could_not_be_looked_at_stays_due() -> None:
    agenda = Agenda(["first", "second"], 0.0)
    assert next(agenda.due(1.0)) == "first", "whoever took it came to grief before he postponed it"
    taken = []
    for thing in agenda.due(1.0):
        taken.append(thing)
        agenda.postpone(2.0)
    assert taken == ["first", "second"]
    assert list(agenda.due(1.5)) == []
