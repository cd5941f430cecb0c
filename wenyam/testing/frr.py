"""A real FRR router of its own: its daemons in a directory and in networks of their own, reached over a real SSH server."""

import contextlib
import pwd
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from wenyam.testing.lab.ground import UNSHARE
from wenyam.testing.lab.router import VTYSH, ZEBRA
from wenyam.testing.servers import RealServer, ServerFailedError, as_account, give_to_account
from wenyam.testing.sshd import Sshd

ACCOUNT = "frr"
DAEMONS = ("zebra", "staticd", "bgpd")


class FrrDaemon(RealServer):
    """One daemon of a router. It is master of an empty network only, so it never sees this machine's routes."""

    def __init__(self, name: str, directory: Path) -> None:
        """Take its name and the router's directory."""
        self.name = name
        super().__init__("127.0.0.1", directory)

    def command(self) -> list[str]:
        """Run it in the foreground."""
        account, home = pwd.getpwnam(ACCOUNT), self.directory
        return [
            *as_account(ACCOUNT), UNSHARE, "--user", f"--map-user={account.pw_uid}", f"--map-group={account.pw_gid}",
            "--keep-caps", "--net", "--", str(Path(ZEBRA).parent / self.name), "-f", str(home / "daemons.conf"),
            "-i", str(home / f"{self.name}.pid"),
            "--vty_socket", str(home), "-z", str(home / "zserv"), "-P", "0", "-u", ACCOUNT, "-g", ACCOUNT, "--log", "stdout",
        ]  # fmt: skip

    def ready(self) -> bool:
        """Tell whether it takes commands."""
        asked = vtysh(self.directory, "-d", self.name, "-c", "show version")
        return (self.directory / f"{self.name}.vty").exists() and asked.returncode == 0


class FrrRouter:
    """A router with a configuration, and the SSH server in front of it: a shell for a command, vtysh for the rest."""

    def __init__(self, directory: Path, configuration: str, passwords: dict[str, str] | None = None) -> None:
        """Take a new directory that the account `frr` can reach."""
        self.home = directory / "frr"
        self.home.mkdir(parents=True)
        give_to_account(self.home, ACCOUNT)
        (self.home / "daemons.conf").write_text("hostname name-of-the-kernel\n", encoding="ascii")  # not this machine's
        self._daemons = [FrrDaemon(name, self.home) for name in DAEMONS]
        self.configuration = configuration
        self.sshd = Sshd(directory=directory / "sshd", passwords=passwords, force_command=str(_login(directory, self.home)))

    def running(self) -> str:
        """Return its running configuration."""
        return vtysh(self.home, "-c", "show running-config").stdout.decode()

    def configure(self, *lines: str) -> None:
        """Type lines in its configuration mode."""
        done = vtysh(self.home, *(word for line in ("configure terminal", *lines) for word in ("-c", line)))
        if done.returncode:
            raise ServerFailedError(f"the router refused {lines}: {done.stdout.decode()}")

    def halt(self) -> None:
        """Stop the routing; the SSH server stays."""
        for daemon in self._daemons:
            daemon.stop()

    def boot(self) -> None:
        """Start the routing with the configuration it was made with."""
        for daemon in self._daemons:
            daemon.start()
        self._load()

    def __enter__(self) -> Self:
        """Start everything."""
        with contextlib.ExitStack() as stack:
            stack.callback(self.halt)
            self.boot()
            stack.enter_context(self.sshd)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop everything."""
        self._stack.close()

    def _load(self) -> None:
        (self.home / "frr.conf").write_text(self.configuration, encoding="utf-8")
        own = ("hostname ", "service ", "username ")
        kept = [line for line in self.configuration.split("\n") if line.startswith(own)]
        (self.home / "vtysh.conf").write_text("\n".join([*kept, ""]), encoding="utf-8")
        done = vtysh(self.home, "-b")
        if done.returncode:
            raise ServerFailedError(f"the router refused its configuration: {done.stderr.decode()}")


def vtysh(home: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    """Run vtysh on one router's sockets."""
    command = [VTYSH, "--vty_socket", str(home), "--config_dir", str(home), "-H", "/dev/null", *words]
    return subprocess.run(command, check=False, capture_output=True, stdin=subprocess.DEVNULL, timeout=30)


def _login(directory: Path, home: Path) -> Path:
    """Write what an SSH login runs, and the router's own `vtysh` before the system's."""
    binaries = directory / "bin"
    binaries.mkdir()
    own = f'exec {VTYSH} --vty_socket {home} --config_dir {home} -H /dev/null "$@"'
    shell = (
        f"PATH={binaries}:/usr/bin:/bin; export PATH\n"
        '[ -z "$SSH_ORIGINAL_COMMAND" ] && exec vtysh\nexec /bin/sh -c "$SSH_ORIGINAL_COMMAND"'
    )
    for path, body in ((binaries / "vtysh", own), (directory / "login", shell)):
        path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        path.chmod(0o755)
    return directory / "login"
