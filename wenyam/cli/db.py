"""`wenyam db`: look into the database, check the file, export a table, take a verified copy."""

import argparse
import json
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from wenyam.cli.parsing import nested
from wenyam.errors import UsageError
from wenyam.model.instants import Instant, Period, from_datetime, to_iso

if TYPE_CHECKING:
    from wenyam.store.inspection import Information

_BUDDHIST = 2400
_ZONE = "Asia/Bangkok"
_FOREVER = Period(Instant(-(2**53)), Instant(2**53))


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-verbs and their options."""
    add_state_option(parser)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, sentence in (("info", "size, rows, age and head"), ("check", "check pages, indices, references and triggers")):
        verb = verbs.add_parser(name, help=sentence, description=sentence)
        verb.add_argument("--json", action="store_true", help="print one JSON object")
    verb = verbs.add_parser(
        "export", help="print a table", description="Print a table as JSON or CSV; times are ISO 8601 in UTC."
    )
    verb.add_argument("table", metavar="TABLE")
    verb.add_argument("--format", choices=("json", "csv"), default="json")
    add_period_options(verb)
    verb = verbs.add_parser(
        "backup", help="take a verified copy", description="Copy the database while others write, and verify it."
    )
    verb.add_argument("file", metavar="FILE", type=Path)
    verb.add_argument("--json", action="store_true", help="print one JSON object")
    verb = verbs.add_parser("vacuum", help="give free pages back", description="Rewrite the database; only while no daemon runs.")
    verb.add_argument("--json", action="store_true", help="print one JSON object")
    add_state_option_behind(parser)


def add_state_option(parser: argparse.ArgumentParser) -> None:
    """Declare `--state`."""
    sentence = "state directory (default: instance.state_directory of the configuration)"
    parser.add_argument("--state", metavar="DIRECTORY", type=Path, help=sentence)


def add_state_option_behind(parser: argparse.ArgumentParser) -> None:
    """Let `--state` stand behind the sub-verb too."""
    for below in nested(parser):
        below.add_argument("--state", metavar="DIRECTORY", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def add_period_options(parser: argparse.ArgumentParser) -> None:
    """Declare `--from` and `--to`."""
    for option, sentence in (("--from", "from this time on"), ("--to", "before this time")):
        help_text = f"{sentence}: YYYY-MM-DD or YYYY-MM-DDTHH:MM[:SS][+HH:MM|Z], {_ZONE} unless it says otherwise"
        parser.add_argument(option, metavar="TIME", type=instant, dest=option.strip("-") + "_time", help=help_text)


def instant(text: str) -> Instant:
    """Read a date or time of the command line; a date is its first instant."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a time like 2026-11-01 or 2026-11-01T08:30") from None
    if moment.year >= _BUDDHIST:
        raise argparse.ArgumentTypeError(f"'{text}' has a Buddhist-era year; write {moment.year - 543}")
    return from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(_ZONE)))


def period_of(arguments: argparse.Namespace) -> Period | None:
    """Return the period asked for, None for all time."""
    start, end = arguments.from_time, arguments.to_time
    if start is None and end is None:
        return None
    start, end = (_FOREVER.start if start is None else start), (_FOREVER.end if end is None else end)
    if end < start:
        raise UsageError("--to is before --from")
    return Period(start, end)


def state_directory(arguments: argparse.Namespace) -> Path:
    """Return the state directory: `--state`, else the configuration's."""
    return state_and_zone(arguments)[0]


def state_and_zone(arguments: argparse.Namespace) -> tuple[Path, str]:
    """Return the state directory and the zone of times for people; with `--state` there is no configuration to name one."""
    if arguments.state is not None:
        return Path(arguments.state), _ZONE
    from wenyam.settings.loader import load  # noqa: PLC0415  # not needed with --state

    instance = load(arguments.config).instance
    return Path(instance.state_directory), instance.availability.time_zone


def run(arguments: argparse.Namespace) -> int:
    """Run a sub-verb; return the exit code."""
    directory, time_zone = state_and_zone(arguments)
    if arguments.verb == "info":
        return _info(directory, time_zone, arguments)
    verbs = {"check": _check, "export": _export, "backup": _backup, "vacuum": _vacuum}
    return verbs[arguments.verb](directory, arguments)


def _info(directory: Path, time_zone: str, arguments: argparse.Namespace) -> int:
    from wenyam.cli.local_times import moment, zone_line  # noqa: PLC0415  # loaded by the sub-verb that needs it
    from wenyam.store.inspection import information  # noqa: PLC0415  # as above
    from wenyam.store.sqlite import open_reader  # noqa: PLC0415  # as above

    reader = open_reader(directory)
    try:
        found = information(directory, reader)
    finally:
        reader.close()
    if arguments.json:
        print(json.dumps({"version": 1, **_shape(found, to_iso), "rows": found.rows}, ensure_ascii=False))
        return 0
    shape = _shape(found, lambda instant: moment(instant, time_zone))
    for name, value in [*shape.items(), *found.rows.items()]:
        print(f"{name:<16} {value if value is not None else '-'}")
    print(zone_line(time_zone))
    return 0


def _shape(found: "Information", moment: Callable[[Instant], str]) -> dict[str, object]:
    oldest, newest, heartbeat = (None if each is None else moment(each) for each in (found.oldest, found.newest, found.heartbeat))
    return {
        "path": str(found.path), "instance": found.instance, "schema": found.schema, "bytes": found.size,
        "free_bytes": found.free, "oldest": oldest, "newest": newest, "heartbeat": heartbeat,
        "head_sequence": found.head.sequence, "head_digest": found.head.digest,
    }  # fmt: skip


def _check(directory: Path, arguments: argparse.Namespace) -> int:
    from wenyam.store.inspection import problems  # noqa: PLC0415  # loaded by the sub-verb that needs it
    from wenyam.store.sqlite import open_reader  # noqa: PLC0415  # as above

    reader = open_reader(directory)
    try:
        found = problems(reader)
    finally:
        reader.close()
    if arguments.json:
        print(json.dumps({"version": 1, "sound": not found, "problems": found}, ensure_ascii=False))
    else:
        print("\n".join(found) or "sound")
    return 1 if found else 0


def _export(directory: Path, arguments: argparse.Namespace) -> int:
    from wenyam.store.inspection import export  # noqa: PLC0415  # loaded by the sub-verb that needs it
    from wenyam.store.sqlite import open_reader  # noqa: PLC0415  # as above

    reader = open_reader(directory)
    try:
        count = export(reader, arguments.table, arguments.format, sys.stdout, period_of(arguments))
    finally:
        reader.close()
    print(f"{count} rows", file=sys.stderr)
    return 0


def _backup(directory: Path, arguments: argparse.Namespace) -> int:
    from wenyam.store.copies import back_up  # noqa: PLC0415  # loaded by the sub-verb that needs it
    from wenyam.store.heads import as_json  # noqa: PLC0415  # as above
    from wenyam.store.sqlite import open_reader  # noqa: PLC0415  # as above

    reader = open_reader(directory)
    try:
        copy = back_up(reader, arguments.file)
    finally:
        reader.close()
    if arguments.json:
        print(
            json.dumps({"version": 1, "file": str(copy.path), "bytes": copy.size, "head": as_json(copy.head)}, ensure_ascii=False)
        )
    else:
        print(f"{copy.path}: {copy.size} bytes, verified to fact {copy.head.sequence}")
    return 0


def _vacuum(directory: Path, arguments: argparse.Namespace) -> int:
    from wenyam.store.copies import vacuum  # noqa: PLC0415  # loaded by the sub-verb that needs it

    won = vacuum(directory)
    print(json.dumps({"version": 1, "bytes_won": won}) if arguments.json else f"{won} bytes given back")
    return 0
