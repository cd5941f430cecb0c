"""`wenyam hostkey`: the host key each SSH server shows now beside the one on record, and recording it."""

import argparse
import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wenyam.operations.host_keys import Found

_FAILED, _INCOMPLETE = 1, 3


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("device", metavar="DEVICE", nargs="?", help="a device, service:NAME, repository:NAME or machine:JOB")
    which.add_argument("--all", action="store_true", help="every server that is used over SSH")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--accept", action="store_true", help="record keys of which none was on record; compare them first")
    what.add_argument(
        "--replace", metavar="FINGERPRINT", help="record a changed key: its SHA256 fingerprint, read at the console"
    )
    parser.add_argument("--json", action="store_true", help="versioned data instead of a table")


def run(arguments: argparse.Namespace) -> int:
    """Show and record; 0 all on record, 1 a key changed or a server was silent, 3 only new keys are left."""
    from wenyam.cli.talk import quiet_libraries  # noqa: PLC0415  # loaded for this verb only
    from wenyam.clock import SystemClock  # noqa: PLC0415  # loaded for this verb only
    from wenyam.errors import UsageError  # noqa: PLC0415  # same
    from wenyam.operations import host_keys  # noqa: PLC0415  # same
    from wenyam.settings.loader import load  # noqa: PLC0415  # same

    if arguments.all and arguments.replace:
        raise UsageError("--replace is for one device: each changed key is looked into by itself")
    quiet_libraries()
    configuration, clock = load(arguments.config), SystemClock()
    found = host_keys.look(configuration, host_keys.servers(configuration, arguments.device))
    if arguments.accept:
        found = host_keys.accept(configuration, clock, found)
    elif arguments.replace:
        found = host_keys.replace_key(configuration, clock, found, arguments.replace)
    if arguments.json:
        print(json.dumps(host_keys.data(found), ensure_ascii=False))
    else:
        _print(found)
    return _advise(found)


def _print(found: "list[Found]") -> None:
    places = [f"{each.server.address} port {each.server.port}" for each in found]
    width = max((len(", ".join(each.server.names)) for each in found), default=0)
    room = max(map(len, places), default=0)
    for each, at in zip(found, places, strict=True):
        state = "accepted" if each.accepted else each.state.value
        shown = f"{each.key.kind} {each.key.fingerprint}" if each.key else each.problem
        # A changed key must catch the eye.
        print(f"{', '.join(each.server.names):{width}}  {at:{room}}  {state.upper() if state == 'changed' else state:8}  {shown}")
        if state == "changed" and each.key is not None:
            print(f"{'':{width}}  on record: {', '.join(each.key.on_record)}")


def _advise(found: "list[Found]") -> int:
    """Say on stderr what is left to do; return the exit code."""
    left = {each.state.value: each.server.names[0] for each in found if not each.accepted}
    console = "the device's console (ssh-keygen -lf on its .pub file)"
    if "changed" in left:
        print(
            f"A changed key is a reinstalled device or somebody in between. Read the fingerprint at {console}; "
            f"if it is the one above: wenyam hostkey {left['changed']} --replace FINGERPRINT",
            file=sys.stderr,
        )
    if "new" in left:
        print(f"Compare each new fingerprint at {console}, then: wenyam hostkey {left['new']} --accept", file=sys.stderr)
    if not found:
        print("no device is read over SSH", file=sys.stderr)
    return _FAILED if {"changed", "silent"} & left.keys() else _INCOMPLETE if "new" in left else 0
