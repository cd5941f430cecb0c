"""What one run of the benchmark measures with, and where its files lie."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from wenyam.testing.bench.devices import DEVICES, BenchDevice

INTERVAL = 60.0
"""Seconds between two polls of a device when the factor is 1."""
SCRAPE_INTERVAL = 15.0
"""Seconds between two scrapes of our exporter when the factor is 1."""
RELEARN = 600.0
"""Seconds after which our collector learns rows afresh when the factor is 1."""

SETTLED = 1.5
"""After this many times `relearn` devices learn afresh one by one: they take between half of it and the whole."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The asked-for run."""

    letter: str
    devices: int
    seconds: float
    version: Literal["2c", "3"]
    factor: float
    port: int
    folder: Path
    settling: float | None = None
    learning: float | None = None
    """Seconds after which rows are learnt afresh, whatever the factor."""

    @property
    def device(self) -> BenchDevice:
        """What every address plays."""
        return DEVICES[self.letter]

    @property
    def interval(self) -> float:
        """Seconds between two polls of one device."""
        return INTERVAL / self.factor

    @property
    def scrape_interval(self) -> float:
        """Seconds between two scrapes of our exporter."""
        return SCRAPE_INTERVAL / self.factor

    @property
    def relearn(self) -> float:
        """Seconds after which rows are learnt afresh; the collector's option has a floor of ten."""
        return max(10.0, RELEARN / self.factor) if self.learning is None else self.learning

    @property
    def settle(self) -> float:
        """Seconds from the first reading until learning is spread as evenly as it will be for ever."""
        return SETTLED * self.relearn if self.settling is None else self.settling
