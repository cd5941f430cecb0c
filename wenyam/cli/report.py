"""`wenyam report month|quarter|year`: availability, outages, completeness, scheduled work and corrections of one period."""

import argparse
import sys
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("kind", choices=("month", "quarter", "year"), help="the last complete one, unless --period says another")
    parser.add_argument("--period", help="such as month:2026-11, fy:2569-q1, fy:2569")
    parser.add_argument("--format", choices=("text", "csv", "json"), default="text", help="form of the report (default: text)")
    parser.add_argument("--json", action="store_const", const="json", dest="format", help="the same as --format json")
    parser.add_argument("--language", choices=("th", "en"), help="language of the report (default: the instance's)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write it there as a whole instead of to stdout")


def run(arguments: argparse.Namespace) -> int:
    """Print or write the report."""
    from wenyam.cli.figures import report, save  # noqa: PLC0415  # loaded when the verb runs, not when it is described

    text = report(arguments)
    if arguments.output is None:
        print(text, end="")
        return 0
    save(arguments.output, text, spreadsheet=arguments.format == "csv")
    print(f"written: {arguments.output}", file=sys.stderr)
    return 0
