"""`wenyam record`: a recording of a device that may be shown to others."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wenyam.cli.parsing import LAST_PORT, number, positive

if TYPE_CHECKING:
    from wenyam.operations.record import Recorded

_PARTIAL = 3


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("host", nargs="?", metavar="HOST", help="address of the device; or name one with --device")
    parser.add_argument("--device", metavar="NAME", help="this device of the configuration")
    parser.add_argument("--output", type=Path, metavar="FILE", help="where to write (HOST.snmprec); it must not exist yet")
    parser.add_argument("--port", type=number(1, LAST_PORT, "a port"), default=161, help="UDP port of the agent (161)")
    parser.add_argument("--snmp-version", choices=("1", "2c", "3"), default="2c")
    secret = parser.add_mutually_exclusive_group()
    secret.add_argument("--community-file", type=Path, metavar="FILE", help="file (mode 0600) with the community")
    secret.add_argument("--credential", metavar="NAME", help="credential of the configuration")
    parser.add_argument("--timeout", type=positive, default=600.0, metavar="SECONDS", help="for the whole walk (600)")
    parser.add_argument(
        "--maximum-rows", type=number(1, 100_000_000), default=200_000, metavar="ROWS", help="values after which it is cut short"
    )
    parser.add_argument("--kept", action="store_true", help="also print every text that stayed as it was, to read before showing")
    parser.add_argument("--json", action="store_true", help="one JSON object (default: lines)")


def run(arguments: argparse.Namespace) -> int:
    """Record; 0 whole, 1 nothing came, 3 cut short."""
    from wenyam.cli.talk import quiet_libraries  # noqa: PLC0415  # loaded for this verb only
    from wenyam.errors import UsageError  # noqa: PLC0415  # same
    from wenyam.operations import collect, record  # noqa: PLC0415  # same

    quiet_libraries()
    if (arguments.host is None) == (arguments.device is None):
        raise UsageError("name a HOST or a --device, one of them")
    arguments.profile = "auto"
    output = arguments.output or Path(f"{arguments.host or arguments.device}.snmprec")
    recorded = record.record(collect.asked(arguments), output, arguments.maximum_rows)
    _tell(recorded, output, arguments)
    return _PARTIAL if recorded.troubles else 0


def _tell(recorded: "Recorded", output: Path, arguments: argparse.Namespace) -> None:
    scrubbed = recorded.scrubbed
    troubles = [str(trouble) for trouble in recorded.troubles]
    if arguments.json:
        said = {
            "version": 1,
            "file": str(output),
            "values": len(scrubbed.rows),
            "left_out": scrubbed.left_out,
            "replaced": dict(scrubbed.replaced),
            "kept": sorted(scrubbed.kept) if arguments.kept else len(scrubbed.kept),
            "errors": troubles,
        }
        print(json.dumps(said, ensure_ascii=False))
        return
    print(f"{output}: {len(scrubbed.rows)} values; {scrubbed.left_out} left out (users, communities, conversations, programs)")
    for what, count in sorted(scrubbed.replaced.items()):
        print(f"  replaced {count} {what}")
    print(f"  kept {len(scrubbed.kept)} different texts: words of makers and standards")
    for text, count in sorted(scrubbed.kept.items()) if arguments.kept else ():
        print(f"    {count} {json.dumps(text, ensure_ascii=False)}")
    for trouble in troubles:
        print(f"  ! {trouble}")
    if not arguments.kept:
        print("Read what was kept before you show the file to others: --kept lists it.", file=sys.stderr)
