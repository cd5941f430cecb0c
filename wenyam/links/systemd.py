"""Tells systemd that we are ready and alive: datagrams as sd_notify(3) describes them; silent where nobody asked for them."""

import os
import socket
from collections.abc import Mapping

READY = "READY=1"
ALIVE = "WATCHDOG=1"
RELOADING = "RELOADING=1"
STOPPING = "STOPPING=1"


def notify(state: str, environment: Mapping[str, str] | None = None) -> bool:
    """Send lines such as `READY=1` to NOTIFY_SOCKET; False, never an error, when there is none or it takes nothing now."""
    path = (os.environ if environment is None else environment).get("NOTIFY_SOCKET", "")
    if not path.startswith(("/", "@")):
        return False
    address = "\0" + path[1:] if path.startswith("@") else path
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        sender.settimeout(0)
        try:
            sender.sendto(state.encode(), address)
        except OSError:
            return False
    return True


def watchdog_interval(environment: Mapping[str, str] | None = None, process: int | None = None) -> float | None:
    """Return how often, in seconds, to send ALIVE: half of WATCHDOG_USEC; None when no watchdog watches this process."""
    given = os.environ if environment is None else environment
    watched = given.get("WATCHDOG_PID", "")
    microseconds = given.get("WATCHDOG_USEC", "")
    if not microseconds.isdecimal() or int(microseconds) == 0:
        return None
    if watched and watched != str(os.getpid() if process is None else process):
        return None
    return int(microseconds) / 2_000_000
