"""`wenyam collect`: read one device once, without configuration if wanted, and print what it said."""

import argparse
import json
from pathlib import Path

from wenyam.cli.parsing import LAST_PORT, number, positive


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--host", metavar="ADDRESS", help="read this address over SNMP")
    what.add_argument("--device", metavar="NAME", help="read this device of the configuration, every job of it")
    parser.add_argument("--port", type=number(1, LAST_PORT, "a port"), default=161, help="UDP port of the agent (161)")
    parser.add_argument("--snmp-version", choices=("1", "2c", "3"), default="2c")
    secret = parser.add_mutually_exclusive_group()
    secret.add_argument("--community-file", type=Path, metavar="FILE", help="file (mode 0600) with the community")
    secret.add_argument("--credential", metavar="NAME", help="credential of the configuration")
    parser.add_argument("--profile", default="auto", help="profile, or auto (sysObjectID, then sysDescr)")
    parser.add_argument("--timeout", type=positive, default=30.0, metavar="SECONDS", help="for the whole reading (30)")
    parser.add_argument("--json", action="store_true", help="one JSON object (default: a table of samples)")


def run(arguments: argparse.Namespace) -> int:
    """Read and print; 0 complete, 1 nothing could be read, 3 partial."""
    from wenyam.cli.talk import quiet_libraries  # noqa: PLC0415  # loaded for this verb only
    from wenyam.operations import collect  # noqa: PLC0415  # loaded for this verb only

    quiet_libraries()
    outcomes = collect.collect(collect.asked(arguments))
    for outcome in outcomes:
        if arguments.json:
            print(json.dumps(outcome, ensure_ascii=False))
        else:
            _print(outcome)
    if any(not outcome["samples"] and outcome["errors"] for outcome in outcomes):
        return 1
    return 0 if all(outcome["complete"] for outcome in outcomes) else 3


def _print(outcome: dict[str, object]) -> None:
    print(f"{outcome['device']}  profile {outcome['profile']}  {outcome['took_seconds']:.3f} s")
    facts = outcome["facts"]
    if isinstance(facts, dict) and facts.get("evidence"):
        print(f"  evidence: {facts['evidence']}")
    samples = outcome["samples"]
    for sample in samples if isinstance(samples, list) else ():
        labels = ",".join(f'{name}="{value}"' for name, value in sample["labels"].items())
        print(f"  {sample['name']}{{{labels}}} {sample['value']:g} {sample['unit']}")
    errors = outcome["errors"]
    for error in errors if isinstance(errors, list) else ():
        print(f"  ! {error}")
