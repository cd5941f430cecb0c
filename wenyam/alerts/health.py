"""How this Wenyam is: what it tells another one and what decides whether a cycle was good. No name of any device is in it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wenyam.alerts.outbox import Outbox
from wenyam.engine.pulse import Pulse
from wenyam.engine.watcher import RECORDING, Watcher
from wenyam.errors import MalformedReplyError, StoreError
from wenyam.i18n.clean_text import clean
from wenyam.model import durations
from wenyam.model.alerting import ChannelPlan
from wenyam.model.instants import Instant, seconds_between
from wenyam.model.states import State

VERSION = 1
PATH = "/-/health"
_HEAD_SECONDS = 5.0
_Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Line = Annotated[str, Field(max_length=500)]


class _Said(BaseModel):
    """Part of an answer; a later version may say more."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class SaidFact(_Said):
    """A fact of a chain: its number, digest and, for the head, when it was written."""

    sequence: Annotated[int, Field(ge=0, lt=2**63)]
    digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    at: int = 0


class HealthAnswer(_Said):
    """What `/-/health` answers."""

    version: Literal[1] = 1
    instance: Annotated[str, Field(min_length=1, max_length=200)]
    at: Annotated[int, Field(ge=0, lt=2**53)]
    """Milliseconds since 1970 by its clock."""
    heartbeat_age: _Seconds
    blind: bool
    """Its own network is lost."""
    store_problem: _Line = ""
    silent: Annotated[tuple[_Line, ...], Field(strict=False, max_length=50)] = ()
    """Loops that have been silent for too long."""
    alerts_pending: Annotated[int, Field(ge=0, lt=2**53)] = 0
    alerts_oldest: _Seconds = 0.0
    """Seconds the oldest pending alert has waited."""
    head: SaidFact | None = None
    """The end of its fact chain; absent when the store does not answer."""
    shown: SaidFact | None = None
    """The fact that was asked for; absent when there is none of this number."""


def read_answer(body: bytes) -> HealthAnswer:
    """Read what another Wenyam answered; MalformedReplyError when it is no such answer."""
    try:
        return HealthAnswer.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the answer"
        raise MalformedReplyError(f"no health of a Wenyam: {clean(where)}: {clean(first['msg'])}") from None


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many alerts wait to be delivered, and how many seconds the oldest has waited."""

    pending: int = 0
    oldest: float = 0.0
    oldest_by_channel: Mapping[str, float] = field(default_factory=dict)


def waiting(outbox: Outbox, channels: Mapping[str, ChannelPlan], now: Instant) -> Waiting:
    """Return what waits in the outbox; what waits for a digest is not late."""
    oldest: dict[str, float] = {}
    for notice in outbox.pending.values():
        plan = channels.get(notice.channel)
        if plan is None or notice.severity in plan.severities:
            waited = max(0.0, seconds_between(notice.raised, now))
            oldest[notice.channel] = max(waited, oldest.get(notice.channel, 0.0))
    return Waiting(len(outbox.pending), max(oldest.values(), default=0.0), oldest)


class OwnHealth:
    """Looks at the parts of this Wenyam."""

    def __init__(self, watcher: Watcher, pulse: Pulse, waiting: Callable[[], Waiting] = Waiting) -> None:
        """Take the watcher, the loops that must beat, and who knows what waits to be delivered."""
        self._watcher = watcher
        self._pulse = pulse
        self._waiting = waiting

    def present(self) -> HealthAnswer:
        """Return how things are now, from memory."""
        watcher, waiting = self._watcher, self._waiting()
        return HealthAnswer(
            instance=watcher.configuration.instance.name,
            at=watcher.clock.now(),
            heartbeat_age=max(0.0, watcher.heartbeat.age),
            blind=watcher.network.lost,
            store_problem=clean(self._store_problem(), 200),
            silent=self._pulse.silent(),
            alerts_pending=waiting.pending,
            alerts_oldest=max(0.0, waiting.oldest),
        )

    async def answer(self, sequence: int | None) -> HealthAnswer:
        """Return how things are now with the head of the chain, and the fact of this number when one is asked for."""
        here = self.present()
        try:
            async with asyncio.timeout(_HEAD_SECONDS):
                head, shown = await self._watcher.journal.call(self._facts, sequence)
        except (StoreError, TimeoutError, RuntimeError) as error:  # the last: the writing thread has ended, we are stopping
            why = here.store_problem or clean(str(error), 200) or "the store does not answer"
            return here.model_copy(update={"store_problem": why})
        return here.model_copy(update={"head": head, "shown": shown})

    def _facts(self, sequence: int | None) -> tuple[SaidFact, SaidFact | None]:
        writer = self._watcher.journal.writer
        head = writer.head()
        said = SaidFact(sequence=head.sequence, digest=head.digest, at=head.at)
        if sequence is None or sequence > head.sequence:
            return said, None
        digest = head.digest if sequence == head.sequence else writer.digest_of(sequence)
        return said, None if digest is None else SaidFact(sequence=sequence, digest=digest)

    def _store_problem(self) -> str:
        record = self._watcher.board.record(RECORDING)
        bad = record is not None and record.state is State.CRIT
        return self._watcher.journal.problem or (record.summary if record is not None and bad else "")


def problem_of(health: HealthAnswer, heartbeat_limit: float, alerts_limit: float) -> str:
    """Say why a cycle was not good, in a sentence without names; empty when it was."""
    reasons = [
        (health.heartbeat_age > heartbeat_limit, f"the work loop has been silent for {health.heartbeat_age:.0f} s"),
        (bool(health.silent), f"no life from: {', '.join(health.silent)}"),
        (bool(health.store_problem), f"the store does not write: {health.store_problem}"),
        (health.blind, "own network lost: nothing can be seen from here"),
        (health.alerts_oldest > alerts_limit, alerts_problem(health)),
    ]
    return "; ".join(reason for holds, reason in reasons if holds)


def alerts_problem(health: HealthAnswer) -> str:
    """Say how many alerts are stuck and for how long."""
    return f"{health.alerts_pending} alerts wait, the oldest for {durations.write(health.alerts_oldest)}"
