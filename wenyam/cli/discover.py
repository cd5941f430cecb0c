"""`wenyam discover`: look for devices in networks you name, and propose them for the configuration."""

import argparse
import json
import sys
from typing import TYPE_CHECKING

from wenyam.cli.parsing import LAST_PORT, number

if TYPE_CHECKING:
    from wenyam.operations.discover import Discovered


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "network", nargs="+", metavar="NETWORK", help="such as 192.0.2.0/24, or one address; never more than 4096 addresses"
    )
    parser.add_argument(
        "--credential", action="append", required=True, metavar="NAME", help="SNMP credential to try; may be given more than once"
    )
    parser.add_argument("--port", type=number(1, LAST_PORT, "a port"), default=161, help="UDP port of the agents (161)")
    parser.add_argument("--rate", type=float, default=20.0, metavar="N", help="addresses a second (20)")
    parser.add_argument("--write", metavar="FILE", help="offer to add the proposal to the configuration folder under this name")
    parser.add_argument("--confirm", default="", metavar="FILE", help="the same name again, where nobody can be asked")
    parser.add_argument("--json", action="store_true", help="versioned data instead of YAML")


def run(arguments: argparse.Namespace) -> int:
    """Look, propose, and write only what somebody confirms."""
    from wenyam.cli.typed import require_name  # noqa: PLC0415  # loaded for this verb only
    from wenyam.clock import SystemClock  # noqa: PLC0415  # same
    from wenyam.operations import discover  # noqa: PLC0415  # same
    from wenyam.settings.loader import load  # noqa: PLC0415  # same

    configuration = load(arguments.config)
    path = None if arguments.write is None else discover.target(configuration, arguments.write)
    wanted = discover.search(configuration, arguments.network, arguments.credential, arguments.port, arguments.rate)
    found = discover.discover(configuration, wanted, SystemClock(), _progress)
    if arguments.json:
        print(json.dumps(_data(found), ensure_ascii=False, indent=2))
    else:
        print(found.text, end="")
    new = f"{len(found.proposals)} devices that are not in the configuration"
    print(f"{found.asked} addresses asked, {len(found.known)} known already; {new}", file=sys.stderr)
    if path is not None and found.text:
        require_name(path.name, arguments.confirm, f"the file {path}", act="create")
        discover.write(configuration, path, found.text)
        print(f"{path} written; see: wenyam config check", file=sys.stderr)
    return 0


def _progress(done: int, of: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done} of {of} addresses asked", end="\n" if done == of else "", file=sys.stderr, flush=True)


def _data(found: "Discovered") -> dict[str, object]:
    rows = [
        {
            "name": each.name,
            "kind": each.kind,
            "addresses": list(each.addresses),
            "credential": each.credential,
            "profile": each.profile,
            "vendor": each.vendor,
            "description": each.said,
        }
        for each in found.proposals
    ]
    return {"version": 1, "asked": found.asked, "known": list(found.known), "devices": rows}
