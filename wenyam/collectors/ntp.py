"""NTP: how far a time server's clock is from ours, and whether it is in step at all."""

from typing import ClassVar

from wenyam.collectors.contract import Context, Target
from wenyam.collectors.options import Options, Port
from wenyam.collectors.readings import ReadingBuilder, budget
from wenyam.links import ntp
from wenyam.model.samples import Reading


class NtpOptions(Options):
    """Which port."""

    port: Port = 123


class NtpCollector:
    """Reads `clock_offset_seconds`."""

    Config: ClassVar[type[NtpOptions]] = NtpOptions

    def __init__(self, config: NtpOptions) -> None:
        """Take validated options."""
        self._config = config

    async def collect(self, target: Target, context: Context) -> Reading:
        """Ask once; a CollectError when nobody answers or the server is in step with nobody."""
        measured = await ntp.ask(context.clock, target.address, self._config.port, budget(context))
        reading = ReadingBuilder(context.memory)
        reading.add("clock_offset_seconds", measured.offset)
        return reading.build()

    async def probe(self, target: Target, context: Context) -> float:
        """Ask once; seconds the question was on its way."""
        return (await ntp.ask(context.clock, target.address, self._config.port, budget(context))).delay
