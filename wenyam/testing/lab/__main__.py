"""What `scripts/lab` runs: up, down, status, fault, faults, backups, exec."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from wenyam.testing.lab.faults import FAULTS
from wenyam.testing.lab.first_round import first_round
from wenyam.testing.lab.laboratory import Lab
from wenyam.testing.lab.status import device_rows, fault_rows, table
from wenyam.testing.lab.talking import become, leave_mark, obeyed, show, talk
from wenyam.testing.sites.__main__ import main as two_sites


def main(words: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code: 0 done, 1 failed, 2 usage."""
    words = sys.argv[1:] if words is None else words
    if "--two-sites" in words:
        return two_sites([word for word in words if word != "--two-sites"])
    asked = _parser().parse_args(words)
    own = {"auto": None, "machine": False, "own": True}[asked.network]
    lab = Lab(asked.directory, own_network=own, say=talk)
    return obeyed(lambda: _VERBS[asked.verb](lab, asked))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/lab", description=__doc__)
    parser.add_argument("--directory", type=Path, default=Path(".lab"), help="where the lab lives (default .lab)")
    parser.add_argument(
        "--network", choices=("auto", "machine", "own"), default="auto", help="loopback of this machine, or its own"
    )
    parser.add_argument("--two-sites", action="store_true", help="the other lab: two data centres and their users (root)")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("up", help="start everything")
    verbs.add_parser("down", help="end everything it started")
    verbs.add_parser("status", help="devices, processes, faults").add_argument("--json", action="store_true")
    verbs.add_parser("faults", help="what can be broken").add_argument("--json", action="store_true")
    fault = verbs.add_parser("fault", help="cause or repair a fault")
    fault.add_argument("name", choices=[*FAULTS], metavar="FAULT")
    fault.add_argument("device", nargs="?", metavar="DEVICE", help="whom it hits (each fault has a default)")
    fault.add_argument("state", choices=("on", "off"))
    verbs.add_parser("backups", help="run every backup job once, read everything back, prove every job by a restore")
    run = verbs.add_parser("exec", help="run a program where the lab's addresses are")
    run.add_argument("program", nargs=argparse.REMAINDER)
    return parser


def _up(lab: Lab, _asked: argparse.Namespace) -> None:
    leave_mark(lab.directory)
    lab.up()
    if not lab.inside:
        run = "scripts/lab exec .venv/bin/wenyam" if lab.record.own_network else "wenyam"
        show(f"watch it: {run} --config {lab.configuration} run")


def _down(lab: Lab, _asked: argparse.Namespace) -> None:
    lab.down()


def _status(lab: Lab, asked: argparse.Namespace) -> None:
    rows = device_rows(lab.record)
    if asked.json:
        found = lab.record
        show(
            json.dumps(
                {"version": 1, "devices": rows, "faults": found.faults, "ports": found.ports}, ensure_ascii=False, indent=1
            )
        )
        return
    show(table(rows))
    show("faults: " + (", ".join(lab.record.faults) or "none"))


def _faults(_lab: Lab, asked: argparse.Namespace) -> None:
    rows = fault_rows()
    show(json.dumps({"version": 1, "faults": rows}, ensure_ascii=False, indent=1) if asked.json else table(rows))


def _fault(lab: Lab, asked: argparse.Namespace) -> None:
    chosen = lab.fault(asked.name, asked.device)
    if asked.state == "on":
        chosen.on()
    else:
        chosen.off()
    if not lab.inside:
        what = chosen.fault.sentence if asked.state == "on" else "it is over"
        talk(f"{asked.name} {chosen.device.name} {asked.state}: {what}")


def _backups(lab: Lab, _asked: argparse.Namespace) -> None:
    first_round(lab, talk)


def _exec(lab: Lab, asked: argparse.Namespace) -> None:
    become(asked.program, lab.command)


_VERBS = {"up": _up, "down": _down, "status": _status, "faults": _faults, "fault": _fault, "backups": _backups, "exec": _exec}

if __name__ == "__main__":
    sys.exit(main())
