"""What runs on a machine without systemd: a script below /etc/init.d for each service, as sysvinit has them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shlex import join
from typing import Any, Self

_DAEMON = """\
#!/bin/sh
### BEGIN INIT INFO
# Provides: {name}
### END INIT INFO
pid=/run/lab/{name}.pid
daemon() {{ /sbin/start-stop-daemon --quiet --pidfile "$pid" "$@"; }}
case "$1" in
start) daemon --start --oknodo --background --make-pidfile --chuid {account} --output {log} --startas /usr/bin/env -- {words} ;;
stop) daemon --stop --oknodo --retry {stop}/8/KILL/4 --remove-pidfile ;;
restart) "$0" stop; exec "$0" start ;;
status) daemon --status ;;
*) echo "Usage: $0 start|stop|restart|status" >&2; exit 2 ;;
esac
"""
_ONCE = """\
#!/bin/sh
### BEGIN INIT INFO
# Provides: {name}
### END INIT INFO
done=/run/lab/{name}.done
case "$1" in
start) {words} && : > "$done" ;;
stop) {undo}; rm -f "$done" ;;
restart) "$0" stop; exec "$0" start ;;
status) [ -e "$done" ] || exit 3 ;;
*) echo "Usage: $0 start|stop|restart|status" >&2; exit 2 ;;
esac
"""


@dataclass(frozen=True, slots=True)
class Service:
    """One service of a machine."""

    name: str
    words: tuple[str, ...]
    """The program in the foreground; with `undo`, a program that ends by itself."""
    account: str = "root"
    stop: str = "TERM"
    """The signal that ends it politely."""
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    """TCP port it has opened when it is ready; 0 for none."""
    boots: bool = True
    """Whether it starts when the machine is switched on."""
    undo: tuple[str, ...] = ()
    """What takes back a service that is no running program."""

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Self:
        """Return a service out of its JSON."""
        return cls(**{**row, "words": tuple(row["words"]), "undo": tuple(row["undo"])})


def write_scripts(directory: Path, services: Sequence[Service]) -> None:
    """Write the script of every service."""
    directory.mkdir(exist_ok=True)
    for service in services:
        path = directory / service.name
        path.write_text(_once(service) if service.undo else _daemon(service), encoding="utf-8")
        path.chmod(0o755)


def log_of(name: str) -> str:
    """Return where a service's own words go, on its machine."""
    return f"/srv/log/{name}.log"


def _daemon(service: Service) -> str:
    words = join([*(f"{name}={value}" for name, value in service.environment.items()), *service.words])
    return _DAEMON.format(name=service.name, account=service.account, log=log_of(service.name), words=words, stop=service.stop)


def _once(service: Service) -> str:
    return _ONCE.format(name=service.name, words=join(service.words), undo=join(service.undo))
