"""An sshd that sees services of its own: real SysV scripts below /etc/init.d, in a mount namespace, so that nothing else does."""

from collections.abc import Sequence
from pathlib import Path

from wenyam.testing.sshd import MOUNT, UNSHARE, Sshd

_SCRIPT = """\
#!/bin/sh
### BEGIN INIT INFO
# Provides: {name}
### END INIT INFO
pid={directory}/{name}.pid
daemon() {{ /sbin/start-stop-daemon --quiet --pidfile "$pid" "$@"; }}
case "$1" in
start) {start} ;;
stop) daemon --stop --oknodo --retry TERM/5/KILL/2 --remove-pidfile ;;
status) daemon --status ;;
*) exit 2 ;;
esac
"""
RUN = 'daemon --start --oknodo --background --make-pidfile --startas /bin/sh -- -c "/bin/sleep {seconds}; rm -f $pid"'
"""It takes its pid file with it, since nobody may be there to take the dead process away."""


class SshdWithServices(Sshd):
    """The services are what `service` writes; `service(1)` there knows no others."""

    def __init__(self) -> None:
        """Make the directory that becomes /etc/init.d."""
        super().__init__()
        self.scripts = self.directory / "init.d"
        self.scripts.mkdir()

    def service(self, name: str, start: str = "", *, seconds: float = 600.0) -> Path:
        """Write a service that runs for so many seconds once it is started; `start` replaces how it is started."""
        script = self.scripts / name
        text = _SCRIPT.format(name=name, directory=self.directory, start=start or RUN.format(seconds=seconds))
        script.write_text(text, encoding="ascii")
        script.chmod(0o755)
        return script

    def command(self) -> Sequence[str]:
        """Run sshd where /etc/init.d is ours."""
        inside = f'{MOUNT} --bind "$1" /etc/init.d && shift && exec "$@"'
        return [UNSHARE, "--mount", "/bin/sh", "-c", inside, "sh", str(self.scripts), *super().command()]
