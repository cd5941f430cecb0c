"""One round of probes: any good answer means life, and only silence on every way means none."""

import asyncio
from dataclasses import replace

from wenyam import plugins
from wenyam.collectors.contract import Target
from wenyam.engine.runner import CredentialRestingError, Runner
from wenyam.errors import CollectError, CredentialsRefusedError, MissingPrivilegeError, WenyamError
from wenyam.links.pools import Links
from wenyam.model.inventory import AliveProbe, AliveRule, Device, ReadPlan
from wenyam.model.states import CheckResult, State

HEDGE_SHARE = 0.3
"""The first way gets this share of the time-out alone; then the other ways join it."""


class Prober:
    """Probes by ICMP over the shared socket, by everything else through its collector's `probe`."""

    def __init__(self, links: Links, runner: Runner) -> None:
        """Take the links and the runner that knows credentials."""
        self._links = links
        self._runner = runner
        self._plans: dict[tuple[str, AliveProbe], ReadPlan] = {}

    def forget(self) -> None:
        """Make plans anew: the configuration changed."""
        self._plans.clear()

    async def probe(self, device: Device) -> CheckResult:
        """Return UP with the way that answered, DOWN when all were silent, UNKNOWN when one refused our credentials."""
        rule = device.alive
        ways = [(probe, address) for probe in rule.any_of for address in device.addresses]
        if len(ways) == 1:
            return verdict([await self._try(device, *ways[0], rule.timeout)], rule)
        # Nearly every device answers its first way at once, so that costs no task; silence brings in all ways together.
        answer = await self._try(device, *ways[0], rule.timeout * HEDGE_SHARE)
        if answer is not None and answer.state is State.UP:
            return answer
        tries = [asyncio.ensure_future(self._try(device, *way, rule.timeout)) for way in ways]
        try:
            return await _first_good(tries, rule)
        finally:
            for task in tries:
                task.cancel()

    async def _try(self, device: Device, probe: AliveProbe, address: str, seconds: float) -> CheckResult | None:
        """Try one way; None when its credential is resting, so that it says nothing either way."""
        try:
            took = await self._ask(device, probe, address, seconds)
        except CredentialRestingError:
            return None
        except (CredentialsRefusedError, MissingPrivilegeError) as error:
            return CheckResult(State.UNKNOWN, f"{probe}: {error}")
        except CollectError as error:
            return CheckResult(State.DOWN, f"{probe}: {error.sentence}")
        except WenyamError as error:
            return CheckResult(State.UNKNOWN, f"{probe}: {error}")
        return CheckResult(State.UP, f"{probe} answered", value=took, unit="s")

    async def _ask(self, device: Device, probe: AliveProbe, address: str, seconds: float) -> float:
        if probe.kind == "icmp":
            took: float = await self._links.icmp.ping(address, seconds)
            return took
        plan = self._plan(device, probe)
        return await self._runner.probe(Target(device.name, address, device.profile), plan, seconds)

    def _plan(self, device: Device, probe: AliveProbe) -> ReadPlan:
        """Return the device's own plan for this collector, or one with the collector's defaults, cut to the time-out."""
        key = (device.name, probe)
        if key not in self._plans:
            self._plans[key] = _make_plan(device, probe)
        return self._plans[key]


def _make_plan(device: Device, probe: AliveProbe) -> ReadPlan:
    """Return the device's own plan for this collector, at the probe's port if it names one, else the collector's defaults."""
    own = next((plan for plan in device.reads if plan.collector == probe.kind), None)
    port = {} if probe.port is None else {"port": probe.port}
    if own is not None:
        return replace(own, job=f"alive {probe}", timeout=device.alive.timeout, options=own.options.model_copy(update=port))
    options = plugins.load(plugins.COLLECTORS, probe.kind).Config(**port)
    return ReadPlan(f"alive {probe}", probe.kind, device.alive.interval, device.alive.timeout, options)


async def _first_good(tries: list[asyncio.Task[CheckResult | None]], rule: AliveRule) -> CheckResult:
    """Return the first UP, else the verdict over all."""
    results: list[CheckResult | None] = []
    for finished in asyncio.as_completed(tries):
        result = await finished
        if result is not None and result.state is State.UP:
            return result
        results.append(result)
    return verdict(results, rule)


def verdict(results: list[CheckResult | None], rule: AliveRule) -> CheckResult:
    """Judge a whole round: UNKNOWN when somebody refused us or nobody could be asked, else DOWN; an UP wins over all."""
    said = [result for result in results if result is not None]
    if not said:
        return CheckResult(State.UNKNOWN, "credentials were refused and are not tried again yet")
    for state in (State.UP, State.UNKNOWN):
        found = next((result for result in said if result.state is state), None)
        if found is not None:
            return found
    ways = ", ".join(str(probe) for probe in rule.any_of)
    return CheckResult(State.DOWN, f"no answer to {ways} within {rule.timeout:g} s")
