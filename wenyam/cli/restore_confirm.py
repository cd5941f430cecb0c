"""`wenyam restore confirm`: the text a user representative signs, the signature taken back, the steps and what is overdue."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wenyam.model.instants import Instant
    from wenyam.operations.confirmations import Case, Confirmed, Desk, Paper
    from wenyam.store.interface import Reader, Writer

_INCOMPLETE = 3
_LARGEST_TEXT = 64 << 10
VERSION = 1


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("name", metavar="JOB", help="a job of 'backups'; alone: show its newest test, steps and limits")
    parser.add_argument("--test", metavar="N", type=int, help="number of the restore test (default: the newest)")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--complete", action="store_true", help="the data is complete")
    what.add_argument("--not-complete", action="store_true", help="it is not: back to loading; needs --reason")
    parser.add_argument("--reason", metavar="TEXT", default="", help="the representative's own words")
    parser.add_argument("--text", metavar="FILE", help="write the text to sign here (- for stdout); with --signature: read it")
    parser.add_argument("--signature", metavar="FILE", type=Path, help="take the signature of that text back")
    parser.add_argument("--paper", metavar="SCAN", type=Path, help="scan of a paper signed by hand, for a person without a key")
    parser.add_argument("--person", metavar="PERSON", help="with --paper: the user representative who signed it")
    parser.add_argument("--witness", metavar="PERSON", help="with --paper: the second person it is given through")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Show, write or take in; 0 done, 1 refused, 3 when a step is overdue."""
    from wenyam.clock import SystemClock  # noqa: PLC0415  # loaded for this verb only
    from wenyam.operations.actor import present_actor  # noqa: PLC0415  # same
    from wenyam.operations.confirmations import Desk  # noqa: PLC0415  # same
    from wenyam.settings.loader import load  # noqa: PLC0415  # same

    _check(arguments)
    configuration = load(arguments.config)
    desk = Desk(configuration, SystemClock(), present_actor(configuration.inventory))
    if arguments.signature or (arguments.paper and not arguments.text):
        return _take_in(desk, arguments)
    if arguments.text:
        return _write_text(desk, arguments)
    return _show(desk, arguments)


def _check(arguments: argparse.Namespace) -> None:
    from wenyam.errors import UsageError  # noqa: PLC0415  # loaded for this verb only

    decided = arguments.complete or arguments.not_complete
    if arguments.signature and (not arguments.text or arguments.text == "-"):
        raise UsageError("--signature needs the signed text: --text FILE")
    if arguments.paper and not (arguments.person and arguments.witness):
        raise UsageError("--paper needs --person, who signed it by hand, and --witness, through whom it is given")
    if (arguments.text or arguments.paper) and not arguments.signature and not decided:
        raise UsageError("say what is confirmed: --complete, or --not-complete with --reason TEXT")
    if decided and not (arguments.text or arguments.paper):
        raise UsageError("a confirmation is signed or on paper: --text FILE writes what is to be signed")


def _paper(arguments: argparse.Namespace) -> "Paper | None":
    from wenyam.operations.confirmation_evidence import read_scan  # noqa: PLC0415  # loaded for this verb only
    from wenyam.operations.confirmations import Paper  # noqa: PLC0415  # same

    return None if arguments.paper is None else Paper(arguments.person, arguments.witness, read_scan(arguments.paper))


def _reading(desk: "Desk", arguments: argparse.Namespace) -> "tuple[Reader, Case]":
    from wenyam.store.sqlite import open_reader  # noqa: PLC0415  # loaded for this verb only

    reader = open_reader(desk.state)
    return reader, desk.case(reader, arguments.name, arguments.test)


def _write_text(desk: "Desk", arguments: argparse.Namespace) -> int:
    reader, case = _reading(desk, arguments)
    reader.close()
    text = desk.text(case, arguments.reason, complete=arguments.complete, paper=_paper(arguments))
    if arguments.text == "-":
        print(text, end="")
    else:
        from wenyam.store.files import write_new  # noqa: PLC0415  # loaded for this verb only

        write_new(Path(arguments.text), str(text).encode())
    file = "FILE" if arguments.text == "-" else arguments.text
    paper = ""
    if arguments.paper is not None:
        paper = f" --paper {arguments.paper} --person {arguments.person} --witness {arguments.witness}"
    print(f"what it is about: {case.evidence}", file=sys.stderr)
    print(f"sign it with: ssh-keygen -Y sign -f KEY -n wenyam {file}", file=sys.stderr)
    print(f"then: wenyam restore confirm {arguments.name}{paper} --text {file} --signature {file}.sig", file=sys.stderr)
    return 0


def _take_in(desk: "Desk", arguments: argparse.Namespace) -> int:
    from wenyam.store.sqlite import open_writer  # noqa: PLC0415  # loaded for this verb only

    instance = desk.configuration.instance
    writer = open_writer(desk.state, desk.clock, instance.name, rules=instance.retention, ballast_bytes=instance.ballast_bytes)
    try:
        confirmed = _confirm(desk, writer, arguments)
    finally:
        writer.close()
    _print_confirmed(confirmed, as_json=arguments.json)
    return 0


def _confirm(desk: "Desk", writer: "Writer", arguments: argparse.Namespace) -> "Confirmed":
    import asyncio  # noqa: PLC0415  # loaded for this verb only

    from wenyam.operations.confirmation_evidence import read  # noqa: PLC0415  # loaded for this verb only

    paper = _paper(arguments)
    if arguments.signature:
        content, signature = read(Path(arguments.text), _LARGEST_TEXT), read(arguments.signature, _LARGEST_TEXT)
        # While it was away to be signed there may have been newer tests.
        case = desk.case(writer, arguments.name, arguments.test or desk.test_of(content))
        return asyncio.run(desk.by_signature(writer, case, content, signature, paper))
    if paper is None:  # _check has seen to it
        raise RuntimeError("neither signature nor paper")
    case = desk.case(writer, arguments.name, arguments.test)
    return desk.on_paper(writer, case, paper, arguments.reason, complete=arguments.complete)


def _print_confirmed(confirmed: "Confirmed", *, as_json: bool) -> None:
    body = confirmed.fact.fact.body
    if as_json:
        shape = {"version": VERSION, "fact": confirmed.fact.sequence, "next_step": confirmed.next_step, "note": confirmed.note}
        print(json.dumps(shape | dict(body), ensure_ascii=False))
        return
    word = "complete" if confirmed.complete else "NOT COMPLETE"
    through = f" through {body['witness']}" if body["witness"] else ""
    print(f"{body['job']}: test {body['test']} is {word}, by {body['method']} of {confirmed.person}{through}")
    if confirmed.note:
        print(f"but: {confirmed.note}")
    print(f"next: {confirmed.next_step}")


def _show(desk: "Desk", arguments: argparse.Namespace) -> int:
    reader, case = _reading(desk, arguments)
    reader.close()
    now = desk.clock.now()
    if arguments.json:
        print(json.dumps(_data(case, now), ensure_ascii=False))
    else:
        _print_case(case, now, desk.configuration.instance.availability.time_zone)
    return _INCOMPLETE if any(step.is_overdue(now) for step in case.steps) else 0


def _print_case(case: "Case", now: "Instant", time_zone: str) -> None:
    from wenyam.cli.local_times import moment, told, zone_line  # noqa: PLC0415  # loaded for this verb only
    from wenyam.model.durations import write  # noqa: PLC0415  # same

    restore = case.restore
    print(f"{restore.job}, restore test {restore.sequence} of {moment(restore.at, time_zone)}: {restore.verdict.words}")
    print(f"  snapshot {restore.snapshot[:8]} in '{restore.repository}', run by {restore.actor}, evidence {case.evidence}")
    for each in case.said:
        body = each.fact.body
        word = "complete" if body["complete"] else "NOT COMPLETE"
        print(f"  {told(each.fact.at, time_zone)} {body['person']}: {word} ({body['method']}) {body['reason']}".rstrip())
    width = max(len(step.name) for step in case.steps)
    for number, step in enumerate(case.steps, 1):
        print(f"  {number} {step.name:{width}}  limit {write(step.limit):>4}  {_word(step, now, time_zone)}")
    print(zone_line(time_zone))


def _word(step: "Any", now: "Instant", time_zone: str) -> str:
    from wenyam.cli.local_times import moment  # noqa: PLC0415  # loaded for this verb only

    if step.due is None:
        return "not begun"
    if step.ended is not None:
        return f"done {moment(step.ended, time_zone)}" + (", too late" if step.is_overdue(now) else "")
    due = moment(step.due, time_zone)
    return f"OVERDUE since {due}" if step.is_overdue(now) else f"due by {due}"


def _data(case: "Case", now: "Instant") -> dict[str, Any]:
    from wenyam.model.instants import to_iso  # noqa: PLC0415  # loaded for this verb only

    restore = case.restore
    steps = [
        {
            "name": step.name, "limit_seconds": step.limit, "due": None if step.due is None else to_iso(step.due),
            "ended": None if step.ended is None else to_iso(step.ended), "overdue": step.is_overdue(now),
        }
        for step in case.steps
    ]  # fmt: skip
    return {
        "version": VERSION, "job": restore.job, "test": restore.sequence, "at": to_iso(restore.at),
        "verdict": restore.verdict.value, "snapshot": restore.snapshot, "repository": restore.repository, "actor": restore.actor,
        "evidence": str(case.evidence), "confirmed_by": [*restore.confirmed_by], "refused_by": [*restore.refused_by],
        "said": [{"at": to_iso(each.fact.at), **each.fact.body} for each in case.said], "steps": steps,
    }  # fmt: skip
