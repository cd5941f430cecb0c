"""What the sub-verbs of `wenyam incident` do and print; imported only when one of them runs."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from wenyam.clock import SystemClock
from wenyam.errors import UsageError
from wenyam.i18n.clean_text import clean
from wenyam.incidents.book import Book
from wenyam.incidents.incident import Incident
from wenyam.incidents.limits import all_overdue, current_step
from wenyam.incidents.opening import REQUEST_FIELDS
from wenyam.model.instance import Configuration
from wenyam.model.instants import from_iso, to_iso
from wenyam.operations import incidents
from wenyam.operations.asking import ask_watcher
from wenyam.operations.incident_data import VERSION, head, incident_data
from wenyam.operations.reports import archive
from wenyam.reports.incident_memo import memo
from wenyam.reports.incident_page import Page
from wenyam.reports.tables import Cell, Column, Shape, Table
from wenyam.reports.text import aligned
from wenyam.reports.words import Words
from wenyam.settings.loader import load
from wenyam.store.files import write

_STDIN = "-"
_LONGEST_STDIN = 16 * 1024


def run(arguments: argparse.Namespace) -> int:
    """Do one sub-verb."""
    reading = {"list": _list, "show": _show, "export": _export}
    return reading[arguments.verb](arguments) if arguments.verb in reading else _ask(arguments)


def _list(arguments: argparse.Namespace) -> int:
    now = SystemClock().now()
    with archive(arguments.config) as (configuration, reader):
        found = incidents.listed(incidents.read_book(reader), everything=arguments.all)
    if arguments.json:
        shape = {"version": VERSION, "at": to_iso(now), "incidents": [head(each, configuration, now) for each in found]}
        print(json.dumps(shape, ensure_ascii=False))
        return 0
    words = _words(arguments, configuration)
    for line in aligned(_table(found, configuration, words), words):
        print(line)
    return 0


def _table(found: list[Incident], configuration: Configuration, words: Words) -> Table:
    say, now, rules = words.say, SystemClock().now(), configuration.incidents
    columns = [
        Column("code", say("Code")),
        Column("severity", say("Severity"), Shape.WORD),
        Column("what", say("What")),
        Column("began", say("Began"), Shape.INSTANT),
        Column("site", say("Site")),
        Column("who", say("Who has it")),
        Column("step", say("Step")),
        Column("due", say("Due"), Shape.INSTANT),
        Column("remark", say("Remark")),
    ]
    rows: list[list[Cell]] = []
    for each in found:
        step, act = current_step(each, rules), each.assigned or each.acknowledged
        who = None if act is None else act.what if act is each.assigned else act.by
        late = ", ".join(say(late.step) for late in all_overdue(each, rules, now))
        rows.append(
            [
                each.code, each.severity.value, each.title, each.began, each.site, who, None if step is None else say(step.name),
                None if step is None else step.due, f"{say('OVERDUE')}: {late}" if late else None,
            ]
        )  # fmt: skip
    return Table("incidents", "", columns, rows, empty=say("No incident is open."))


def _show(arguments: argparse.Namespace) -> int:
    print(_written(arguments), end="")
    return 0


def _export(arguments: argparse.Namespace) -> int:
    if arguments.memo and arguments.json:
        raise UsageError("a memo is text; leave --json out")
    text = _written(arguments)
    if arguments.output is None:
        print(text, end="")
    else:
        path: Path = arguments.output.absolute()
        write(path, text.encode(), mode=0o640)
        print(f"written: {path}", file=sys.stderr)
    return 0


def _written(arguments: argparse.Namespace) -> str:
    now = SystemClock().now()
    with archive(arguments.config) as (configuration, reader):
        book = incidents.read_book(reader)
    incident = _known(book, arguments.code)
    if arguments.json:
        shape = {"version": VERSION, "incident": incident_data(incident, configuration, book, now)}
        return json.dumps(shape, ensure_ascii=False) + "\n"
    words = _words(arguments, configuration)
    if getattr(arguments, "memo", False):
        return memo(incident, configuration, words, now)
    return Page(configuration, book, words, now).text(incident)


def _known(book: Book, code: str) -> Incident:
    incident = book.get(code)
    if incident is None:
        raise UsageError(f"there is no incident '{clean(code)}'", hint="See: wenyam incident list --all")
    return incident


def _words(arguments: argparse.Namespace, configuration: Configuration) -> Words:
    return Words(arguments.language or configuration.instance.language, configuration.instance.availability.time_zone)


def _ask(arguments: argparse.Namespace) -> int:
    """Ask the running watcher, who alone writes; what it refuses is its sentence."""
    configuration = load(arguments.config)
    answer = ask_watcher(configuration, {"action": "incident", "act": arguments.verb, **_request(arguments)})
    if arguments.json:
        print(json.dumps(answer, ensure_ascii=False))
        return 0
    print(_said(answer, configuration.instance.availability.time_zone))
    return 0


def _request(arguments: argparse.Namespace) -> dict[str, Any]:
    if arguments.verb == "open":
        return _opening(arguments)
    plain = ("code", "person", "cause", "party", "to", "reference", "result", "flag", "reported", "dismissed", "aware")
    found: dict[str, Any] = {name: value for name in plain if (value := getattr(arguments, name, None))}
    if getattr(arguments, "text", None) is not None:
        found["text"] = _read(arguments.text)
    if getattr(arguments, "set", None):
        found["set"] = {name: _read(text) for name, text in arguments.set}
    return found


def _opening(arguments: argparse.Namespace) -> dict[str, Any]:
    fields = {name: getattr(arguments, name) for name in REQUEST_FIELDS}
    fields["asked"] = _read(fields["asked"])
    if not arguments.request and any(fields.values()):
        raise UsageError("fields of FM-DM-01 belong to a service request; add --request")
    found: dict[str, Any] = {
        name: getattr(arguments, name) for name in ("title", "subject", "site", "severity", "category", "since")
    }
    return found | ({"request": fields} if arguments.request else {})


def _read(text: str) -> str:
    return sys.stdin.read(_LONGEST_STDIN) if text == _STDIN else text


def _said(answer: dict[str, Any], time_zone: str) -> str:
    incident = answer["incident"]
    line = f"{incident['code']}: {clean(incident['title'])}"
    if not answer["changed"]:
        return f"{line}: was so already"
    step = incident["step"]
    if step is None:
        return f"{line}: closed"
    return f"{line}: now {step['name']}, due {Words('en', time_zone).instant(from_iso(step['due']))}"
