"""A service of a host under its own manager: whether it runs, and the words that start and stop it."""

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field

from wenyam.dr.hosts import Host
from wenyam.settings.values import Line

ServiceName = Annotated[Line, Field(pattern=r"^[A-Za-z0-9@:_.\\][A-Za-z0-9@:_.\\-]{0,200}$")]
ServiceManager = Literal["systemd", "sysv"]
SYSV: Final = "/usr/sbin/service"
_STOPPED: Final = 3
"""What an LSB script's `status` ends with for a service that does not run; 1 and 2 are dead with its traces left."""
_UNIT_STATES: Final = {"active": "running", "inactive": "stopped", "failed": "stopped"}


class Condition(StrEnum):
    """How a service is."""

    RUNNING = "running"
    STOPPED = "stopped"
    BETWEEN = "between"
    """Starting, stopping or reloading."""
    NOT_SEEN = "not seen"


def program(manager: ServiceManager) -> str:
    """Return the program that manages services."""
    return "systemctl" if manager == "systemd" else SYSV


def words(manager: ServiceManager, service: str, verb: Literal["start", "stop"]) -> tuple[str, ...]:
    """Return the command that starts or stops it."""
    return ("systemctl", verb, service) if manager == "systemd" else (SYSV, service, verb)


async def condition(host: Host, manager: ServiceManager, service: str) -> tuple[Condition, str]:
    """Return how a service is, and what its manager said."""
    if manager == "sysv":
        done = await host.ask(SYSV, service, "status")
        said = (done.stdout or done.stderr).decode("utf-8", "replace").strip()
        found = {0: Condition.RUNNING, 1: Condition.STOPPED, 2: Condition.STOPPED, _STOPPED: Condition.STOPPED}
        is_unknown = "unrecognized service" in said
        return Condition.NOT_SEEN if is_unknown else found.get(done.exit_status, Condition.NOT_SEEN), said
    done = await host.ask("systemctl", "show", "--property=LoadState,ActiveState", service)
    state = dict(line.split("=", 1) for line in done.stdout.decode("utf-8", "replace").splitlines() if "=" in line)
    said = (
        f"{state.get('LoadState', '')} {state.get('ActiveState', '')}".strip() or done.stderr.decode("utf-8", "replace").strip()
    )
    if done.exit_status or state.get("LoadState") != "loaded":
        return Condition.NOT_SEEN, said
    return Condition(_UNIT_STATES.get(state["ActiveState"], "between")), said
