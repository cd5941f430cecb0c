"""ICMP: how many of a few pings are answered, and how fast."""

import asyncio
from typing import Annotated, ClassVar

from pydantic import Field

from wenyam.collectors.contract import Context, Target
from wenyam.collectors.options import Options, Seconds
from wenyam.collectors.readings import ReadingBuilder, budget
from wenyam.errors import NoAnswerError
from wenyam.model.samples import Reading


class IcmpOptions(Options):
    """How many pings make one reading."""

    count: Annotated[int, Field(ge=1, le=20)] = 3
    spacing: Annotated[float, Field(ge=0.01, le=5)] = 0.2
    """Seconds between two pings."""
    patience: Seconds = 1.0
    """Seconds to wait for each answer."""


class IcmpCollector:
    """Reads `icmp_loss_ratio` and `icmp_round_trip_seconds`; a device that answers nothing is a reading with loss 1."""

    Config: ClassVar[type[IcmpOptions]] = IcmpOptions

    def __init__(self, config: IcmpOptions) -> None:
        """Take validated options."""
        self._config = config

    async def collect(self, target: Target, context: Context) -> Reading:
        """Ping a few times; UnknownHostError or MissingPrivilegeError when no ping could be sent."""
        options = self._config
        room = budget(context) - options.spacing * (options.count - 1)
        patience = min(options.patience, max(0.05, room))
        waits = [number * options.spacing for number in range(options.count)]
        answers = await asyncio.gather(*(_ping_after(wait, target.address, patience, context) for wait in waits))
        round_trips = [seconds for seconds in answers if seconds is not None]
        reading = ReadingBuilder(context.memory)
        reading.add("icmp_loss_ratio", 1 - len(round_trips) / options.count)
        reading.add("icmp_round_trip_seconds", sum(round_trips) / len(round_trips) if round_trips else None)
        return reading.build()

    async def probe(self, target: Target, context: Context) -> float:
        """Ping once; seconds of the round trip."""
        return await context.links.icmp.ping(target.address, min(self._config.patience, budget(context)))


async def _ping_after(wait: float, address: str, patience: float, context: Context) -> float | None:
    if wait:
        await context.clock.sleep(wait)
    try:
        return await context.links.icmp.ping(address, patience)
    except NoAnswerError:
        return None
