"""`wenyam backup escrow`: what belongs in the sealed envelope, and the proof that a restore works from it alone."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wenyam.model.instance import Configuration
    from wenyam.operations.escrow import Made, Proven

VERSION = 1
_NOT_PROVEN = 3


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--for", dest="people", metavar="PERSON", nargs="+", default=[], help="who can open it (default: superior, dr_committee)"
    )
    parser.add_argument("--output", metavar="FILE", type=Path, help="write it to a new file of mode 0600 instead of stdout")
    parser.add_argument("--status", action="store_true", help="when it was made and proven, and what changed since")
    parser.add_argument("--prove", metavar="ENVELOPE", type=Path, help="restore on an empty place from this envelope alone")
    parser.add_argument("--identity", metavar="KEY", type=Path, help="with --prove: SSH private key of somebody it is for")
    parser.add_argument(
        "--to", metavar="DIR", type=Path, help="with --prove: an empty or new directory; what comes back stays there"
    )
    parser.add_argument("--job", metavar="JOB", default="", help="with --prove: this job (default: the first)")
    parser.add_argument("--from-copy", metavar="REPOSITORY", default="", help="with --prove: from this repository")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Write, prove or look; 0 done, 1 failed, 3 never proven or no longer as it is."""
    from wenyam.errors import UsageError  # noqa: PLC0415  # loaded for this verb only
    from wenyam.settings.loader import load  # noqa: PLC0415  # same

    if arguments.prove is not None and (arguments.identity is None or arguments.to is None):
        raise UsageError("--prove needs --identity KEY, whose private key opens it, and --to DIR, an empty place")
    configuration = load(arguments.config)
    if arguments.status:
        return _status(configuration, as_json=arguments.json)
    if arguments.prove is not None:
        return _prove(configuration, arguments)
    return _make(configuration, arguments)


def _make(configuration: "Configuration", arguments: argparse.Namespace) -> int:
    if arguments.output is None:
        made = _made(configuration, arguments.people)
    else:
        made = _made_into(configuration, arguments.people, arguments.output)
    if arguments.json:
        shape = {
            "version": VERSION, "sha256": made.digest, "fact": made.fact.sequence, "opens": [str(each) for each in made.openers],
            "notes": [*made.notes], "text": None if arguments.output else made.text,
            "output": None if arguments.output is None else str(arguments.output),
        }  # fmt: skip
        print(json.dumps(shape, ensure_ascii=False))
    elif arguments.output is None:
        print(made.text, end="")
    for note in made.notes:
        print(f"note: {note}", file=sys.stderr)
    print(f"opened by: {', '.join(str(each) for each in made.openers)}", file=sys.stderr)
    print("print it, seal it, then prove it: wenyam backup escrow --prove FILE --identity KEY --to DIR", file=sys.stderr)
    return 0


def _made_into(configuration: "Configuration", people: list[str], path: Path) -> "Made":
    """Make the file first, so that no envelope is on record that could not be written."""
    from wenyam.errors import UsageError  # noqa: PLC0415  # loaded for this verb only
    from wenyam.store.files import explained  # noqa: PLC0415  # same

    with explained(path):
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except FileExistsError as error:
            raise UsageError(f"{path} exists and is left as it is; name a new file") from error
        try:
            with os.fdopen(descriptor, "wb") as file:
                made = _made(configuration, people)
                file.write(made.text.encode())
        except BaseException:
            path.unlink()
            raise
    return made


def _made(configuration: "Configuration", people: list[str]) -> "Made":
    import asyncio  # noqa: PLC0415  # loaded for this verb only

    from wenyam.clock import SystemClock  # noqa: PLC0415  # loaded for this verb only
    from wenyam.operations import escrow  # noqa: PLC0415  # same
    from wenyam.operations.actor import present_actor  # noqa: PLC0415  # same
    from wenyam.store.sqlite import open_writer  # noqa: PLC0415  # same

    instance, clock = configuration.instance, SystemClock()
    writer = open_writer(
        Path(instance.state_directory), clock, instance.name, rules=instance.retention, ballast_bytes=instance.ballast_bytes
    )
    try:
        return asyncio.run(escrow.make(configuration, clock, writer, present_actor(configuration.inventory), people))
    finally:
        writer.close()


def _prove(configuration: "Configuration", arguments: argparse.Namespace) -> int:
    proven = _proven(configuration, arguments)
    done = proven.rehearsal
    if arguments.json:
        shape = {"version": VERSION, "fact": proven.fact.sequence, "note": proven.note, "hashed": str(done.hashed)}
        print(json.dumps(shape | dict(proven.fact.fact.body), ensure_ascii=False))
        return 0
    print(f"PROVEN: {done.job}, snapshot {done.snapshot.id[:8]} of '{done.repository}', from the envelope alone")
    print(f"  {done.files} files, {done.bytes} bytes, {done.seconds:.1f} s; {done.hashed} has the SHA-256 {done.sha256}")
    if proven.note:
        print(f"  but: {proven.note}")
    print(f"  what came back is in {arguments.to}; look at it, then remove it", file=sys.stderr)
    return 0


def _proven(configuration: "Configuration", arguments: argparse.Namespace) -> "Proven":
    import asyncio  # noqa: PLC0415  # loaded for this verb only

    from wenyam.clock import SystemClock  # noqa: PLC0415  # loaded for this verb only
    from wenyam.operations import escrow  # noqa: PLC0415  # same
    from wenyam.operations.actor import present_actor  # noqa: PLC0415  # same
    from wenyam.operations.confirmation_evidence import read  # noqa: PLC0415  # same
    from wenyam.store.sqlite import open_writer  # noqa: PLC0415  # same

    instance, clock = configuration.instance, SystemClock()
    text = read(arguments.prove).decode("utf-8", "replace")
    writer = open_writer(
        Path(instance.state_directory), clock, instance.name, rules=instance.retention, ballast_bytes=instance.ballast_bytes
    )
    try:
        return asyncio.run(
            escrow.prove(
                configuration, clock, writer, present_actor(configuration.inventory), text=text,
                identity=arguments.identity.absolute(), workdir=arguments.to.absolute(), job=arguments.job,
                repository=arguments.from_copy,
            )
        )  # fmt: skip
    finally:
        writer.close()


def _status(configuration: "Configuration", *, as_json: bool) -> int:
    from wenyam.clock import SystemClock  # noqa: PLC0415  # loaded for this verb only
    from wenyam.i18n.dates import format_with_zone  # noqa: PLC0415  # same
    from wenyam.model.instants import to_iso  # noqa: PLC0415  # same
    from wenyam.operations import escrow  # noqa: PLC0415  # same
    from wenyam.store.sqlite import open_reader  # noqa: PLC0415  # same

    reader = open_reader(Path(configuration.instance.state_directory))
    try:
        found = escrow.state(configuration, reader, SystemClock().now())
    finally:
        reader.close()
    zone = configuration.instance.availability.time_zone
    made, proven = (
        None if moment is None else to_iso(moment) if as_json else format_with_zone(moment, zone)
        for moment in (found.made, found.proven)
    )
    if as_json:
        shape = {
            "version": VERSION, "made": made, "proven": proven, "sha256": found.digest, "opens": [*found.openers],
            "changes": [*found.changes], "untested": [*found.untested],
        }  # fmt: skip
        print(json.dumps(shape, ensure_ascii=False))
    else:
        print(f"made: {made or 'never'}\nproven: {proven or 'never'}")
        for word, lines in (("opens", found.openers), ("changed", found.changes), ("not tested", found.untested)):
            print("".join(f"{word}: {line}\n" for line in lines), end="")
    return 0 if found.proven is not None and not found.changes + found.untested else _NOT_PROVEN
