"""A run of the lab's plan by the real command, and the people of the lab who sign for it with their real keys."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

from wenyam.testing.lab.errors import LabError
from wenyam.testing.sites.laboratory import TwoSites
from wenyam.testing.sites.plan import RECOVERY, Part, node_of
from wenyam.testing.sites.recovery import PLAN
from wenyam.testing.sites.secrets import SiteSecrets
from wenyam.testing.sites.watching import FOLDER

DESK = "/srv/desk"
"""Where texts are signed, on the machine that watches."""
_RUN = re.compile(r"\b(\d{8}t\d{6}-[0-9a-f]+)\b")
_POLL_SECONDS = 0.05
_VERB_SECONDS = 150.0
_numbers = count(1)


def wenyam(lab: TwoSites, *words: str, site: str = RECOVERY) -> list[str]:
    """Return the words that run Wenyam's command at a site."""
    return lab.command(node_of(site, Part.WATCH).name, sys.executable, "-m", "wenyam", "--config", FOLDER, *words)


def dr(lab: TwoSites, *words: str, site: str = RECOVERY) -> subprocess.CompletedProcess[str]:
    """Give a command of `wenyam dr` and wait for its end."""
    command = wenyam(lab, "dr", *words, site=site)
    return subprocess.run(
        command, capture_output=True, encoding="utf-8", timeout=_VERB_SECONDS, check=False, stdin=subprocess.DEVNULL
    )


class Run:
    """One run of the plan as a process of its own; what it says is gathered with the second it was said."""

    def __init__(self, lab: TwoSites, verb: str, *options: str) -> None:
        """Take the verb (`drill`, `failover`, …) and its options; starts nothing."""
        self.lab = lab
        self.lines: list[tuple[float, str]] = []
        self.began = 0.0
        """When it was started, in seconds since 1970."""
        self._words = wenyam(lab, "dr", verb, PLAN, *options) if verb != "resume" else wenyam(lab, "dr", verb, *options)
        self._process: subprocess.Popen[str] | None = None
        self._reader = threading.Thread(target=self._read, daemon=True)

    @property
    def id(self) -> str:
        """The run's id, once it has said so."""
        found = next((match[1] for _, line in self.lines if (match := _RUN.search(line))), None)
        if found is None:
            raise LabError(f"the run has not said its id:\n{self.text}")
        return found

    @property
    def text(self) -> str:
        """All it has said."""
        return "\n".join(line for _, line in self.lines)

    @property
    def process(self) -> subprocess.Popen[str]:
        """The running command."""
        if self._process is None:
            raise LabError("the run was not started")
        return self._process

    def wait_for(self, words: str, seconds: float) -> float:
        """Wait until it says this and return when it did (seconds since 1970); LabError with all it said otherwise."""
        deadline = time.monotonic() + seconds
        while True:
            ended = self.process.poll() is not None and not self._reader.is_alive()
            if (found := self.said(words)) is not None:
                return found
            if ended or time.monotonic() > deadline:
                raise LabError(f"the run did not say '{words}' within {seconds:g} s:\n{self.text}")
            time.sleep(_POLL_SECONDS)

    def said(self, words: str) -> float | None:
        """Return when it first said this; None when it has not."""
        return next((when for when, line in self.lines if words in line), None)

    def end(self, seconds: float) -> int:
        """Wait for its end and return the exit code."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise LabError(f"the run does not end:\n{self.text}") from error
        self._reader.join(seconds)
        return code

    def sign(self, step: str, *people: str) -> float:
        """Have these people sign for a step at the same time; return when the last signature was in (seconds since 1970)."""
        with ThreadPoolExecutor(len(people)) as hands:
            for done in [hands.submit(sign, self.lab, self.id, step, person) for person in people]:
                done.result()
        return time.time()

    def kill(self) -> None:
        """End it as a crash would."""
        for child in _children(self.process.pid):
            os.kill(child, signal.SIGKILL)

    def __enter__(self) -> Self:
        """Start it."""
        self.began = time.time()
        self._process = subprocess.Popen(
            self._words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, encoding="utf-8"
        )
        self._reader.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End it if it still runs."""
        if self.process.poll() is None:
            self.kill()
            self.process.wait(_VERB_SECONDS)
        self._reader.join(_VERB_SECONDS)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.append((time.time(), line.rstrip("\n")))


def sign(lab: TwoSites, run: str, step: str, person: str, *, site: str = RECOVERY) -> None:
    """Have a person sign for a step as they would: read the text, sign it with their key, give it back."""
    _signed(lab, site, person, ("approve", run, step))


def skip(lab: TwoSites, run: str, step: str, person: str, reason: str, *, site: str = RECOVERY) -> None:
    """Leave a step out, with the second person's signature."""
    _signed(lab, site, person, ("decide", run, step, "skip", "--reason", reason))


def _signed(lab: TwoSites, site: str, person: str, words: tuple[str, ...]) -> None:
    desk = lab.machines.disk(node_of(site, Part.WATCH)) / Path(DESK).name
    desk.mkdir(exist_ok=True)
    name = f"{words[2]}-{person}-{next(_numbers)}-{os.getpid()}"
    _must(dr(lab, *words, "--text", f"{DESK}/{name}", site=site))
    key = str(SiteSecrets(lab.directory).path(person))
    command = ["/usr/bin/ssh-keygen", "-Y", "sign", "-f", key, "-n", "wenyam", str(desk / name)]
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=_VERB_SECONDS)
    _must(dr(lab, *words, "--text", f"{DESK}/{name}", "--signature", f"{DESK}/{name}.sig", site=site))


def _must(done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode:
        raise LabError(f"{' '.join(done.args[-8:])}: {done.stderr.strip() or done.stdout.strip()}")


def _children(process: int) -> Iterable[int]:
    return map(int, Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split())
