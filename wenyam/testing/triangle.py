"""Three places and three lines between them, out of network namespaces: this machine, a main site, and the users' side.

Each line can be cut by itself. Needs root, as every test of networks does.
"""

import contextlib
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from wenyam.testing.servers import RealServer, accepts
from wenyam.testing.sshd import Sshd

IP, UNSHARE, NSENTER, SLEEP = "/usr/sbin/ip", "/usr/bin/unshare", "/usr/bin/nsenter", "/usr/bin/sleep"
SSH_PORT = 2022
_SECONDS = 30


class Triangle:
    """Gives the addresses `main` (reached over two lines), `users` and `witness`."""

    def __init__(self) -> None:
        """Choose names and addresses that no other test of this machine has."""
        mark = os.getpid()
        self.net = f"10.{200 + mark // 250 % 50}.{mark % 250}"
        self.main, self.witness, self.users = f"{self.net}.200", f"{self.net}.201", f"{self.net}.6"
        self.direct, self.side = f"wya{mark % 100_000_000}", f"wyb{mark % 100_000_000}"
        self.moving = f"{self.net}.100"
        self._places: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        """Make it."""
        try:
            self._make()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Remove it."""
        self._remove()

    def cut_direct(self) -> None:
        """Cut the line between this machine and the main site; the users' side still sees both."""
        self._run(IP, "link", "set", self.direct, "down")

    def mend_direct(self) -> None:
        """Mend it."""
        self._run(IP, "link", "set", self.direct, "up")
        self._run(IP, "route", "replace", self.main, "via", f"{self.net}.2")

    def cut_side(self) -> None:
        """Cut the line between this machine and the users' side."""
        self._run(IP, "link", "set", self.side, "down")

    def mend_side(self) -> None:
        """Mend it."""
        self._run(IP, "link", "set", self.side, "up")
        self._run(IP, "route", "replace", self.witness, "via", self.users)

    def enter(self, place: str) -> list[str]:
        """Return the words that run a program at `main` or `users`."""
        return [NSENTER, f"--net=/proc/{self._places[place].pid}/ns/net", "--"]

    def at(self, place: str, *words: str) -> str:
        """Run a program there and return what it prints."""
        return self._run(*self.enter(place), *words)

    def power_off_main(self) -> None:
        """Take the main site's network away as a whole."""
        for link in ("m0", "m1"):
            self.at("main", IP, "link", "set", link, "down")

    def power_on_main(self) -> None:
        """Give it back."""
        for link in ("m0", "m1"):
            self.at("main", IP, "link", "set", link, "up")
        self.at("users", IP, "route", "replace", self.main, "via", f"{self.net}.10")

    def _make(self) -> None:
        net = self.net
        for place in ("main", "users"):
            self._places[place] = subprocess.Popen([UNSHARE, "--net", SLEEP, "3600"], stdin=subprocess.DEVNULL)
        own = Path("/proc/self/ns/net").readlink()
        deadline = 200
        while any(Path(f"/proc/{child.pid}/ns/net").readlink() == own for child in self._places.values()) and deadline:
            deadline -= 1
            subprocess.run([SLEEP, "0.02"], check=True, timeout=_SECONDS)
        main, users = (str(self._places[place].pid) for place in ("main", "users"))
        self._run(IP, "link", "add", self.direct, "type", "veth", "peer", "name", "m0", "netns", main)
        self._run(IP, "link", "add", self.side, "type", "veth", "peer", "name", "u0", "netns", users)
        self.at("main", IP, "link", "add", "m1", "type", "veth", "peer", "name", "u1", "netns", users)
        for link, address in ((self.direct, f"{net}.1/30"), (self.side, f"{net}.5/30")):
            self._run(IP, "address", "add", address, "dev", link)
        for place, link, address in (
            ("main", "m0", f"{net}.2/30"), ("main", "m1", f"{net}.10/30"), ("main", "lo", f"{self.main}/32"),
            ("users", "u0", f"{self.users}/30"), ("users", "u1", f"{net}.9/30"), ("users", "lo", f"{self.witness}/32"),
        ):  # fmt: skip
            self.at(place, IP, "address", "add", address, "dev", link)
            self.at(place, IP, "link", "set", link, "up")
        for address in (
            self.main,
            self.witness,
            self.moving,
        ):  # else what a cut line takes away would leave by the way to the world
            self._run(IP, "route", "add", "unreachable", address, "metric", "9999")
        self.mend_direct()
        self.mend_side()
        self.power_on_main()

    def _remove(self) -> None:
        for link in (self.direct, self.side):
            with contextlib.suppress(subprocess.CalledProcessError):
                self._run(IP, "link", "delete", link)
        for address in (self.main, self.witness, self.moving):
            with contextlib.suppress(subprocess.CalledProcessError):
                self._run(IP, "route", "delete", "unreachable", address, "metric", "9999")
        for child in self._places.values():
            child.kill()
            child.wait(_SECONDS)
        self._places.clear()

    def _run(self, *words: str) -> str:
        return subprocess.run(words, check=True, capture_output=True, encoding="utf-8", timeout=_SECONDS).stdout


class SshdThere(Sshd):
    """An OpenSSH server at one place of a triangle."""

    def __init__(self, triangle: Triangle, place: str, address: str) -> None:
        """Take where it stands and the address it listens on."""
        self._words = triangle.enter(place)
        super().__init__(address, SSH_PORT)

    def command(self) -> Sequence[str]:
        """Run sshd there."""
        return [*self._words, *super().command()]


class ListenerThere(RealServer):
    """Something that listens on a TCP port at one place of a triangle."""

    name = "listener"

    def __init__(self, triangle: Triangle, place: str, address: str, port: int) -> None:
        """Take where it stands, and where it listens."""
        super().__init__(address, None)
        self._words = triangle.enter(place)
        self.port = port

    def command(self) -> Sequence[str]:
        """Serve an empty directory over HTTP."""
        return [*self._words, "/usr/bin/python3", "-m", "http.server", "--bind", self.address, str(self.port)]

    def ready(self) -> bool:
        """Tell whether it accepts connections."""
        return accepts(self.address, self.port)
