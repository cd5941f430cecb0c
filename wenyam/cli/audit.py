"""`wenyam audit`: the head of the fact chain, its verification, and the facts themselves."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wenyam.cli.db import add_period_options, add_state_option, add_state_option_behind, period_of, state_and_zone
from wenyam.cli.local_times import told, zone_line
from wenyam.i18n.dates import format_with_zone
from wenyam.model.facts import ChainedFact
from wenyam.model.instants import Instant, Period, to_iso

if TYPE_CHECKING:
    from wenyam.operations.evidence_audit import EvidenceVerdict
    from wenyam.store.interface import Verdict
    from wenyam.store.reader import SqliteReader

_ALL_TIME = Period(Instant(-(2**53)), Instant(2**53))
_BROKEN, _NOT_TESTED = 1, 3


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-verbs and their options."""
    add_state_option(parser)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verb = verbs.add_parser(
        "head", help="show or write the head", description="Show the head of the chain, or write an anchor file."
    )
    verb.add_argument("--output", metavar="FILE", type=Path, help="write an anchor file; keep it away from this machine")
    verb.add_argument("--json", action="store_true", help="print one JSON object")
    verb = verbs.add_parser(
        "verify", help="verify the chain", description="Verify every fact and every table that repeats facts."
    )
    verb.add_argument("--against", metavar="FILE", type=Path, help="anchor file: finds a cut end and a rewritten history")
    verb.add_argument("--evidence", action="store_true", help="also compare the files of evidence with their hashes in the chain")
    verb.add_argument("--json", action="store_true", help="print one JSON object")
    sentence = "Believe the chain another Wenyam shows, although it does not follow from the head kept here. It is recorded."
    verb = verbs.add_parser("accept-peer", help="believe another Wenyam's chain again", description=sentence)
    verb.add_argument("peer", metavar="PEER", help="a peer of the configuration")
    verb.add_argument("--reason", required=True, metavar="TEXT", help="what you found out about it")
    verb = verbs.add_parser("list", help="list facts", description="List facts in the order of the chain.")
    verb.add_argument("--kind", help="only facts of this kind")
    add_period_options(verb)
    verb.add_argument("--json", action="store_true", help="print one JSON object")
    add_state_option_behind(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run a sub-verb; return the exit code: 0 whole, 1 broken, 3 when the anchor could prove nothing."""
    if arguments.verb == "accept-peer":
        return _accept_peer(arguments)
    from wenyam.store.sqlite import open_reader  # noqa: PLC0415  # help does not need SQLite

    directory, time_zone = state_and_zone(arguments)
    reader = open_reader(directory)
    try:
        if arguments.verb == "verify":
            return _verify(reader, directory, arguments)
        return {"head": _head, "list": _list}[arguments.verb](reader, time_zone, arguments)
    finally:
        reader.close()


def _accept_peer(arguments: argparse.Namespace) -> int:
    from wenyam.links.control import ask  # noqa: PLC0415  # loaded for this verb only
    from wenyam.operations.status import socket_path  # noqa: PLC0415  # same
    from wenyam.settings.loader import load  # noqa: PLC0415  # same

    request = {"action": "peer-accept", "peer": arguments.peer, "reason": arguments.reason}
    answer = ask(socket_path(load(arguments.config)), request)
    if "error" in answer:
        print(f"wenyam audit: {answer['error']}", file=sys.stderr)
        return 2
    print(f"from fact {answer['sequence']} on, the chain of {answer['peer']} is believed")
    return 0


def _head(reader: "SqliteReader", time_zone: str, arguments: argparse.Namespace) -> int:
    from wenyam.store.heads import as_json, write_anchor  # noqa: PLC0415  # as in run

    head = reader.head()
    if arguments.output is not None:
        write_anchor(head, arguments.output)
        print(f"wrote {arguments.output}", file=sys.stderr)
    if arguments.json:
        print(json.dumps(as_json(head), ensure_ascii=False))
    else:
        print(f"{head.instance}  fact {head.sequence}  {format_with_zone(head.at, time_zone)}  {head.digest}")
    return 0


def _verify(reader: "SqliteReader", directory: Path, arguments: argparse.Namespace) -> int:
    from wenyam.store.heads import as_json, read_anchor  # noqa: PLC0415  # as in run

    anchor = None if arguments.against is None else read_anchor(arguments.against)
    verdict = reader.verify(anchor)
    kept = _evidence(reader, directory, arguments)
    if arguments.json:
        shape = {
            "version": 1, "whole": not verdict.problem, "facts": verdict.facts, "head": as_json(verdict.head),
            "problem": verdict.problem, "sequence": verdict.sequence, "untested": verdict.untested,
            "anchor": None if anchor is None else as_json(anchor),
            "evidence": None if kept is None else {"files": kept.files, "faults": [*kept.faults], "untested": kept.untested},
        }  # fmt: skip
        print(json.dumps(shape, ensure_ascii=False))
    else:
        print(_sentence(verdict, anchored=anchor is not None))
        print(*_evidence_lines(kept), sep="\n", end="\n" if kept else "")
    if verdict.problem or (kept and kept.faults):
        return _BROKEN
    return _NOT_TESTED if verdict.untested or (kept and kept.untested) else 0


def _evidence(reader: "SqliteReader", directory: Path, arguments: argparse.Namespace) -> "EvidenceVerdict | None":
    if not arguments.evidence:
        return None
    from wenyam.operations.evidence_audit import look  # noqa: PLC0415  # as in run

    return look(reader, directory)


def _evidence_lines(kept: "EvidenceVerdict | None") -> list[str]:
    if kept is None:
        return []
    if kept.untested:
        return [f"NOT TESTED, the files of evidence: {kept.untested}"]
    if kept.faults:
        return [f"BROKEN: {fault}" for fault in kept.faults]
    return [f"whole: {kept.files} files of evidence are as the chain says"]


def _sentence(verdict: "Verdict", *, anchored: bool) -> str:
    if verdict.problem:
        return f"BROKEN: {verdict.problem}"
    whole = f"{verdict.facts} facts follow from each other up to fact {verdict.head.sequence} ({verdict.head.digest})"
    if verdict.untested:
        return f"NOT TESTED against the anchor: {verdict.untested}; otherwise {whole}"
    return f"whole: {whole}" + ("; the anchor is among them" if anchored else "; without --against a cut end cannot be seen")


def _list(reader: "SqliteReader", time_zone: str, arguments: argparse.Namespace) -> int:
    facts = reader.facts(period_of(arguments) or _ALL_TIME, arguments.kind)
    if arguments.json:
        print(json.dumps({"version": 1, "facts": [_shape(fact) for fact in facts]}, ensure_ascii=False))
        return 0
    for chained in facts:
        body = json.dumps(dict(chained.fact.body), ensure_ascii=False, sort_keys=True)
        print(f"{chained.sequence:>8}  {told(chained.fact.at, time_zone)}  {chained.fact.kind:<18}  {chained.fact.actor}  {body}")
    if facts:
        print(zone_line(time_zone))
    elif arguments.kind:
        print(f"no fact of this time is of the kind '{arguments.kind}'", file=sys.stderr)
    return 0


def _shape(chained: ChainedFact) -> dict[str, object]:
    fact = chained.fact
    return {
        "sequence": chained.sequence, "kind": fact.kind, "at": to_iso(fact.at), "actor": fact.actor, "body": dict(fact.body),
        "personal": dict(fact.personal), "text": chained.text, "digest": chained.digest,
    }  # fmt: skip
