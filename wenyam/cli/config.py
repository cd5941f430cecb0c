"""`wenyam config check|show|schema`: what the configuration says, and what is wrong with it."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the actions and options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="check|show|schema")
    check = actions.add_parser("check", help="name every problem with file and line; exit 2 when there is one")
    show = actions.add_parser("show", help="print the effective configuration, secrets only by reference")
    actions.add_parser("schema", help="print the JSON Schema for editors")
    for action in (check, show):
        action.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="default: the --config folder")
        action.add_argument("--json", action="store_true", help="versioned data instead of text")


def run(arguments: argparse.Namespace) -> int:
    """Do what the action says; 2 when the configuration has problems."""
    if arguments.action == "schema":
        from wenyam.settings.schema import json_schema  # noqa: PLC0415  # loaded for this action only

        print(json.dumps(json_schema(), ensure_ascii=False, indent=2))
        return 0
    folder: Path = arguments.folder or arguments.config
    return _check(folder, as_json=arguments.json) if arguments.action == "check" else _show(folder, as_json=arguments.json)


def _check(folder: Path, *, as_json: bool) -> int:
    from wenyam.clock import SystemClock  # noqa: PLC0415  # loaded for this action only
    from wenyam.operations.coverage import not_covered  # noqa: PLC0415  # same
    from wenyam.operations.oncall import doubts  # noqa: PLC0415  # same
    from wenyam.settings.estimate import estimate  # noqa: PLC0415  # same
    from wenyam.settings.loader import load_with_warnings  # noqa: PLC0415  # same
    from wenyam.settings.problems import BrokenConfigurationError, Problem  # noqa: PLC0415  # same

    try:
        loaded = load_with_warnings(folder)
    except BrokenConfigurationError as error:
        if as_json:
            _print_json({"good": False, "problems": [asdict(problem) for problem in error.problems], "warnings": []})
            return error.exit_code
        print(*error.problems, sep="\n")
        count = len(error.problems)
        print(f"{count} problem{'s' if count > 1 else ''} in {folder}", file=sys.stderr)
        return error.exit_code
    counts = estimate(loaded.configuration)
    now = SystemClock().now()
    bare, doubtful = not_covered(loaded.configuration, now), list(doubts(loaded.configuration, now))
    if as_json:
        warnings = [asdict(warning) for warning in loaded.warnings] + [asdict(Problem("", 0, doubt)) for doubt in doubtful]
        _print_json({"good": True, "problems": [], "warnings": warnings, "counts": asdict(counts) | {"not_covered": len(bare)}})
        return 0
    for warning in [*loaded.warnings, *doubtful]:
        print(f"warning: {warning}", file=sys.stderr)
    print(f"{folder}: good; {counts.sentence}")
    if bare:
        systems = f"{len(bare)} systems are" if len(bare) > 1 else "1 system is"
        print(f"{systems} in no backup job; 'wenyam backup status' lists what is not covered", file=sys.stderr)
    return 0


def _show(folder: Path, *, as_json: bool) -> int:
    from wenyam.settings.loader import load  # noqa: PLC0415  # loaded for this action only
    from wenyam.settings.show import as_yaml, effective  # noqa: PLC0415  # same

    data = effective(load(folder))
    if as_json:
        _print_json({"configuration": data})
    else:
        print(as_yaml(data), end="")
    return 0


def _print_json(data: dict[str, Any]) -> None:
    print(json.dumps({"version": 1, **data}, ensure_ascii=False, indent=2))
