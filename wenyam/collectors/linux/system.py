"""Who the host is, how long it runs, how loaded it is, what waits to be installed, and what its clock says."""

import shlex
from dataclasses import dataclass

from wenyam.errors import MalformedReplyError
from wenyam.model.instants import MILLISECONDS, Instant


@dataclass(frozen=True, slots=True)
class Identity:
    """Text as the host wrote it; empty where it said nothing."""

    name: str
    kernel: str
    os_version: str
    vendor: str
    model: str
    serial: str


def read_identity(os_release: str, kernel: str, hardware: str) -> Identity:
    """Read os-release(5), `uname -nr` and the DMI files."""
    system, parts = _assignments(os_release), _plain_assignments(hardware)
    name, _, release = kernel.strip().partition(" ")
    pretty = system.get("PRETTY_NAME") or f"{system.get('NAME', '')} {system.get('VERSION', '')}".strip()
    return Identity(
        name, release, pretty, parts.get("sys_vendor", ""), parts.get("product_name", ""), parts.get("product_serial", "")
    )


def _assignments(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, equals, quoted = line.partition("=")
        if not equals or line.startswith("#"):
            continue
        try:
            found[name] = " ".join(shlex.split(quoted))
        except ValueError:  # a quote that never ends
            found[name] = quoted
    return found


def _plain_assignments(text: str) -> dict[str, str]:
    return {name: rest.strip() for name, _, rest in (line.partition("=") for line in text.splitlines())}


def read_loads(text: str) -> dict[str, float]:
    """Read /proc/loadavg into the windows 1m, 5m and 15m."""
    words = text.split()
    try:
        return dict(zip(("1m", "5m", "15m"), (float(word) for word in words[:3]), strict=True))
    except ValueError as error:
        raise MalformedReplyError("/proc/loadavg makes no sense") from error


def read_number(text: str, what: str) -> float:
    """Read the first number of a text."""
    try:
        return float(text.split(maxsplit=1)[0])
    except (IndexError, ValueError) as error:
        raise MalformedReplyError(f"{what} makes no sense") from error


def read_updates(text: str) -> int:
    """Count what apt would install or dnf offers; the first line names the tool."""
    tool, _, rest = text.partition("\n")
    lines = rest.splitlines()
    if tool == "apt":
        return sum(line.startswith("Inst ") for line in lines)
    if tool == "dnf":
        wanted = lines[: lines.index("Obsoleting Packages")] if "Obsoleting Packages" in lines else lines
        return sum(len(line.split()) == 3 and not line.startswith(" ") for line in wanted)  # noqa: PLR2004  # name.arch, version, repository
    raise MalformedReplyError("no tool for updates was named")


def clock_offset(begun: str, ended: str, sent: Instant, received: Instant) -> float:
    """Return the seconds the host's clock is ahead of ours, by the midpoints of both sides (RFC 5905 section 8)."""
    host_begun, host_ended = read_number(begun, "the host's clock"), read_number(ended, "the host's clock")
    return ((host_begun - sent / MILLISECONDS) + (host_ended - received / MILLISECONDS)) / 2
