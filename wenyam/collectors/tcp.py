"""TCP: the time to open a connection to a port."""

from typing import ClassVar

from wenyam.collectors.contract import Context, Target
from wenyam.collectors.options import Options, Port
from wenyam.collectors.readings import ReadingBuilder, budget
from wenyam.links.tcp import connect_seconds
from wenyam.model.samples import Reading


class TcpOptions(Options):
    """Which port."""

    port: Port


class TcpCollector:
    """Reads `tcp_connect_seconds`."""

    Config: ClassVar[type[TcpOptions]] = TcpOptions

    def __init__(self, config: TcpOptions) -> None:
        """Take validated options."""
        self._config = config

    async def collect(self, target: Target, context: Context) -> Reading:
        """Connect once; a CollectError when that fails."""
        reading = ReadingBuilder(context.memory)
        reading.add("tcp_connect_seconds", await self.probe(target, context), str(self._config.port))
        return reading.build()

    async def probe(self, target: Target, context: Context) -> float:
        """Connect once; seconds it took."""
        return await connect_seconds(context.clock, target.address, self._config.port, budget(context))
