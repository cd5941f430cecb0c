"""Gives an address to a host of another site: by `ip`, or by starting keepalived there; refused while somebody holds it."""

from ipaddress import ip_interface
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, Field

from wenyam.dr.attempts import kept, left
from wenyam.dr.before import recall, remember
from wenyam.dr.contract import StepError, StepPlace
from wenyam.dr.hosts import Host, ending
from wenyam.dr.options import HostOptions, Port, StepOptions
from wenyam.dr.services import ServiceManager, ServiceName, program, words
from wenyam.errors import CollectError
from wenyam.links.tcp import connect_seconds
from wenyam.model.instance import Configuration
from wenyam.model.recovery import Outcome, failed, passed
from wenyam.settings.values import Duration, Line

_LOOK_AGAIN: Final = 0.3
_HELD: Final = "held"
_PROBE_SECONDS: Final = 5.0
_ANNOUNCEMENTS: Final = "3"


def _with_prefix(value: str) -> str:
    if "/" not in value:
        raise ValueError(f"'{value}' has no prefix length; write one such as 192.0.2.10/24")
    return str(ip_interface(value))


class KeepalivedOptions(StepOptions):
    """The service that holds the address while it runs."""

    service: ServiceName = "keepalived"
    manager: ServiceManager = "systemd"


class SwitchAddressOptions(HostOptions):
    """Which address, on which host."""

    address: Annotated[Line, AfterValidator(_with_prefix)]
    """With its prefix length, such as 192.0.2.10/24."""
    interface: Annotated[Line, Field(pattern=r"^[A-Za-z0-9_.@-]{1,15}$")]
    """Network interface that gets it."""
    keepalived: KeepalivedOptions | None = None
    """Left out: the address is added by `ip`."""
    answers_on: Port | None = None
    """TCP port at the address that must answer this machine afterwards."""
    within: Duration = 30.0
    """Longest time until the host holds it, and it answers."""

    @property
    def bare(self) -> str:
        """The address without its prefix length."""
        return self.address.partition("/")[0]


class SwitchAddressStep:
    """Moves one address."""

    Config: ClassVar[type[SwitchAddressOptions]] = SwitchAddressOptions
    changes: ClassVar[bool] = True
    repeatable: ClassVar[bool] = True
    waits: ClassVar[bool] = False

    def __init__(self, config: SwitchAddressOptions) -> None:
        """Take validated options."""
        self._config = config

    def describe(self) -> str:
        """Say which address goes where."""
        how = "" if self._config.keepalived is None else f" by starting {self._config.keepalived.service}"
        return f"give {self._config.host} the address {self._config.address} on {self._config.interface}{how}"

    def unknown(self, configuration: Configuration) -> tuple[str, ...]:
        """Return a sentence for each name that is not known."""
        return self._config.unknown(configuration)

    async def rehearse(self, place: StepPlace) -> Outcome:
        """Log in, find the interface and the programs, and see the right to change addresses."""
        host, config = Host(place, self._config), self._config
        await host.require("ip", *([program(config.keepalived.manager)] if config.keepalived else []))
        await host.must(("ip", "link", "show", "dev", config.interface))
        if not await host.is_root():
            raise StepError(f"credential '{config.credential}' is not root on {config.host}, so it may not change addresses")
        now = "holds" if await self._holds(host) else "does not hold"
        told = "arping announces it" if await host.has("arping") else "no arping is there to announce it"
        return passed(f"{config.host} {now} {config.bare} now; {told}")

    async def run(self, place: StepPlace) -> Outcome:
        """Refuse when somebody else holds it; add it, announce it, and see it held."""
        host, config = Host(place, self._config), self._config
        held = await self._holds(host)
        remember(place, _HELD, held)
        if not held:
            await self._require_free(host)
            await host.must(self._command("start", "add"))
        if not await self._until(place, host, held=True):
            return failed(f"{config.host} does not hold {config.bare} {config.within:g} s later", **await self._evidence(host))
        announced = await self._announce(host)
        trouble = await self._answers(place)
        evidence = {**await self._evidence(host), "announced": announced}
        if trouble:
            return failed(f"{config.host} holds {config.bare}, but {trouble}", **evidence)
        return passed(f"{config.host} holds {config.bare} on {config.interface}; {announced}", **evidence)

    async def was_done(self, place: StepPlace) -> bool | None:
        """Look whether the host holds it."""
        try:
            return await self._holds(Host(place, self._config))
        except StepError:
            return None

    async def undo(self, place: StepPlace) -> Outcome:
        """Take the address away again, unless the host held it before."""
        host, config = Host(place, self._config), self._config
        if recall(place, _HELD) is True:
            return passed(f"{config.host} held {config.bare} before this step, so it keeps it")
        if await self._holds(host):
            await host.must(self._command("stop", "delete"))
        if not await self._until(place, host, held=False):
            return failed(f"{config.host} still holds {config.bare}", **await self._evidence(host))
        return passed(f"{config.host} no longer holds {config.bare}")

    def _command(self, verb: str, change: str) -> tuple[str, ...]:
        config = self._config
        if config.keepalived is not None:
            return words(config.keepalived.manager, config.keepalived.service, "start" if verb == "start" else "stop")
        return ("ip", "address", change, config.address, "dev", config.interface)

    async def _holds(self, host: Host) -> bool:
        """Tell whether the host has it, on whichever interface."""
        return bool((await host.must(("ip", "-o", "address", "show", "to", self._config.bare))).stdout.strip())

    async def _require_free(self, host: Host) -> None:
        """Ask the network at the host who has the address: two holders would part the users."""
        config = self._config
        is_v4 = ":" not in config.bare
        if is_v4 and await host.has("arping"):
            command: tuple[str, ...] = ("arping", "-D", "-q", "-c", "2", "-w", "3", "-I", config.interface, config.bare)
            free, taken = 0, 1
        else:
            command = ("ping", "-n", "-c", "1", "-W", "2", config.bare)
            free, taken = 1, 0
        done = await host.ask(*command)
        if done.exit_status not in (free, taken):
            raise StepError(ending(config.host, command, done))
        if done.exit_status == taken:
            raise StepError(
                f"somebody else holds {config.bare}, seen from {config.host}",
                hint="Withdraw it there first: a step before this one.",
            )

    async def _announce(self, host: Host) -> str:
        """Tell the neighbours which hardware has it now; keepalived does that itself."""
        config = self._config
        if config.keepalived is not None:
            return "keepalived announces it"
        if ":" in config.bare or not await host.has("arping"):
            return "not announced: neighbours learn it when their own entry is too old"
        await host.must(("arping", "-U", "-q", "-c", _ANNOUNCEMENTS, "-w", "5", "-I", config.interface, config.bare))
        return "announced by arping"

    async def _answers(self, place: StepPlace) -> str:
        """Connect to it from here; return what is wrong, empty when nothing is or nobody asked."""
        config = self._config
        if config.answers_on is None:
            return ""
        deadline = place.clock.monotonic() + left(place, config.within)
        while True:
            try:
                await connect_seconds(place.clock, config.bare, config.answers_on, left(place, _PROBE_SECONDS))
            except CollectError as error:
                if place.clock.monotonic() > deadline - _PROBE_SECONDS:
                    return f"it does not answer here: {error.sentence}"
                await place.clock.sleep(_LOOK_AGAIN)
            else:
                return ""

    async def _until(self, place: StepPlace, host: Host, *, held: bool) -> bool:
        deadline = place.clock.monotonic() + left(place, self._config.within)
        while (await self._holds(host)) is not held:
            if place.clock.monotonic() > deadline:
                return False
            await place.clock.sleep(_LOOK_AGAIN)
        return True

    async def _evidence(self, host: Host) -> dict[str, str]:
        done = await host.ask("ip", "-o", "address", "show", "dev", self._config.interface)
        return {"addresses": kept(done.stdout)}
