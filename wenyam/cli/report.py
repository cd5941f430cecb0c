"""`wenyam report month|quarter|year`: availability, outages, completeness, scheduled work and corrections of one period."""

import argparse
import sys
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("kind", choices=("month", "quarter", "year"), help="the last complete one, unless --period says another")
    when = parser.add_mutually_exclusive_group()
    when.add_argument("--period", help="such as month:2026-11, fy:2569-q1, fy:2569")
    when.add_argument("--previous", action="store_true", help="the last complete one, as without --period")
    parser.add_argument("--format", choices=("text", "csv", "json"), default="text", help="form of the report (default: text)")
    parser.add_argument("--json", action="store_const", const="json", dest="format", help="the same as --format json")
    parser.add_argument("--language", choices=("th", "en"), help="language of the report (default: the instance's)")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--output", type=Path, metavar="FILE", help="write it there as a whole instead of to stdout")
    where.add_argument("--write", action="store_true", help="keep it in every form and language under state_directory/reports")


def run(arguments: argparse.Namespace) -> int:
    """Print or write the report."""
    from wenyam.cli import figures  # noqa: PLC0415  # loaded when the verb runs, not when it is described

    if not arguments.write and arguments.output is None:
        print(figures.report(arguments), end="")
        return 0
    for path in figures.keep(arguments) if arguments.write else [figures.save(arguments)]:
        print(f"written: {path}", file=sys.stderr)
    return 0
