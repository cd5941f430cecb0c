"""Vantage points: from where a site is looked at, by our own probes or by another host over SSH."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import Field

from wenyam.dr.attempts import left
from wenyam.dr.contract import StepError, StepPlace
from wenyam.dr.hosts import Host
from wenyam.dr.options import HostOptions, Port, StepOptions
from wenyam.dr.site_down import Sight
from wenyam.errors import CollectError, ConnectionRefusedByDeviceError
from wenyam.links.programs import Completed
from wenyam.links.tcp import connect_seconds
from wenyam.settings.values import Address, Line, Name

PROBE_SECONDS: Final = 3.0
_REFUSED: Final = b"Connection refused"
_ANSWERS, _REFUSES = "answers", "refuses"
_SILENT: Final = (1, 124)
"""What ping and bash end with when nothing came, and `timeout` when it ended them."""
_TCP: Final = 'exec 3<>"/dev/tcp/$0/$1"'
"""Opens a connection without a program for it; bash reads address and port as its arguments."""


class SightOptions(StepOptions):
    """Something of a site that answers as long as the site lives."""

    host: Name
    """Device of the inventory, at the site in question."""
    port: Port | None = None
    """TCP port; without one it is pinged. A refused connection is an answer too."""
    over: Address | None = None
    """Another address of the host than its first."""

    def address(self, place: StepPlace) -> str:
        """Return where it is asked."""
        return self.over or place.configuration.inventory.devices[self.host].address

    @property
    def shown(self) -> str:
        """Write it for a sentence."""
        return self.host if self.port is None else f"{self.host} port {self.port}"


class OwnVantage(StepOptions):
    """This machine as a vantage point."""

    path: Line
    """The way by which it looks at the site, in words, such as `inter-site line`."""
    witnesses: Annotated[tuple[Name, ...], Field(min_length=1)]
    """Witnesses of the inventory that do not lie behind that way; when none answers, this machine sees nothing at all."""


class OtherVantage(HostOptions):
    """Another host over SSH as a vantage point; it needs bash, timeout and ping."""

    path: Line
    """The way by which it looks at the site, in words; another one than ours."""


async def from_here(place: StepPlace, own: OwnVantage, things: Sequence[SightOptions]) -> Sight:
    """Look from this machine; it is blind when no witness answers."""
    witnesses = place.configuration.inventory.witnesses
    found, seen = await asyncio.gather(
        asyncio.gather(*(_answer(place, thing.address(place), thing.port) for thing in things)),
        asyncio.gather(*(_answer(place, witnesses[name].address, None) for name in own.witnesses)),
    )
    return Sight("this machine", own.path, any(seen), _told(things, found), f"no witness answers ({', '.join(own.witnesses)})")


def _told(things: Sequence[SightOptions], found: Sequence[str]) -> tuple[str, ...]:
    """Say what answered, and how."""
    return tuple(f"{thing.shown} ({how})" for thing, how in zip(things, found, strict=True) if how)


async def _answer(place: StepPlace, address: str, port: int | None) -> str:
    """Return how it answered; empty when it did not."""
    try:
        if port is None:
            await place.links.icmp.ping(address, left(place, PROBE_SECONDS))
        else:
            await connect_seconds(place.clock, address, port, left(place, PROBE_SECONDS))
    except ConnectionRefusedByDeviceError:
        return _REFUSES
    except CollectError:
        return ""
    return _ANSWERS


async def from_there(place: StepPlace, other: OtherVantage, things: Sequence[SightOptions]) -> Sight:
    """Look from another host; it is blind when it cannot be logged in to, or lacks a program."""
    host = Host(place, other)
    try:
        found = await asyncio.gather(*(_asked_there(host, thing.address(place), thing.port) for thing in things))
    except StepError as error:
        return Sight(other.host, other.path, works=False, why_blind=error.what)
    return Sight(other.host, other.path, works=True, answered=_told(things, found))


async def _asked_there(host: Host, address: str, port: int | None) -> str:
    seconds = f"{PROBE_SECONDS:g}"
    if port is None:
        return _judged(host, "ping", await host.ask("timeout", seconds, "ping", "-n", "-c", "1", "-W", seconds, address))
    done = await host.ask("timeout", seconds, "bash", "-c", _TCP, address, str(port))
    return _REFUSES if _REFUSED in done.stderr else _judged(host, "bash", done)


def _judged(host: Host, program: str, done: Completed) -> str:
    """Tell an answer from silence; anything else is a fault of the vantage point, never silence of the site."""
    if done.exit_status == 0:
        return _ANSWERS
    if done.exit_status in _SILENT and b"not permitted" not in done.stderr:
        return ""
    raise StepError(f"'{program}' on {host.options.host} ended with exit code {done.exit_status}")


async def rehearse(place: StepPlace, other: OtherVantage) -> None:
    """Log in and find the programs."""
    await Host(place, other).require("timeout", "bash", "ping")
