"""A dump made by any program, here or on the job's device over SSH: Oracle's, SQL Server's, or one of your own."""

import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Final

from wenyam.backup.comparison import NOTES, UNSETTLED, shown, value_of
from wenyam.backup.contract import Dump, Restored, Workplace
from wenyam.backup.sources.command_options import DUMP, QUESTION, SCRATCH, CommandOptions
from wenyam.backup.sources.command_place import LINES_LIMIT, Here, Place, There
from wenyam.backup.sources.dump_files import Made, check, common_place, made, parts_of
from wenyam.backup.sources.pace import Pace, in_thread, seconds_left
from wenyam.errors import (
    BackupError,
    BudgetSpentError,
    CommandFailedError,
    NoAnswerError,
    NotTestedError,
    RestoreError,
    SourceError,
)
from wenyam.links.programs import Completed, run_program
from wenyam.model.backup import Manifest, Parts
from wenyam.model.instants import Instant

_STDOUT: Final = "dump"
_SECTION: Final = "dump files"


class CommandSource:
    """Runs the program, judges what it left, and proves it with the commands it was given, or says NOT TESTED."""

    Config: ClassVar[type[CommandOptions]] = CommandOptions

    def __init__(self, config: CommandOptions) -> None:
        """Take validated options."""
        self._config = config

    async def dump(self, workplace: Workplace) -> Dump:
        """Make the dump; SourceError unless exit code, size, end and age of what it left are as they should be."""
        place = There(workplace, self._config) if workplace.address else Here(workplace, self._config)
        taken = workplace.clock.now()
        before = await self._measure(place)
        found = await self._run(workplace, place)
        after = await self._measure(place)
        parts: dict[str, Mapping[str, str]] = {**_agreed(before, after), _SECTION: parts_of(found)}
        manifest = Manifest("command", taken, parts)
        return Dump(tuple(each.path for each in found), manifest, digests={each.path: each.sha256 for each in found})

    async def _run(self, workplace: Workplace, place: Place) -> Sequence[Made]:
        config = self._config
        old = await place.looks(config.files)
        output = workplace.spool / _STDOUT
        output.unlink(missing_ok=True)
        words = [config.program, *config.arguments]
        with _failing(SourceError):
            done = await place.run(words, output=None if config.files else output)
        _judge(config.program, done, config.success_exit_codes, SourceError)
        paths = await place.take(config.files, old) if config.files else [output]

        def work(pace: Pace) -> Sequence[Made]:
            found = [made(path, name, pace) for path, name in zip(paths, config.files or (_STDOUT,), strict=True)]
            for each in found:
                check(each, config)
            return found

        return await in_thread(workplace, "reading the dump", work)

    async def _measure(self, place: Place) -> Parts:
        words = self._config.measure
        if words is None:
            return {}
        with _failing(SourceError):
            done = await place.run(words)
        _judge(words[0], done, (0,), SourceError)
        return parse(done.stdout, words[0], SourceError)

    @contextlib.asynccontextmanager
    async def restored(self, workplace: Workplace, fetched: Path, manifest: Manifest) -> AsyncIterator[Restored]:
        """Run the restore command on this machine; NotTestedError when there is none to run."""
        config = self._config
        if config.restore is None or not config.provable:
            raise NotTestedError(
                "this job names no 'measure', 'restore' and 'compare' commands",
                hint="Name all three; until then its backups are stored, and nothing is known about them.",
            )
        where = RestoredDump(workplace, config, _fetched(workplace, manifest, fetched), manifest.taken)
        try:
            await where.run(config.restore)
            yield where
        finally:
            if config.remove is not None:
                await where.run(config.remove)


class RestoredDump:
    """What the restore command made."""

    def __init__(self, workplace: Workplace, config: CommandOptions, dumps: Sequence[tuple[Path, str]], taken: Instant) -> None:
        """Take the dumps that came back, each with its name at backup time."""
        self._workplace = workplace
        self._config = config
        self._dumps = dumps
        self._taken = taken

    async def manifest(self) -> Manifest:
        """Measure the dumps that came back, and let the compare command measure what was restored from them."""

        def work(pace: Pace) -> Sequence[Made]:
            return [made(path, name, pace, RestoreError) for path, name in self._dumps]

        came = await in_thread(self._workplace, "reading the dump", work, RestoreError)
        words = self._config.compare or ()
        parts = parse((await self.run(words)).stdout, words[0], RestoreError)
        return Manifest("command", self._taken, {**parts, _SECTION: parts_of(came)})

    async def answer(self, question: str) -> str:
        """Let the ask command answer; its first line is the answer."""
        if self._config.ask is None:
            raise NotTestedError("this job names no 'ask' command that could answer a question")
        said = (await self.run(self._config.ask, question)).stdout.decode("utf-8", "replace")
        return said.strip().partition("\n")[0]

    async def run(self, words: Sequence[str], question: str = "") -> Completed:
        """Run one of the commands on this machine with its placeholders filled; RestoreError unless it ends with 0."""
        stands = {
            DUMP: common_place([path for path, _ in self._dumps]),
            SCRATCH: str(self._workplace.scratch),
            QUESTION: question,
        }
        filled = [words[0], *(_filled(word, stands) for word in words[1:])]
        with _failing(RestoreError):
            done = await run_program(
                filled, timeout=max(0.01, seconds_left(self._workplace)), output_limit=LINES_LIMIT, clock=self._workplace.clock
            )
        _judge(words[0], done, (0,), RestoreError)
        return done


def parse(output: bytes, program: str, complain: type[BackupError]) -> Parts:
    """Read `section<TAB>item<TAB>value` lines; anything else, twice the same or nothing at all is an error."""
    parts: dict[str, dict[str, str]] = {}
    lines = output.decode("utf-8", "surrogateescape").split("\n")
    for number, line in enumerate(lines if lines[-1] else lines[:-1], 1):
        fields = line.split("\t", 2)
        if len(fields) != 3 or not fields[0] or fields[0] in {*NOTES, _SECTION}:  # noqa: PLR2004  # as the sentence says
            raise complain(f"{program}: line {number} is no 'section<TAB>item<TAB>value': '{shown(line)}'")
        section, item, value = fields
        if parts.setdefault(section, {}).setdefault(item, value) != value:
            raise complain(f"{program}: line {number} tells '{shown(item)}' of {shown(section)} twice, and differently")
    if not parts:
        raise complain(f"{program} printed no line to compare")
    return parts


def _agreed(before: Parts, after: Parts) -> dict[str, Mapping[str, str]]:
    """Return what was measured after the dump, with a note of each value that was another one before it."""
    moved: dict[str, str] = {}
    for section in sorted({*before, *after}):
        old, new = before.get(section, {}), after.get(section, {})
        for item in sorted({*old, *new}):
            if old.get(item) != new.get(item):
                how = f"{shown(old.get(item, 'absent'))} before the dump, {shown(new.get(item, 'absent'))} after it"
                moved[value_of(section, item)] = how
    return {**after, **({UNSETTLED: moved} if moved else {})}


def _fetched(workplace: Workplace, manifest: Manifest, fetched: Path) -> list[tuple[Path, str]]:
    """Return the dumps of backup time where they lie now; what is missing is left to the measuring of each."""
    spool = fetched / workplace.spool.relative_to("/")
    names = manifest.parts.get(_SECTION, {})
    if not names:
        raise RestoreError("the manifest of backup time names no dump file")
    return [(next(_places(name, spool, fetched)), name) for name in names]


def _places(name: str, spool: Path, fetched: Path) -> Iterator[Path]:
    """Give where a dump may lie: output and files of a device in the spool, files of this machine in their own place."""
    inside = spool / name.lstrip("/")
    if inside.exists() or name == _STDOUT:
        yield inside
    yield fetched / name.lstrip("/")


def _filled(word: str, stands: Mapping[str, str]) -> str:
    for placeholder, text in stands.items():
        word = word.replace(placeholder, text)
    return word


def _judge(program: str, done: Completed, good: Sequence[int], complain: type[BackupError]) -> None:
    if done.exit_status in good:
        return
    how = f"was ended by signal {-done.exit_status}" if done.exit_status < 0 else f"ended with exit code {done.exit_status}"
    words = shown(done.stderr[-2000:].decode("utf-8", "replace").strip(), 300)
    raise complain(f"{program} {how}" + (f": {words}" if done.stderr.strip() else ""))


@contextlib.contextmanager
def _failing(complain: type[BackupError]) -> Iterator[None]:
    """Say that a program could not be run to its end as an error of this backup or restore; a failed login stays what it is."""
    try:
        yield
    except (CommandFailedError, NoAnswerError, BudgetSpentError) as error:
        raise complain(error.what, hint=error.advice) from error
