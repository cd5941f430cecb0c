"""Our SNMP collector alone, in a process of its own: N devices in turn, spread over the interval; what it reads is only counted.

`python -m wenyam.testing.bench.collecting PLAN COUNTERS` is started by the benchmark.
"""

import asyncio
import json
import sys
from pathlib import Path

from wenyam.clock import SystemClock
from wenyam.collectors.contract import Context, Target
from wenyam.collectors.snmp import SnmpCollector
from wenyam.errors import CollectError
from wenyam.links.pools import Links
from wenyam.model.inventory import Credential, SecretReference
from wenyam.model.samples import Reading
from wenyam.settings.secrets import SecretReader
from wenyam.testing.bench import agent_v3
from wenyam.testing.bench.agent import COMMUNITY
from wenyam.testing.bench.counters import Counters
from wenyam.testing.bench.devices import addresses
from wenyam.testing.bench.plan import Plan
from wenyam.testing.bench.schedule import turns

_ENVIRONMENT = {
    "COMMUNITY": COMMUNITY.decode(),
    "AUTHENTICATION": agent_v3.AUTHENTICATION_KEY,
    "PRIVACY": agent_v3.PRIVACY_KEY,
}


class Collecting:
    """Reads every device at its turn and counts."""

    def __init__(self, plan: Plan, counters: Counters) -> None:
        """Take the run and the counters to write."""
        self._plan = plan
        self._counters = counters
        self._clock = SystemClock()
        self._links = Links(self._clock, SecretReader(_ENVIRONMENT), "")
        options = SnmpCollector.Config(port=plan.port, version=plan.version, relearn=plan.relearn)
        self._collector = SnmpCollector(options)
        self._credential = credential(plan.version)
        self._targets = [Target(f"bench-{number}", address) for number, address in enumerate(addresses(plan.devices))]
        self._memories: list[dict[str, object]] = [{} for _ in self._targets]
        self._readings = self._failed = self._values = 0

    async def run(self) -> None:
        """Read for ever; the fourth counter is 1 from here on and 2 when every device was read once."""
        self._counters.write(0, 0, 0, 1)
        await turns(len(self._targets), self._plan.interval, self._read)

    async def _read(self, number: int) -> None:
        context = Context(
            self._clock,
            self._links,
            self._clock.monotonic() + self._plan.interval,
            self._credential,
            self._memories[number],
        )
        try:
            reading = await self._collector.collect(self._targets[number], context)
        except CollectError as error:
            sys.stderr.write(f"{error}\n")
            self._failed += 1
        else:
            self._note(reading)
        self._counters.write(self._readings, self._failed, self._values, 1 + int(self._readings >= len(self._targets)))

    def _note(self, reading: Reading) -> None:
        self._readings += 1
        self._values += sum(len(family.values) for family in reading.families)
        if not reading.complete:
            self._failed += 1


def credential(version: str) -> Credential:
    """Make the login of the benchmark's agents."""
    if version != "3":
        return Credential("bench", "snmp-community", {}, {"community": SecretReference("env", "COMMUNITY")})
    settings = {
        "username": agent_v3.USER,
        "authentication": agent_v3.AUTHENTICATION,
        "privacy": agent_v3.PRIVACY,
    }
    secrets = {
        "authentication_key": SecretReference("env", "AUTHENTICATION"),
        "privacy_key": SecretReference("env", "PRIVACY"),
    }
    return Credential("bench", "snmp-v3", settings, secrets)


def main(words: list[str]) -> None:
    """Run until killed."""
    described = json.loads(words[0])
    plan = Plan(**described | {"folder": Path(described["folder"])})
    asyncio.run(Collecting(plan, Counters(Path(words[1]))).run())


if __name__ == "__main__":
    main(sys.argv[1:])
