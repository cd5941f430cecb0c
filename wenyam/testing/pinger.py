"""A pinger whose world is a set of silent addresses: deaths at chosen moments, which no real network gives on a fake clock."""

from wenyam.clock import Clock
from wenyam.errors import NoAnswerError


class ScriptedPinger:
    """Answers for every address that is not silent; a silent one costs the whole time-out."""

    def __init__(self, clock: Clock) -> None:
        """Everybody answers at first."""
        self._clock = clock
        self.silent: set[str] = set()
        self.asked: list[str] = []

    async def ping(self, address: str, timeout: float) -> float:  # noqa: ASYNC109  # the real pinger's signature
        """Answer at once, or not within the time-out."""
        self.asked.append(address)
        if address in self.silent:
            await self._clock.sleep(timeout)
            raise NoAnswerError(f"{address} within {timeout:g} s")
        return 0.001

    async def close(self) -> None:
        """Nothing is open."""
