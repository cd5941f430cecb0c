"""`wenyam availability correct`: the text a superior signs, and the signature taken back."""

import argparse
import json
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wenyam.operations.corrections import CorrectionDesk

VERSION = 1
_LARGEST = 64 << 10
STATES = ("up", "down", "unreachable", "unknown", "planned")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options that only `correct` takes."""
    group = parser.add_argument_group("correct", "availability correct SUBJECT: say afterwards what a stretch of time really was")
    group.add_argument("--from", dest="starts", metavar="TIME", help="correct: begin, 2026-11-28T22:00 (the instance's zone)")
    group.add_argument("--until", dest="ends", metavar="TIME", help="correct: end; a date counts to its end")
    group.add_argument("--state", choices=STATES, help="correct: what it really was")
    group.add_argument("--reason", metavar="TEXT", default="", help="correct: why")
    group.add_argument(
        "--text", metavar="FILE", default="-", help="correct: write the text to sign here; with --signature read it"
    )
    group.add_argument("--signature", metavar="FILE", type=Path, help="correct: take the signature of that text back")


def run(arguments: argparse.Namespace) -> int:
    """Write the text, or take the signature in."""
    from wenyam.clock import SystemClock  # noqa: PLC0415  # loaded for this verb only
    from wenyam.operations.actor import present_actor  # noqa: PLC0415  # same
    from wenyam.operations.corrections import CorrectionDesk  # noqa: PLC0415  # same
    from wenyam.settings.loader import load  # noqa: PLC0415  # same

    configuration = load(arguments.config)
    desk = CorrectionDesk(configuration, SystemClock(), present_actor(configuration.inventory))
    return _take_in(desk, arguments) if arguments.signature else _write(desk, arguments)


def _write(desk: "CorrectionDesk", arguments: argparse.Namespace) -> int:
    from wenyam.errors import UsageError  # noqa: PLC0415  # loaded for this verb only
    from wenyam.operations.moments import moment_of  # noqa: PLC0415  # same
    from wenyam.store.sqlite import open_reader  # noqa: PLC0415  # same

    subjects = arguments.subjects[1:]
    if len(subjects) != 1 or not (arguments.starts and arguments.ends and arguments.state):
        raise UsageError("correct needs one SUBJECT (or '*' for all), --from, --until, --state and --reason")
    now, zone = desk.clock.now(), desk.configuration.instance.availability.time_zone
    start = moment_of(arguments.starts, "--from", now, zone)
    end = moment_of(arguments.ends, "--until", now, zone, last=True)
    with closing(open_reader(desk.state)) as reader:
        claim = desk.claim(reader, subjects[0], (start, end), arguments.state, arguments.reason)
    text = str(desk.text(claim))
    file = "FILE" if arguments.text == "-" else arguments.text
    if arguments.text == "-":
        print(text, end="")
    else:
        from wenyam.store.files import write_new  # noqa: PLC0415  # loaded for this verb only

        write_new(Path(arguments.text), text.encode())
    print(
        f"a {' or '.join(desk.configuration.instance.corrected_by)} signs it: ssh-keygen -Y sign -f KEY -n wenyam {file}",
        file=sys.stderr,
    )
    print(f"then: wenyam availability correct --text {file} --signature {file}.sig", file=sys.stderr)
    return 0


def _take_in(desk: "CorrectionDesk", arguments: argparse.Namespace) -> int:
    import asyncio  # noqa: PLC0415  # loaded for this verb only

    from wenyam.errors import UsageError  # noqa: PLC0415  # same
    from wenyam.operations.confirmation_evidence import read  # noqa: PLC0415  # same
    from wenyam.store.sqlite import open_writer  # noqa: PLC0415  # same

    if arguments.text == "-" or len(arguments.subjects) > 1 or arguments.state or arguments.starts or arguments.ends:
        raise UsageError("--signature takes the signed text back as it is: availability correct --text FILE --signature FILE.sig")
    content, signature = read(Path(arguments.text), _LARGEST), read(arguments.signature, _LARGEST)
    instance = desk.configuration.instance
    with closing(
        open_writer(desk.state, desk.clock, instance.name, rules=instance.retention, ballast_bytes=instance.ballast_bytes)
    ) as writer:
        fact = asyncio.run(desk.take_in(writer, content, signature))
    body = fact.fact.body
    if arguments.json:
        print(json.dumps({"version": VERSION, "fact": fact.sequence, "signed_by": fact.fact.actor, **body}, ensure_ascii=False))
    else:
        print(f"{body['subject']} counts as {body['state']} in that time, signed by {fact.fact.actor}; both figures are shown")
    return 0
