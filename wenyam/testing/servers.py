"""What every real server of the tests and the lab shares: a port, a start that waits for its answer, a stop that is sure."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

START_SECONDS = 30.0
STOP_SECONDS = 10.0
_POLL_SECONDS = 0.02


class ServerFailedError(RuntimeError):
    """A test server did not start; the message ends with what it wrote."""


def accepts(address: str, port: int) -> bool:
    """Tell whether somebody accepts TCP connections there."""
    try:
        with socket.create_connection((address, port), timeout=1.0):
            return True
    except OSError:
        return False


def as_account(account: str) -> list[str]:
    """Return the words that start a program as this account when we are root; none when we are not.

    Inside `unshare --map-root-user` only one real user exists: there a nested user namespace gives it the account's name.
    """
    if os.geteuid() != 0:
        return []
    entry = pwd.getpwnam(account)
    if is_mapped(entry.pw_uid):
        return ["/usr/bin/setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups", "--"]
    return ["/usr/bin/unshare", "--user", f"--map-user={entry.pw_uid}", f"--map-group={entry.pw_gid}", "--"]


def give_to_account(path: Path, account: str) -> None:
    """Make the account the owner of a directory where that is needed and possible."""
    if os.geteuid() == 0 and is_mapped(pwd.getpwnam(account).pw_uid):
        entry = pwd.getpwnam(account)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def is_mapped(uid: int) -> bool:
    """Tell whether this user id exists in our user namespace."""
    ranges = (line.split() for line in Path("/proc/self/uid_map").read_text(encoding="ascii").splitlines())
    return any(int(first) <= uid < int(first) + int(count) for first, _, count in ranges)


class RealServer:
    """A program in a directory of its own, started by `with` or `start()` and gone after `stop()`."""

    name = "server"

    def __init__(self, address: str, directory: Path | None) -> None:
        """Take the address to listen on and a directory; a temporary one, removed at the end, when None."""
        self.address = address
        self._own_directory = directory is None
        self.directory = Path(tempfile.mkdtemp(prefix=f"wenyam-{self.name}-")) if directory is None else directory
        self.directory.mkdir(parents=True, exist_ok=True)
        self.log = self.directory / f"{self.name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> Sequence[str]:
        """Return the argument list that starts the server in the foreground."""
        raise NotImplementedError

    def ready(self) -> bool:
        """Tell whether it answers."""
        raise NotImplementedError

    @property
    def process_id(self) -> int:
        """Id of the server's process; ServerFailedError when it does not run."""
        if self._process is None:
            raise ServerFailedError(f"{self.name} is not running")
        return self._process.pid

    @property
    def running(self) -> bool:
        """True while its process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self, seconds: float = START_SECONDS) -> None:
        """Start it and wait until it answers; ServerFailedError with its own words when it does not."""
        if self.running:
            return
        with self.log.open("ab") as log:
            self._process = self._launch(log)
        self.wait_until(self.ready, seconds)

    def _launch(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            list(self.command()),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=self.directory,
            start_new_session=True,
        )

    def wait_until(self, condition: Callable[[], bool], seconds: float = START_SECONDS) -> None:
        """Poll until the condition holds; ServerFailedError when time is up or the process ended."""
        deadline = time.monotonic() + seconds
        while not condition():
            if not self.running or time.monotonic() > deadline:
                words = self.words()
                self.stop()
                raise ServerFailedError(f"{self.name} at {self.address} did not become ready in {seconds} s:\n{words}")
            time.sleep(_POLL_SECONDS)

    def words(self) -> str:
        """Return the end of what the server wrote."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-2000:] if self.log.exists() else ""

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop it, kill it if it will not go, and with it what it started."""
        process, self._process = self._process, None
        if process is None:
            return
        started = _descendants(process.pid)
        if process.poll() is None:
            process.send_signal(how)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        for left in (process.pid, *started):
            _end_group(left)
        process.wait()

    def kill(self) -> None:
        """End it as a crash would."""
        self.stop(signal.SIGKILL)

    def freeze(self) -> None:
        """Stop its clock: it accepts nothing and answers nothing until `thaw`."""
        os.killpg(self.process_id, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        os.killpg(self.process_id, signal.SIGCONT)

    def remove(self) -> None:
        """Stop it and remove its temporary directory."""
        self.stop()
        if self._own_directory:
            shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> Self:
        """Start."""
        try:
            self.start()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop, and remove the temporary directory."""
        self.remove()


def _descendants(parent: int) -> list[int]:
    """Return the ids of everything a process started; sshd's sessions leave its process group."""
    try:
        lists = [path.read_text(encoding="ascii") for path in Path(f"/proc/{parent}/task").glob("*/children")]
    except OSError:
        return []
    children = [int(child) for listed in lists for child in listed.split()]
    return children + [further for child in children for further in _descendants(child)]


def _end_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
