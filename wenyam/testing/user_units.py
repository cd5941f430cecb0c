"""An sshd beside a real systemd of its own (a user manager in namespaces), whose units `systemctl` there starts and shows."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from wenyam.testing.sshd import UNSHARE, Sshd

SYSTEMCTL, SYSTEMD = "/usr/bin/systemctl", "/lib/systemd/systemd"
_NAMESPACES = ("--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
_SCRIPT = """\
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/sshd /run/systemd/system /run/user/0
mount --bind "$1/systemctl" /usr/bin/systemctl
XDG_RUNTIME_DIR=/run/user/0 XDG_CONFIG_HOME="$1/config" /lib/systemd/systemd --user --unit=basic.target &
shift
exec "$@"
"""
_WRAPPER = """\
#!/bin/sh
XDG_RUNTIME_DIR=/run/user/0 exec {directory}/systemctl.real --user "$@"
"""


class SshdWithUnits(Sshd):
    """The units are what `unit` writes; `systemctl` there speaks to the user manager whatever it is asked."""

    def __init__(self) -> None:
        """Make the places of the units and of the program in systemctl's place."""
        super().__init__()
        self.units = self.directory / "config" / "systemd" / "user"
        self.units.mkdir(parents=True)
        shutil.copy(SYSTEMCTL, self.directory / "systemctl.real")
        wrapper = self.directory / "systemctl"
        wrapper.write_text(_WRAPPER.format(directory=self.directory), encoding="ascii")
        wrapper.chmod(0o755)

    def unit(self, name: str, text: str) -> Path:
        """Write a unit; before the server starts, for systemd reads them once."""
        path = self.units / name
        path.write_text(text, encoding="ascii")
        return path

    def command(self) -> Sequence[str]:
        """Run sshd beside systemd."""
        return [UNSHARE, *_NAMESPACES, "/bin/sh", "-e", "-c", _SCRIPT, "sh", str(self.directory), *super().command()]
