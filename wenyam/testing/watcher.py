"""A real watcher as a process of its own, for tests: started, asked over its control socket, stopped or killed by pid."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from wenyam.errors import WatcherSilentError
from wenyam.links.control import ask

POLL_SECONDS = 0.1
START_SECONDS = 60.0
STOP_SECONDS = 30.0
"""It takes one or two, with 3,300 devices too; a busy machine may make it wait."""

Rows = dict[str, dict[str, Any]]


class RunningWatcher:
    """`wenyam run` on a configuration folder; `prefix` are the words that bring a program to the lab's network."""

    def __init__(
        self,
        folder: Path,
        run_directory: Path,
        log: Path,
        prefix: Sequence[str] = (),
        options: Sequence[str] = (),
        *,
        module: Sequence[str] = ("wenyam",),
    ) -> None:
        """Name the configuration, where the control socket will be and where stderr goes; starts nothing.

        `module` may be another one that takes the same words after its own.
        """
        self._words = [*prefix, sys.executable, "-m", *module, "--config", str(folder), "run", *options]
        self._socket = run_directory / "control.sock"
        self._log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start and wait until the control socket answers."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(self._words, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self.wait_for(lambda rows: rows is not None, START_SECONDS, "the watcher answers")
        return self

    @property
    def pid(self) -> int:
        """The process id of the running watcher."""
        if self.process is None:
            raise RuntimeError("not started")
        return self.process.pid

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it and return its exit code; harmless when it has ended."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            os.kill(self.process.pid, how)
        code = self.process.wait(STOP_SECONDS)
        self.process = None
        return code

    def states(self) -> Rows | None:
        """Return every state by subject, or None while nobody answers."""
        try:
            answer = ask(self._socket, {"action": "snapshot"})
        except WatcherSilentError:
            return None
        return {row["subject"]: row for row in answer["states"]}

    def wait_for(self, wanted: Callable[[Rows | None], bool], seconds: float, what: str) -> float:
        """Poll until the states are as wanted; return the seconds it took, AssertionError with the log's tail otherwise."""
        begun = time.monotonic()
        while time.monotonic() - begun < seconds:
            rows = self.states()
            if wanted(rows):
                return time.monotonic() - begun
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError(f"the watcher ended with {self.process.returncode}: {self.tail()}")
            time.sleep(POLL_SECONDS)
        raise AssertionError(f"not within {seconds:g} s: {what}\n{self._trouble()}\n{self.tail()}")

    def wait_state(self, subject: str, state: str, seconds: float) -> float:
        """Wait until one subject has this state."""
        return self.wait_for(
            lambda rows: rows is not None and rows.get(subject, {}).get("state") == state, seconds, f"{subject} is {state}"
        )

    def tail(self) -> str:
        """Return the end of the log."""
        return self._log.read_text(errors="replace")[-2000:]

    def _trouble(self) -> str:
        rows = self.states() or {}
        bad = {name: row for name, row in rows.items() if row["state"] not in ("up", "ok")}
        return "\n".join(f"{name} {row['state']} {row['summary']}" for name, row in bad.items())

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End it."""
        self.stop()
