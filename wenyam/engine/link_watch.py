"""Links to the outside: far end, provider and own end probed together; a silence carries its proposed cause."""

from wenyam import plugins
from wenyam.engine import state
from wenyam.engine.crew import Crew
from wenyam.engine.network import BLIND, OWN_NETWORK
from wenyam.engine.readings import reading_key
from wenyam.engine.watched import Watched
from wenyam.model.inventory import Device, Link, ReadPlan
from wenyam.model.samples import Collection
from wenyam.model.states import CheckResult, Observation, State, Subject, SubjectKind

JOB = "path"
TRIES, SPACING_SECONDS = 3, 0.1
FAR = "far"


def watched_link(link: Link, devices: dict[str, Device]) -> Watched:
    """Reduce a link to one reading of its path, at the pace of its `alive` rule."""
    tcp = next((probe.port for probe in link.alive.any_of if probe.kind == "tcp"), None)
    options = plugins.load(plugins.COLLECTORS, "link").Config(
        near=devices[link.near].address,
        provider=link.provider,
        far=link.far,
        link=link.name,
        port=tcp,
        count=TRIES,
        spacing=SPACING_SECONDS,
        patience=link.alive.timeout,
    )
    timeout = link.alive.timeout + TRIES * SPACING_SECONDS + 0.5
    plan = ReadPlan(JOB, "link", link.alive.interval, timeout, options)
    return Watched(Subject(SubjectKind.LINK, link.name), link.site, "auto", link.far, (plan,), (), frozenset())


class LinkWatch:
    """What happens when a link is due."""

    def __init__(self, crew: Crew) -> None:
        """Take the parts."""
        self._crew = crew

    async def look(self, watched: Watched, link: Link) -> None:
        """Probe the whole path once and draw the consequences."""
        plan = watched.reads[0]
        collection = await self._crew.read(watched, plan)
        if collection is None:
            return
        self._crew.pipeline.take(watched, collection, self._crew.clock.monotonic())
        observation = await self._blamed(link, watched.subject, link_observation(collection))
        if observation.cause == OWN_NETWORK:
            self._crew.board.forget(watched.subject, observation.at, observation.result.summary, OWN_NETWORK)
        else:
            self._crew.board.observe(watched.subject, observation, link.alive.policy)
        record = self._crew.board.record(watched.subject)
        if record is not None and not record.settled and record.soft_state is State.DOWN:
            self._crew.wheel.hasten(reading_key(watched, plan), link.alive.policy.recheck)

    async def _blamed(self, link: Link, subject: Subject, observation: Observation) -> Observation:
        """Turn a silence that is not the link's own into what it is: our blindness, or a dead device at our end."""
        if observation.result.state is not State.DOWN or not self._decisive(link, subject):
            return observation
        if await self._crew.network.is_lost():
            return Observation(observation.at, BLIND, OWN_NETWORK)
        near = self._crew.board.record(Subject(SubjectKind.DEVICE, link.near))
        if near is not None and near.state in (State.DOWN, State.UNREACHABLE):
            behind = CheckResult(State.UNREACHABLE, f"unreachable behind {link.near}")
            return Observation(observation.at, behind, near.cause or near.subject)
        return observation

    def _decisive(self, link: Link, subject: Subject) -> bool:
        record = self._crew.board.record(subject)
        if record is None or record.state is State.UNREACHABLE:
            return True
        return state.would_harden(record, State.DOWN, link.alive.policy)


def link_observation(collection: Collection) -> Observation:
    """Judge a reading of the path: the link is up when its far end answers at all."""
    if collection.failure is not None or collection.reading is None:
        sentence = "nothing was read" if collection.failure is None else collection.failure.sentence
        return Observation(collection.started, CheckResult(State.UNKNOWN, sentence))
    family = next((family for family in collection.reading.families if family.name == "link_path_state"), None)
    answers = (
        {}
        if family is None
        else {dict(labels)["segment"]: value for labels, value in zip(family.labels, family.values, strict=True)}
    )
    if answers.get(FAR) == 1:
        return Observation(collection.started, CheckResult(State.UP, "the far end answers"))
    facts = collection.reading.facts
    words = facts.get("cause_words", "the far end does not answer")
    return Observation(collection.started, CheckResult(State.DOWN, words), cause_code=facts.get("cause", ""))
