"""Starts restic for one or two repositories: location and key in the environment, what it says judged, nothing secret shown."""

import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote

from wenyam.backup.repositories.complaints import HOPELESS, Said, complaints, failure
from wenyam.backup.repositories.destination import Reach
from wenyam.clock import Clock
from wenyam.errors import CollectError, NoAnswerError, RepositoryError
from wenyam.links.processes import CLEAN_ENVIRONMENT
from wenyam.links.programs import OnLine, run_program
from wenyam.links.ssh_launcher import ssh_launcher
from wenyam.store.files import explained

_OUTPUT_LIMIT: Final = 64 << 20
_FIRST_LINES, _LAST_LINES = 400, 100
_STRUCK: Final = "***"
_KILLED: Final = -9
_PRIVATE: Final = 0o700


@dataclass(frozen=True, slots=True)
class Door:
    """One repository as restic is told of it."""

    name: str
    reach: Reach
    key: Mapping[str, str] = field(repr=False)
    """PASSWORD or PASSWORD_FILE, and its value."""

    def environment(self, prefix: str = "RESTIC_") -> dict[str, str]:
        """Return the variables for restic; `RESTIC_FROM_` for the repository that is copied from."""
        own = {f"{prefix}{name}": value for name, value in {"REPOSITORY": self.reach.location, **self.key}.items()}
        return {**own, **self.reach.environment}

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return what must never be shown."""
        password = self.key.get("PASSWORD")
        return (*self.reach.secrets, *((password,) if password else ()))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call that ended well printed, and the complaints that did no harm."""

    stdout: bytes
    complaints: tuple[str, ...]


class _HopelessError(Exception):
    """Trying again cannot help, though the program would."""


class _Words:
    """Keeps the first and the last lines of what may be very many; ends the call at one after which nothing will come of it."""

    def __init__(self) -> None:
        self._first: list[bytes] = []
        self._last: deque[bytes] = deque(maxlen=_LAST_LINES)

    def add(self, line: bytes) -> None:
        (self._first if len(self._first) < _FIRST_LINES else self._last).append(line)
        if HOPELESS.match(line.decode("utf-8", "replace")):
            raise _HopelessError

    @property
    def text(self) -> str:
        return b"\n".join((*self._first, *self._last)).decode("utf-8", "replace")


class ResticProgram:
    """The restic of this machine."""

    def __init__(self, path: Callable[[], str], cache: Path, clock: Clock) -> None:
        """Take how to find it, and a directory for its cache, which is made when first needed."""
        self._path = path
        self._cache = cache
        self._clock = clock

    async def version(self, seconds: float) -> str:
        """Return what it says of itself."""
        try:
            done = await run_program([self._path(), "version"], timeout=seconds, clock=self._clock)
        except CollectError as error:
            raise RepositoryError(error.what, hint=error.advice) from error
        return done.stdout.decode("utf-8", "replace")

    async def call(
        self,
        door: Door,
        command: str,
        *words: str,
        seconds: float,
        second: Door | None = None,
        cached: bool = False,
        on_line: OnLine | None = None,
        on_chunk: OnLine | None = None,
    ) -> Answer:
        """Run one command; a BackupError unless it ended well and all it said is known to be harmless.

        Without `cached` everything is read from the repository itself: a listing
        or a restore out of restic's cache would prove nothing.
        """
        variables = {**(second.environment("RESTIC_FROM_") if second else {}), **door.environment()}
        said = _Words()
        try:
            with self._logins(door, second) as (logins, path):
                done = await run_program(
                    [self._path(), command, *self._general(door, second, cached=cached), *logins, *words],
                    timeout=max(0.0, seconds),
                    environment={"RESTIC_PROGRESS_FPS": "2", **path, **variables},
                    output_limit=_OUTPUT_LIMIT,
                    clock=self._clock,
                    ends_with_us=True,
                    on_line=on_line,
                    on_chunk=on_chunk,
                    on_error_line=said.add,
                )
        except _HopelessError as error:
            raise _found(door.name, _said(command, _KILLED, said, door, second)) from error
        except NoAnswerError as error:
            raise _late(door.name, _said(command, _KILLED, said, door, second), seconds) from error
        except CollectError as error:
            raise RepositoryError(f"{door.name}: {error.what}", hint=error.advice) from error
        result = _said(command, done.exit_status, said, door, second)
        error_found = failure(door.name, result)
        if error_found is not None:
            raise error_found
        return Answer(done.stdout, complaints(result))

    @contextlib.contextmanager
    def _logins(self, door: Door, second: Door | None) -> Iterator[tuple[Sequence[str], Mapping[str, str]]]:
        """Give the words or the search path by which restic starts ssh: it takes one command only, also for two servers."""
        with explained(self._cache):
            _make_private(self._cache)
        commands = {one.reach.ssh for one in (door, second) if one is not None and one.reach.ssh is not None}
        if len(commands) < 2:  # noqa: PLR2004  # one server, or the same one twice
            yield [word for one in commands for word in ("-o", f"sftp.command={' '.join(one.words)}")], {}
            return
        with ssh_launcher(self._cache, tuple(commands)) as place:
            yield (), {"PATH": f"{place}:{CLEAN_ENVIRONMENT['PATH']}"}

    def _general(self, door: Door, second: Door | None, *, cached: bool) -> list[str]:
        doors = (door,) if second is None else (door, second)
        trusted = [word for one in doors if one.reach.authority for word in ("--cacert", one.reach.authority)]
        return ["--cache-dir", str(self._cache), *([] if cached else ["--no-cache"]), *trusted]


def _make_private(directory: Path) -> None:
    """Make a directory and those above it that are missing, each for this account alone: the spool may be among them."""
    if not directory.parent.exists():
        _make_private(directory.parent)
    directory.mkdir(mode=_PRIVATE, exist_ok=True)


def _said(command: str, status: int, words: _Words, door: Door, second: Door | None) -> Said:
    text = words.text
    secrets = (*door.secrets, *(second.secrets if second else ()))
    for secret in sorted({*secrets, *(quote(each, safe="") for each in secrets)}, key=len, reverse=True):
        text = text.replace(secret, _STRUCK)
    return Said(command, status, text)


def _found(name: str, said: Said) -> Exception:
    return failure(name, said) or RepositoryError(f"{name}: restic {said.command} was killed")


def _late(name: str, said: Said, seconds: float) -> Exception:
    """Return why a call took too long: what it complained of until then, or nothing but time."""
    late = f"restic {said.command} did not end within {seconds:.3g} s and was killed"
    if complaints(said):
        known = failure(f"{name}: {late}", said)
        if known is not None:
            return known
    return RepositoryError(f"{name}: {late}")
