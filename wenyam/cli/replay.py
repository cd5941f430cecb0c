"""`wenyam replay`: serve a recording on this machine."""

import argparse
from pathlib import Path

from wenyam.cli.parsing import LAST_PORT, number


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("file", type=Path, metavar="FILE", help=".snmprec or .snmprec.bz2, as 'wenyam record' writes it")
    parser.add_argument("--address", default="127.0.0.1", help="address of this machine alone to serve at (127.0.0.1)")
    parser.add_argument("--port", type=number(0, LAST_PORT, "a port"), default=1161, help="UDP port (1161); 0 takes a free one")


def run(arguments: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    from wenyam.operations import recorded_device  # noqa: PLC0415  # loaded for this verb only

    playing, values = recorded_device.player(arguments.file, arguments.address, arguments.port)
    where = f"{arguments.address} port {playing.ports[0]}"
    print(f"serving {values} values at {where}, community {recorded_device.COMMUNITY}; Ctrl-C ends", flush=True)
    recorded_device.serve(playing)
    return 0
