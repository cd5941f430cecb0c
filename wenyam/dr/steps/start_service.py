"""Starts a service on a host, and proves by its state afterwards that it runs and stays."""

from typing import ClassVar, Final

from pydantic import model_validator

from wenyam.dr.attempts import kept, left
from wenyam.dr.before import recall, remember
from wenyam.dr.contract import StepError, StepPlace
from wenyam.dr.hosts import Host, shown
from wenyam.dr.options import HostOptions, Words
from wenyam.dr.services import Condition, ServiceManager, ServiceName, condition, program, words
from wenyam.model.instance import Configuration
from wenyam.model.recovery import Outcome, failed, passed
from wenyam.settings.values import Duration

_LOOK_AGAIN: Final = 0.5
_RAN: Final = "ran"


class StartServiceOptions(HostOptions):
    """Which service, and what shows that it runs."""

    service: ServiceName | None = None
    """systemd unit, or SysV service."""
    manager: ServiceManager = "systemd"
    """Who runs services on that host."""
    start: Words | None = None
    """Without a manager: the command that starts it."""
    running: Words | None = None
    """Without a manager: a command that ends with exit code 0 while it runs."""
    stop: Words | None = None
    """Without a manager: the command that stops it, for `undo: itself`."""
    within: Duration = 60.0
    """Longest time until it runs."""
    steady: Duration = 2.0
    """It must still run so long afterwards."""

    @model_validator(mode="after")
    def _one_way(self) -> "StartServiceOptions":
        if self.service is None and (self.start is None or self.running is None):
            raise ValueError("either 'service' is needed, or both 'start' and 'running'")
        if self.service is not None and (self.start or self.running or self.stop):
            raise ValueError("'service' needs no 'start', 'running' or 'stop': its manager has them")
        return self

    @property
    def name(self) -> str:
        """What it is called in a sentence."""
        return self.service or shown(self.start or ())


class StartServiceStep:
    """Starts one service."""

    Config: ClassVar[type[StartServiceOptions]] = StartServiceOptions
    changes: ClassVar[bool] = True
    repeatable: ClassVar[bool] = True
    waits: ClassVar[bool] = False

    def __init__(self, config: StartServiceOptions) -> None:
        """Take validated options."""
        self._config = config

    def describe(self) -> str:
        """Say what is started where."""
        return f"start {self._config.name} on {self._config.host}, and see that it runs"

    def unknown(self, configuration: Configuration) -> tuple[str, ...]:
        """Return a sentence for each name that is not known."""
        return self._config.unknown(configuration)

    async def rehearse(self, place: StepPlace) -> Outcome:
        """Log in, find the programs, and see the service by its name."""
        host, config = Host(place, self._config), self._config
        needed = (config.start or (), config.running or (), config.stop or ())
        await host.require(*([program(config.manager)] if config.service else [given[0] for given in needed if given]))
        found, seen = await self._condition(host)
        if config.service is not None and found is Condition.NOT_SEEN:
            raise StepError(f"{config.host} knows no service '{config.service}': {seen or 'nothing is said of it'}")
        right = "as root" if await host.is_root() else "whether its account may start it is not proven"
        return passed(f"{config.name} on {config.host} is {found} and could be started, {right}", state=kept(seen))

    async def run(self, place: StepPlace) -> Outcome:
        """Start it and watch it; a failure when it does not run or does not stay."""
        host, config = Host(place, self._config), self._config
        before, _ = await self._condition(host)
        remember(place, _RAN, before is Condition.RUNNING)
        command = config.start or words(config.manager, config.service or "", "start")
        done = await host.run(command)
        evidence = {"command": shown(command), "output": kept(done.stdout + done.stderr)}
        found, seen = await self._until(place, host, Condition.RUNNING)
        if found is not Condition.RUNNING:
            ended = f"'{shown(command)}' ended with exit code {done.exit_status}"
            return failed(f"{config.name} on {config.host} is {found} after {ended}", **evidence, state=kept(seen))
        await place.clock.sleep(left(place, config.steady))
        found, seen = await self._condition(host)
        evidence["state"] = kept(seen)
        if found is not Condition.RUNNING:
            return failed(f"{config.name} on {config.host} ran and is {found} after {config.steady:g} s", **evidence)
        return passed(f"{config.name} runs on {config.host}", **evidence)

    async def was_done(self, place: StepPlace) -> bool | None:
        """Look whether it runs."""
        try:
            found, _ = await self._condition(Host(place, self._config))
        except StepError:
            return None
        return {Condition.RUNNING: True, Condition.STOPPED: False}.get(found)

    def no_way_back(self) -> str:
        """Say what is missing for taking it back."""
        known = self._config.service is not None or self._config.stop is not None
        return "" if known else "it needs the command that stops it under 'stop'"

    async def undo(self, place: StepPlace) -> Outcome:
        """Stop it, unless it ran before the step did."""
        host, config = Host(place, self._config), self._config
        if recall(place, _RAN) is True:
            return passed(f"{config.name} ran on {config.host} before this step, so it is left alone")
        if config.service is None and config.stop is None:
            raise StepError("nothing says how it is stopped", hint="Give the step a command under 'stop'.")
        command = config.stop or words(config.manager, config.service or "", "stop")
        done = await host.must(command)
        found, seen = await self._until(place, host, Condition.STOPPED)
        evidence = {"command": shown(command), "output": kept(done.stdout + done.stderr), "state": kept(seen)}
        if found is not Condition.STOPPED:
            return failed(f"{config.name} on {config.host} is {found} after it was told to stop", **evidence)
        return passed(f"{config.name} on {config.host} is stopped again", **evidence)

    async def _until(self, place: StepPlace, host: Host, wanted: Condition) -> tuple[Condition, str]:
        deadline = place.clock.monotonic() + left(place, self._config.within)
        found, seen = await self._condition(host)
        while found is not wanted and place.clock.monotonic() < deadline - _LOOK_AGAIN:
            await place.clock.sleep(_LOOK_AGAIN)
            found, seen = await self._condition(host)
        return found, seen

    async def _condition(self, host: Host) -> tuple[Condition, str]:
        config = self._config
        if config.service is not None:
            return await condition(host, config.manager, config.service)
        done = await host.ask(*(config.running or ()))
        seen = f"exit code {done.exit_status} {(done.stdout + done.stderr).decode('utf-8', 'replace')}".strip()
        return (Condition.RUNNING if done.exit_status == 0 else Condition.STOPPED), seen
