"""What `scripts/lab --two-sites` runs: up, down, status, faults, fault, exec."""

import argparse
import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from wenyam.testing.lab.status import table
from wenyam.testing.lab.talking import become, leave_mark, obeyed, show, talk
from wenyam.testing.sites.faults import FAULTS
from wenyam.testing.sites.laboratory import TwoSites
from wenyam.testing.sites.plan import NODES


def main(words: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code: 0 done, 1 failed, 2 usage."""
    asked = _parser().parse_args(words)
    lab = TwoSites(asked.directory, say=talk)
    return obeyed(lambda: _VERBS[asked.verb](lab, asked))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/lab --two-sites", description=__doc__)
    parser.add_argument("--directory", type=Path, default=Path(".lab-two-sites"), help="where it lives (default .lab-two-sites)")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("up", help="start everything (root)")
    verbs.add_parser("down", help="end everything it started")
    verbs.add_parser("status", help="machines and faults").add_argument("--json", action="store_true")
    verbs.add_parser("faults", help="what can be broken").add_argument("--json", action="store_true")
    fault = verbs.add_parser("fault", help="cause or repair a fault")
    fault.add_argument("name", choices=[*FAULTS], metavar="FAULT")
    fault.add_argument("target", nargs="?", metavar="TARGET", help="what it hits (each fault has a default)")
    fault.add_argument("state", choices=("on", "off"))
    run = verbs.add_parser("exec", help="run a program on a machine")
    run.add_argument("machine", choices=[*NODES], metavar="MACHINE")
    run.add_argument("program", nargs=argparse.REMAINDER)
    return parser


def _up(lab: TwoSites, _asked: argparse.Namespace) -> None:
    leave_mark(lab.directory)
    lab.up()


def _down(lab: TwoSites, _asked: argparse.Namespace) -> None:
    lab.down()


def _status(lab: TwoSites, asked: argparse.Namespace) -> None:
    found = lab.record
    rows = [
        {"machine": node.name, "site": node.site, "address": node.address, "state": "on" if found.machine(node.name) else "off"}
        for node in NODES.values()
    ]
    if asked.json:
        show(json.dumps({"version": 1, "machines": rows, "faults": found.faults}, ensure_ascii=False, indent=1))
        return
    show(table(rows))
    show("faults: " + (", ".join(found.faults) or "none"))


def _faults(_lab: TwoSites, asked: argparse.Namespace) -> None:
    rows = [
        {"fault": each.name, "hits": ", ".join(each.targets), "what it does": each.sentence, "what Wenyam says": each.expectation}
        for each in FAULTS.values()
    ]
    show(json.dumps({"version": 1, "faults": rows}, ensure_ascii=False, indent=1) if asked.json else table(rows))


def _fault(lab: TwoSites, asked: argparse.Namespace) -> None:
    chosen = lab.fault(asked.name, asked.target)
    if asked.state == "on":
        chosen.on()
    else:
        chosen.off()
    talk(f"{asked.name} {chosen.target} {asked.state}: {chosen.fault.sentence}")


def _exec(lab: TwoSites, asked: argparse.Namespace) -> None:
    become(asked.program, partial(lab.command, asked.machine))


_VERBS = {"up": _up, "down": _down, "status": _status, "faults": _faults, "fault": _fault, "exec": _exec}

if __name__ == "__main__":
    sys.exit(main())
