"""logs: whether records still arrive at a log host, and how far back they go (the Computer Crime Act asks for 90 days)."""

import re
from datetime import timezone
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, BeforeValidator, Field

from wenyam.collectors.contract import Context, Target
from wenyam.collectors.linux import log_times
from wenyam.collectors.linux.sections import PREAMBLE, Section, new_marker, sections
from wenyam.collectors.options import Options, Port
from wenyam.collectors.readings import ReadingBuilder, budget
from wenyam.collectors.ssh import run_remote
from wenyam.errors import CommandFailedError, MalformedReplyError
from wenyam.links.programs import run_program
from wenyam.model.instants import MILLISECONDS, Instant, after
from wenyam.model.samples import Reading

_PATTERN: Final = re.compile(r"/[A-Za-z0-9._/*?@%:+=,\[\]-]+")
_DOUBT: Final = 86_400.0
"""Seconds a record may be younger than the last change of its file: another zone, a clock that was set."""
_SHELL: Final = "/bin/sh"

# Words: marker, seconds for each source, then patterns. With IFS empty an unquoted pattern is spread to paths, nothing else.
SCRIPT: Final = (
    PREAMBLE
    + r"""
limit=$1; shift
unpack='case $1 in *.gz) exec gzip -dc -- "$1";; *.bz2) exec bzip2 -dc -- "$1";; *.xz) exec xz -dc -- "$1";;
*.zst) exec zstd -dcq -- "$1";; *) exec cat -- "$1";; esac'
show() { timeout "$limit" sh -c "$unpack" sh "$1" 2>/dev/null; }
last() { case $1 in *.gz|*.bz2|*.xz|*.zst) show "$1";; *) tail -n 1 -- "$1";; esac; }
source() {
  IFS=; oldest=; newest=; count=0
  for file in $1; do
    [ -f "$file" ] && [ -s "$file" ] || continue
    count=$((count + 1))
    { [ -z "$oldest" ] || [ "$file" -ot "$oldest" ]; } && oldest=$file
    { [ -z "$newest" ] || [ "$file" -nt "$newest" ]; } && newest=$file
  done
  [ "$count" -gt 0 ] || return 3
  [ -r "$oldest" ] && [ -r "$newest" ] || return 4
  stat -L -c %Y -- "$oldest"; printf '%s\n' "$(show "$oldest" | head -n 1 | head -c 2000)"
  stat -L -c %Y -- "$newest"; printf '%s\n' "$(last "$newest" | tail -n 1 | head -c 2000)"
}
section zone date +%z
number=0
for pattern; do section "source$number" source "$pattern"; number=$((number + 1)); done
section end true
exit 0
"""
)
_SAMPLES: Final = ("log_oldest_record_timestamp_seconds", "log_newest_record_timestamp_seconds")
_NOTHING, _UNREADABLE = 3, 4


def _pattern(text: str) -> str:
    if not _PATTERN.fullmatch(text) or "/../" in text:
        raise ValueError("is no absolute path with * and ? such as /var/log/traffic/*.log*")
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]


class LogOptions(Options):
    """Which logs, and how to reach the host."""

    sources: Annotated[dict[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")], Pattern], Field(min_length=1, max_length=50)]
    """By name: the files of one log, the rotated and packed ones too, as a pattern of an absolute path."""
    local: bool = False
    """Look on this machine instead of over SSH."""
    port: Port = 22
    legacy_crypto: bool = False
    unpack_seconds: Annotated[float, BeforeValidator(float), Field(gt=0, le=60)] = 10.0
    """Seconds for reading the oldest or newest file of one log."""


class LogCollector:
    """Reads `log_newest_record_timestamp_seconds` and `log_oldest_record_timestamp_seconds`, each `{source}`."""

    Config: ClassVar[type[LogOptions]] = LogOptions

    def __init__(self, config: LogOptions) -> None:
        """Take validated options."""
        self._config = config

    async def collect(self, target: Target, context: Context) -> Reading:
        """Look at every log; one that cannot be read is a failure and gives nothing, the others stay."""
        found = await self._ask(target, context)
        zone = _zone(found["zone"])
        reading = ReadingBuilder(context.memory)
        for number, (name, pattern) in enumerate(self._config.sources.items()):
            try:
                oldest, newest = _times(found[f"source{number}"], zone, pattern)
            except (CommandFailedError, MalformedReplyError) as error:
                reading.failed(type(error)(f"{name}: {error.what}"), _SAMPLES)
                continue
            reading.add("log_oldest_record_timestamp_seconds", oldest / MILLISECONDS, name)
            reading.add("log_newest_record_timestamp_seconds", newest / MILLISECONDS, name)
        return reading.build()

    async def probe(self, target: Target, context: Context) -> float:
        """Look once; seconds it took."""
        begun = context.clock.monotonic()
        await self._ask(target, context)
        return context.clock.monotonic() - begun

    async def _ask(self, target: Target, context: Context) -> dict[str, Section]:
        options, marker = self._config, new_marker()
        words = ["-c", SCRIPT, "wenyam", marker, str(options.unpack_seconds), *options.sources.values()]
        if options.local:
            done = await run_program([_SHELL, *words], timeout=budget(context), clock=context.clock)
        else:
            done = await run_remote(target, context, ["sh", *words], port=options.port, legacy_crypto=options.legacy_crypto)
        return sections(done.stdout, marker, "end")


def _zone(section: Section) -> timezone:
    try:
        return log_times.zone_of(section.text)
    except ValueError as error:
        raise MalformedReplyError(f"the host's date says '{section.text[:40]}' for its zone") from error


def _times(section: Section, zone: timezone, pattern: str) -> tuple[Instant, Instant]:
    """Return the times of the oldest and newest record of one log."""
    if section.status == _NOTHING:
        raise CommandFailedError(f"no file with a record fits {pattern}")
    if section.status == _UNREADABLE:
        raise CommandFailedError(f"the files of {pattern} may not be read by this account")
    lines = section.text.split("\n")
    if not section.good or len(lines) < 4 or not (lines[0].isdigit() and lines[2].isdigit()):  # noqa: PLR2004  # two pairs
        raise MalformedReplyError(f"what was said of {pattern} is not understood: {' '.join(section.text.split())[:200]}")
    return _time(lines[1], int(lines[0]), zone), _time(lines[3], int(lines[2]), zone)


def _time(line: str, changed: int, zone: timezone) -> Instant:
    """Return a record's time; one that is younger than its file's last change cannot be right."""
    limit = after(Instant(changed * MILLISECONDS), _DOUBT)
    found = log_times.time_of(line, zone, Instant(changed * MILLISECONDS))
    if found is None:
        raise MalformedReplyError(f"no time is found in the record '{line[:80]}'")
    if found > limit:
        raise MalformedReplyError(f"the record '{line[:80]}' is of a day after its file was last written")
    return found
