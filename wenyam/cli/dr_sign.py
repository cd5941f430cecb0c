"""`wenyam dr approve` and `wenyam dr decide`: what people say about a run, signed where it must be."""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from wenyam.cli import dr_work
from wenyam.clock import SystemClock
from wenyam.dr.course import ABORT, SKIP
from wenyam.errors import UsageError
from wenyam.links.signed_text import SignedText
from wenyam.model.facts import ChainedFact
from wenyam.operations import decisions, recoveries
from wenyam.operations.actor import present_actor
from wenyam.operations.approvals import Paper, Signing, waiting_step
from wenyam.operations.confirmation_evidence import read, read_scan
from wenyam.operations.decisions import Bench
from wenyam.settings.loader import load
from wenyam.store.files import write_new
from wenyam.store.interface import Writer

_LARGEST_TEXT = 64 << 10


@contextmanager
def _bench(arguments: argparse.Namespace) -> Iterator[tuple[Writer, Bench]]:
    configuration, clock = load(arguments.config), SystemClock()
    writer = recoveries.writer_of(configuration, clock)
    try:
        yield writer, decisions.bench_of(configuration, clock, present_actor(configuration.inventory), writer, arguments.run)
    finally:
        writer.close()


def approve(arguments: argparse.Namespace) -> int:
    """Write the text to sign, or take it back signed."""
    _check(arguments)
    paper = None
    if arguments.paper is not None:
        paper = Paper(arguments.person, arguments.witness, read_scan(arguments.paper))
    with _bench(arguments) as (writer, bench):
        signing = Signing(bench, waiting_step(bench, arguments.step), complete=not arguments.not_complete, paper=paper)
        if arguments.signature is None and arguments.text:
            return _write(signing.text(arguments.reason), arguments, _again(arguments, signing))
        if arguments.signature is None and paper is None:
            raise UsageError("say where to write the text that is signed: --text FILE")
        fact = _taken(writer, signing, arguments)
    return _told(fact, arguments)


def _check(arguments: argparse.Namespace) -> None:
    if arguments.signature and (not arguments.text or arguments.text == "-"):
        raise UsageError("--signature needs the signed text: --text FILE")
    if arguments.paper and not (arguments.person and arguments.witness):
        raise UsageError("--paper needs --person, who signed it by hand, and --witness, through whom it is given")


def _again(arguments: argparse.Namespace, signing: Signing) -> str:
    words = ["approve", signing.bench.course.run, signing.step.id]
    words += ["--not-complete"] if arguments.not_complete else []
    if arguments.paper is not None:
        words += ["--paper", str(arguments.paper), "--person", arguments.person, "--witness", arguments.witness]
    return " ".join(words)


def _write(text: SignedText, arguments: argparse.Namespace, again: str) -> int:
    file = "FILE" if arguments.text == "-" else arguments.text
    if arguments.text == "-":
        print(text, end="")
    else:
        write_new(Path(arguments.text), str(text).encode())
    print(f"sign it with: ssh-keygen -Y sign -f KEY -n wenyam {file}", file=sys.stderr)
    print(f"then: wenyam dr {again} --text {file} --signature {file}.sig", file=sys.stderr)
    return 0


def _taken(writer: Writer, signing: Signing, arguments: argparse.Namespace) -> ChainedFact:
    if arguments.signature is None:
        return signing.on_paper(writer, arguments.reason)
    content, signature = read(Path(arguments.text), _LARGEST_TEXT), read(arguments.signature, _LARGEST_TEXT)
    return asyncio.run(signing.take(writer, content, signature))


def decide(arguments: argparse.Namespace) -> int:
    """Put a decision on record; a skip is signed by a second person."""
    if arguments.decision == ABORT:
        arguments.no_undo = False
        return dr_work.abort(arguments)
    with _bench(arguments) as (writer, bench):
        if arguments.decision != SKIP:
            files = [(path.name, read(path)) for path in arguments.file]
            fact = decisions.decide(writer, bench, arguments.step, arguments.decision, arguments.reason, files=files)
            return _told(fact, arguments)
        signing = Signing(bench, bench.step(arguments.step), skips=True)
        if not arguments.text:
            raise UsageError("skipping needs a second person's signature; write the text with --text FILE")
        if arguments.signature is None:
            return _write(signing.text(arguments.reason), arguments, f"decide {bench.course.run} {signing.step.id} skip")
        fact = _taken(writer, signing, arguments)
    return _told(fact, arguments)


def _told(fact: ChainedFact, arguments: argparse.Namespace) -> int:
    body = fact.fact.body
    if arguments.json:
        print(
            json.dumps({"version": recoveries.VERSION, "fact": fact.sequence, "kind": fact.fact.kind, **body}, ensure_ascii=False)
        )
        return 0
    who = body.get("person") or fact.fact.actor
    what = body.get("decision") or ("approved" if "complete" not in body else "complete" if body["complete"] else "NOT COMPLETE")
    second = f" and {body['second']}" if body.get("second") else ""
    print(f"{body['run']}: {body['step']}: {what}, by {who}{second}")
    return 0


VERBS: dict[str, Callable[[argparse.Namespace], int]] = {"approve": approve, "decide": decide}
