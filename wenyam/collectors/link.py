"""Link: our end, the provider and the far end of a line probed together, with a proposed cause when it is silent."""

import asyncio
from collections import deque
from collections.abc import Awaitable
from typing import Annotated, ClassVar

from pydantic import Field

from wenyam.collectors.contract import Context, Target
from wenyam.collectors.link_causes import Path, propose
from wenyam.collectors.options import Options, Port, Seconds
from wenyam.collectors.readings import ReadingBuilder, budget
from wenyam.errors import ConnectionRefusedByDeviceError, NoAnswerError
from wenyam.links.tcp import connect_seconds
from wenyam.model.samples import Reading

_REMEMBERED = 20
Answers = list[float | None]
"""Seconds of each try, None for those without an answer."""


class LinkOptions(Options):
    """The addresses along a line."""

    near: str
    """Our own equipment at this end."""
    provider: str | None = None
    far: str
    link: str | None = None
    """Name in samples; the target's when not given."""
    port: Port | None = None
    """Probe the far end by TCP instead of ping, where it does not answer pings; a refusal is an answer too."""
    count: Annotated[int, Field(ge=1, le=20)] = 5
    spacing: Annotated[float, Field(ge=0.01, le=5)] = 0.2
    """Seconds between two tries."""
    patience: Seconds = 1.0
    """Seconds to wait for each answer."""


class LinkCollector:
    """Reads `link_path_state`, `link_loss_ratio`, `link_round_trip_seconds` of each segment; facts `cause` and `cause_words`."""

    Config: ClassVar[type[LinkOptions]] = LinkOptions

    def __init__(self, config: LinkOptions) -> None:
        """Take validated options."""
        self._config = config

    async def collect(self, target: Target, context: Context) -> Reading:
        """Probe all segments at once; silence is a reading, only a missing right to ping or an unknown name is an error."""
        options = self._config
        segments = {"near": options.near, "provider": options.provider, "far": options.far}
        named = {segment: address for segment, address in segments.items() if address is not None}
        answers = await asyncio.gather(*(self._tries(segment, address, context) for segment, address in named.items()))
        found = dict(zip(named, answers, strict=True))
        reading = ReadingBuilder(context.memory)
        for segment, tries in found.items():
            _add(reading, options.link or target.name, segment, tries)
        self._explain(found, context, reading)
        return reading.build()

    async def probe(self, target: Target, context: Context) -> float:  # noqa: ARG002  # the contract's; the options name the addresses
        """Ask the far end once; seconds it took."""
        return await self._once("far", self._config.far, context, min(self._config.patience, budget(context)))

    def _explain(self, found: dict[str, Answers], context: Context, reading: ReadingBuilder) -> None:
        losses = {segment: _loss(tries) for segment, tries in found.items()}
        path = Path(losses["near"], losses.get("provider"), losses["far"])
        before: deque[Path] = context.memory.setdefault("paths", deque(maxlen=_REMEMBERED))
        proposal = propose(path, _until_silence(before) if not path.up else tuple(before))
        if path.up or not before or before[-1].up:  # a silence is one entry however long it lasts
            before.append(path)
        if proposal.cause is not None:
            reading.fact("cause", proposal.cause.value)
            reading.fact("cause_words", proposal.words)

    async def _tries(self, segment: str, address: str, context: Context) -> Answers:
        options = self._config
        room = budget(context) - options.spacing * (options.count - 1)
        patience = min(options.patience, max(0.05, room))
        waits = (number * options.spacing for number in range(options.count))
        return list(await asyncio.gather(*(self._after(wait, segment, address, context, patience) for wait in waits)))

    async def _after(self, wait: float, segment: str, address: str, context: Context, patience: float) -> float | None:
        if wait:
            await context.clock.sleep(wait)
        try:
            return await self._once(segment, address, context, patience)
        except NoAnswerError:
            return None

    def _once(self, segment: str, address: str, context: Context, patience: float) -> Awaitable[float]:
        if segment == "far" and self._config.port is not None:
            return _knock(context, address, self._config.port, patience)
        return context.links.icmp.ping(address, patience)


async def _knock(context: Context, address: str, port: int, patience: float) -> float:
    begun = context.clock.monotonic()
    try:
        return await connect_seconds(context.clock, address, port, patience)
    except ConnectionRefusedByDeviceError:
        return context.clock.monotonic() - begun


def _until_silence(before: deque[Path]) -> tuple[Path, ...]:
    """Return the readings before the present silence began, so that the cause does not change while it lasts."""
    readings = list(before)
    while readings and not readings[-1].up:
        readings.pop()
    return tuple(readings)


def _add(reading: ReadingBuilder, link: str, segment: str, tries: Answers) -> None:
    answered = [seconds for seconds in tries if seconds is not None]
    reading.add("link_path_state", float(bool(answered)), link, segment)
    reading.add("link_loss_ratio", _loss(tries), link, segment)
    reading.add("link_round_trip_seconds", sum(answered) / len(answered) if answered else None, link, segment)


def _loss(tries: Answers) -> float:
    return sum(seconds is None for seconds in tries) / len(tries)
