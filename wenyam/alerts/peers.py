"""Other Wenyams as the watcher sees them: a feed that asks each for its health and keeps the head of its chain."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wenyam.alerts.health import HealthAnswer
from wenyam.alerts.peer_call import ask_peer, authorization_of
from wenyam.alerts.peer_checks import answered, peer_checks, silent, subject_of
from wenyam.alerts.peer_heads import KINDS, PeerHead, advanced, as_fact, is_due, read_heads, shown_head, trouble
from wenyam.clock import Clock
from wenyam.engine.watched import Watched, watched_feed
from wenyam.engine.watcher import Watcher
from wenyam.errors import CredentialsRefusedError, WenyamError
from wenyam.links.http_exchange import HttpExchange
from wenyam.model.facts import Fact
from wenyam.model.guarding import PeerPlan
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, seconds_between
from wenyam.model.inventory import Credential, ReadPlan
from wenyam.model.samples import Family, Reading
from wenyam.model.states import Subject
from wenyam.settings.secrets import SecretReader

_MARGIN_SECONDS = 5.0
_SILENT_BEFORE_FORGOTTEN = 1
"""After so many silent looks in a row what a peer said before counts no more."""


@dataclass(slots=True)
class _Memory:
    """What is remembered of one peer between looks."""

    head: PeerHead | None = None
    said: tuple[Family, ...] = ()
    silences: int = 0
    refused_until: float = float("-inf")
    """On the monotonic clock: a refused login is tried again no sooner."""
    shown: PeerHead | None = None
    """The head of the last answer, believed or not."""


class PeerFeed:
    """Asks every peer on each turn. `attend` before it is first due."""

    def __init__(self, clock: Clock, secrets: SecretReader) -> None:
        """Know no peer yet."""
        self._clock = clock
        self._secrets = secrets
        self._exchange = HttpExchange()
        self._watcher: Watcher | None = None
        self._plans: Mapping[str, PeerPlan] = {}
        self._credentials: Mapping[str, Credential] = {}
        self._memory: dict[str, _Memory] = {}
        self._retry = 0.0
        self._zone = ""
        self._remembers = False

    def attend(self, watcher: Watcher) -> None:
        """Take the watcher whose network must be whole before a peer is called silent, and whose chain keeps their heads."""
        self._watcher = watcher

    @property
    def plan(self) -> ReadPlan:
        """How often all peers are asked: as often as the one that is asked most."""
        interval = min((plan.every for plan in self._plans.values()), default=60.0)
        timeout = max((plan.timeout for plan in self._plans.values()), default=5.0) + _MARGIN_SECONDS
        return ReadPlan("health", "peers", interval, timeout, options=None)

    def configure(self, configuration: Configuration) -> Sequence[Watched]:
        """Take the peers of a configuration; what is remembered of those that stay is kept."""
        self._plans = configuration.guarding.peers
        self._credentials = configuration.inventory.credentials
        self._retry, self._zone = configuration.instance.credential_retry, configuration.instance.availability.time_zone
        for memory in self._memory.values():
            memory.refused_until = float("-inf")  # the secret may have been replaced
        return [watched_feed(subject_of(plan), self.plan, peer_checks(plan)) for plan in self._plans.values()]

    async def collect(self, now: Instant) -> Mapping[Subject, Reading]:
        """Return a reading of each peer; nothing at all while we are blind ourselves and could not tell."""
        watcher = self._attended()
        if await watcher.network.is_lost():
            return {}
        if not self._remembers:
            await self._remember(watcher)
        readings = await asyncio.gather(*(self._look(watcher, plan, now) for plan in self._plans.values()))
        return {subject_of(plan): reading for plan, reading in zip(self._plans.values(), readings, strict=True)}

    def shown(self, peer: str) -> PeerHead | None:
        """Return the head a peer showed last, believed or not; None when it never answered."""
        return self._of(peer).shown

    def believe(self, fact: Fact) -> None:
        """Go on from the head of this fact, as a person decided."""
        for peer, head in read_heads([fact]).items():
            self._of(peer).head = head

    def _attended(self) -> Watcher:
        if self._watcher is None:
            raise WenyamError("the feed of peers was not given its watcher")
        return self._watcher

    def _of(self, peer: str) -> _Memory:
        return self._memory.setdefault(peer, _Memory())

    async def _remember(self, watcher: Watcher) -> None:
        """Read which heads were kept before this start."""
        facts = await watcher.journal.call(watcher.journal.writer.facts_after, 0, KINDS)
        for peer, head in read_heads(chained.fact for chained in facts).items():
            self._of(peer).head = head
        self._remembers = True

    async def _look(self, watcher: Watcher, plan: PeerPlan, now: Instant) -> Reading:
        memory = self._of(plan.name)
        try:
            answer, skew = await self._ask(plan, memory)
        except WenyamError as error:
            memory.silences += 1
            return silent(error.sentence, memory.said if memory.silences <= _SILENT_BEFORE_FORGOTTEN else ())
        problem = trouble(memory.head, answer)
        memory.shown = shown_head(plan.name, answer)
        if not problem and memory.shown is not None:
            self._keep(watcher, memory, memory.shown, now)
        reading = answered(plan, answer, skew, problem)
        memory.silences, memory.said = 0, reading.families
        return reading

    def _keep(self, watcher: Watcher, memory: _Memory, shown: PeerHead, now: Instant) -> None:
        """Believe a head, and write it down when that is due."""
        due = is_due(memory.head, now, self._zone)
        memory.head = advanced(memory.head, shown)
        if due:
            fact = as_fact(memory.head, now)
            watcher.journal.fact(fact)
            memory.head = read_heads([fact])[shown.peer]

    async def _ask(self, plan: PeerPlan, memory: _Memory) -> tuple[HealthAnswer, float]:
        """Return the answer, and how many seconds its clock and ours differ."""
        if self._clock.monotonic() < memory.refused_until:
            raise CredentialsRefusedError(f"'{plan.credential}', tried again every {self._retry:.0f} s")
        authorization = authorization_of(plan, self._credentials, self._secrets)
        begun, sent = self._clock.monotonic(), self._clock.now()
        try:
            health = await ask_peer(self._exchange, plan, authorization, None if memory.head is None else memory.head.sequence)
        except CredentialsRefusedError:
            memory.refused_until = self._clock.monotonic() + self._retry
            raise
        took = self._clock.monotonic() - begun
        return health, max(0.0, abs(seconds_between(sent, Instant(health.at)) - took / 2) - took / 2)
