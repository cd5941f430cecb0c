"""The user side at work: a client that writes all the time, its ledger, and both databases beside it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from wenyam.testing.lab.errors import LabError
from wenyam.testing.sites import ledger, mariadb, postgresql
from wenyam.testing.sites.laboratory import TwoSites
from wenyam.testing.sites.ledger import Attempt, Comparison
from wenyam.testing.sites.plan import Part, node_of

_POLL_SECONDS = 0.05
_END_SECONDS = 15.0


class WritingUser:
    """A client on the user side for the length of a `with`; its ledger outlives it."""

    def __init__(self, lab: TwoSites, path: Path, every: float = 0.1) -> None:
        """Take the lab and where the ledger is kept; starts nothing."""
        self.path = path
        self._lab = lab
        self._every = every
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Everything tried so far."""
        return ledger.read(self.path)

    def wait(self, wanted: Callable[[tuple[Attempt, ...]], bool], seconds: float, what: str) -> float:
        """Poll the ledger until it is as wanted; return the seconds it took, LabError with its last lines otherwise."""
        begun = time.monotonic()
        while not wanted(found := self.attempts):
            if time.monotonic() - begun > seconds:
                last = "\n".join(str(attempt) for attempt in found[-3:])
                raise LabError(f"not within {seconds:g} s: {what}\n{last}")
            time.sleep(_POLL_SECONDS)
        return time.monotonic() - begun

    def wait_served(self, seconds: float, site: str = "", since: float = 0.0) -> float:
        """Wait until a row sent after `since` was acknowledged, by this site if one is named."""

        def served(found: tuple[Attempt, ...]) -> bool:
            last = found[-1] if found else None
            return last is not None and last.acknowledged and last.sent >= since and site in ("", last.site)

        return self.wait(served, seconds, f"a row is kept{' at ' + site if site else ''}")

    def wait_refused(self, seconds: float) -> float:
        """Wait until a row was not acknowledged."""
        return self.wait(lambda found: bool(found) and not found[-1].acknowledged, seconds, "a row is refused")

    def __enter__(self) -> Self:
        """Start writing."""
        authority = self._lab.directory / "authority" / "authority.pem"
        program = (sys.executable, "-m", "wenyam.testing.sites.client", "--ledger", str(self.path), "--authority", str(authority))
        fate = ("/usr/bin/setpriv", "--pdeathsig", "TERM", "--")
        words = self._lab.command("user-1", *fate, *program, "--every", str(self._every))
        self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL)
        return self

    def stop(self) -> None:
        """Stop writing; harmless when it has stopped."""
        if self._process is None:
            return
        for child in Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text(encoding="ascii").split():
            os.kill(int(child), signal.SIGTERM)
        self._process.wait(_END_SECONDS)
        self._process = None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop writing."""
        self.stop()


def numbers(lab: TwoSites, site: str) -> dict[str, tuple[int, ...]]:
    """Return the numbers of the rows in each database of a site, asked at the server's own socket."""
    machines = lab.machines
    one = postgresql.ask(machines, node_of(site, Part.POSTGRESQL), "SELECT number FROM letters ORDER BY 1", "erp")
    other = mariadb.ask(machines, node_of(site, Part.MARIADB), "SELECT number FROM erp.letters ORDER BY 1")
    return {"postgresql": tuple(map(int, one.split())), "mariadb": tuple(map(int, other.split()))}


def compare(lab: TwoSites, site: str, path: Path) -> dict[str, Comparison]:
    """Compare a ledger's file with both databases of a site."""
    before = ledger.read(path)
    found = numbers(lab, site)
    after = ledger.read(path)
    return {name: ledger.compare(before, held, after) for name, held in found.items()}


def whole(lab: TwoSites, site: str) -> dict[str, str]:
    """Return every row of both databases of a site as text, so that two sites can be compared byte for byte."""
    machines = lab.machines
    one = postgresql.ask(machines, node_of(site, Part.POSTGRESQL), "SELECT * FROM letters ORDER BY number", "erp")
    return {
        "postgresql": one,
        "mariadb": mariadb.ask(machines, node_of(site, Part.MARIADB), "SELECT * FROM erp.letters ORDER BY number"),
    }


def wait_copied(lab: TwoSites, site: str, path: Path, seconds: float) -> dict[str, Comparison]:
    """Wait until a site holds every acknowledged row of a ledger and return the comparison; it may be the last that failed."""
    deadline = time.monotonic() + seconds
    while True:
        found = compare(lab, site, path)
        if not any(each.lost for each in found.values()) or time.monotonic() > deadline:
            return found
        time.sleep(_POLL_SECONDS)


def write_much(lab: TwoSites, site: str, size: int) -> None:
    """Write this many bytes that do not compress into PostgreSQL of a site, beside the rows that are counted."""
    node = node_of(site, Part.POSTGRESQL)
    text = "CREATE TABLE IF NOT EXISTS scans (page text)"
    postgresql.ask(lab.machines, node, text, "erp")
    pages = f"INSERT INTO scans SELECT string_agg(md5(random()::text), '') FROM generate_series(1, {size // 32})"  # noqa: S608  # a number
    postgresql.ask(lab.machines, node, pages, "erp")
