"""What `availability` and `report` print, as text; imported only when one of them runs."""

import argparse
import codecs
import json
from collections.abc import Iterable
from pathlib import Path

from wenyam.clock import SystemClock
from wenyam.i18n.dates import local_date
from wenyam.i18n.periods import parse_period
from wenyam.model.instance import Configuration
from wenyam.model.instants import to_iso
from wenyam.model.inventory import Inventory
from wenyam.model.states import Subject
from wenyam.operations import availability as figures
from wenyam.operations.accounts import open_account
from wenyam.operations.availability import Selection
from wenyam.operations.reports import Inquiry, archive
from wenyam.reports.build import PERIODS, build, head, require_fit
from wenyam.reports.data import VERSION, as_csv, as_json, settings
from wenyam.reports.sections import availability as availability_section
from wenyam.reports.sections import scheduled
from wenyam.reports.tables import Report, Section
from wenyam.reports.text import write
from wenyam.reports.words import Words
from wenyam.store.files import share_directory
from wenyam.store.files import write as write_file
from wenyam.store.interface import Reader

_KEPT = (("th.txt", "text", "th"), ("en.txt", "text", "en"), ("csv", "csv", ""), ("json", "json", ""))
"""File ending, form and language of each kept copy; the instance's language where none is named."""


def availability(arguments: argparse.Namespace) -> str:
    """Return the answer of `wenyam availability`."""
    with archive(arguments.config) as (configuration, reader):
        if arguments.on_time:
            inquiry = _inquiry(configuration, reader, arguments.period, ())
            return _section(arguments, inquiry, scheduled.build(inquiry, _words(arguments, configuration)))
        chosen = _chosen(arguments, configuration.inventory, set(reader.lives()))
        wanted = None if arguments.all else {subject for selection in chosen for subject in selection.members}
        inquiry = _inquiry(configuration, reader, arguments.period, wanted)
        found = figures.entries(inquiry.account, inquiry.inventory, chosen)
        if arguments.json:
            return _json(inquiry, {"entries": [entry.data() for entry in found]})
        words = _words(arguments, configuration)
        return _section(arguments, inquiry, availability_section.figures_section(found, inquiry, words))


def report(arguments: argparse.Namespace) -> str:
    """Return the answer of `wenyam report`."""
    with archive(arguments.config) as (configuration, reader):
        inquiry = _inquiry(configuration, reader, arguments.period or PERIODS[arguments.kind], None)
        require_fit(arguments.kind, inquiry.account.period)
        return _report(arguments.kind, arguments.format, inquiry, _words(arguments, configuration))


def save(arguments: argparse.Namespace) -> Path:
    """Write the report to the file asked for and return its path."""
    path: Path = arguments.output.absolute()
    _write(path, report(arguments), spreadsheet=arguments.format == "csv")
    return path


def keep(arguments: argparse.Namespace) -> list[Path]:
    """Write the report in every form under `reports` of the state directory, named by its first day; return the paths."""
    with archive(arguments.config) as (configuration, reader):
        inquiry = _inquiry(configuration, reader, arguments.period or PERIODS[arguments.kind], None)
        require_fit(arguments.kind, inquiry.account.period)
        directory = Path(configuration.instance.state_directory) / "reports"
        share_directory(directory)
        first = local_date(inquiry.account.period.period.start, configuration.instance.availability.time_zone).isoformat()
        written = []
        for ending, form, language in _KEPT:
            words = Words(language or configuration.instance.language, configuration.instance.availability.time_zone)
            path = directory / f"{arguments.kind}-{first}.{ending}"
            _write(path, _report(arguments.kind, form, inquiry, words), spreadsheet=form == "csv")
            written.append(path)
        return written


def _report(kind: str, form: str, inquiry: Inquiry, words: Words) -> str:
    built = build(kind, inquiry, words)
    if form == "json":
        return _json(inquiry, {"report": built.key, "sections": {each.key: as_json(each) for each in built.sections}})
    return as_csv(built, words) if form == "csv" else write(built, words)


def _write(path: Path, text: str, *, spreadsheet: bool) -> None:
    """Write a report as a whole; a spreadsheet takes UTF-8 for what it is only by its mark."""
    write_file(path, (codecs.BOM_UTF8 if spreadsheet else b"") + text.encode(), mode=0o640)


def _inquiry(configuration: Configuration, reader: Reader, text: str, subjects: Iterable[Subject] | None) -> Inquiry:
    now = SystemClock().now()
    period = parse_period(text, now, configuration.instance.availability.time_zone)
    return Inquiry(configuration, reader, open_account(configuration, reader, period, now, subjects))


def _chosen(arguments: argparse.Namespace, inventory: Inventory, lived: set[Subject]) -> list[Selection]:
    if arguments.all:
        return figures.everything(inventory, lived)
    chosen = [figures.named(inventory, lived, text) for text in arguments.subjects]
    chosen += [figures.kind(inventory, name) for name in arguments.kind]
    chosen += [figures.site(inventory, name) for name in arguments.site]
    chosen += [figures.group(inventory, name) for name in arguments.group]
    return chosen or figures.pools(inventory, lived)


def _words(arguments: argparse.Namespace, configuration: Configuration) -> Words:
    return Words(arguments.language or configuration.instance.language, configuration.instance.availability.time_zone)


def _section(arguments: argparse.Namespace, inquiry: Inquiry, section: Section) -> str:
    """Return a report of one chapter in the form asked for."""
    if arguments.json:
        return _json(inquiry, as_json(section))
    words = _words(arguments, inquiry.configuration)
    title = f"{section.title}: {inquiry.account.period.label(words.language)}"
    lone = Report(section.key, title, head(inquiry, words), [Section(section.key, "", section.tables, section.notes)])
    return as_csv(lone, words) if arguments.csv else write(lone, words)


def _json(inquiry: Inquiry, body: dict[str, object]) -> str:
    account = inquiry.account
    asked = account.period
    top = {
        "version": VERSION,
        "instance": inquiry.configuration.instance.name,
        "period": {
            "name": asked.name,
            "start": to_iso(asked.period.start),
            "end": to_iso(asked.period.end),
            "counted_until": to_iso(inquiry.past.end),
            "final": account.final,
            "label_th": asked.label_th,
            "label_en": asked.label_en,
        },
        "settings": settings(account.rules),
        "watched_until": to_iso(account.known_until) if account.known_until else None,
        "problems": list(account.problems),
    }
    return json.dumps(top | body, ensure_ascii=False, indent=2) + "\n"
