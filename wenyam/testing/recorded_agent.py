"""Plays a recorded device at many addresses, as a process of its own.

`python -m wenyam.testing.recorded_agent --recording PATH --address 127.20.1.1 --port 161 --community X`
Values and delay change at run time through `--control SOCKET` (a Unix datagram socket, see `command`).
"""

import argparse
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from wenyam.links.snmp.player import LARGEST_DATAGRAM, LARGEST_REPLY, Answerer, Player
from wenyam.testing import recording

__all__ = ["LARGEST_REPLY", "Answerer", "Player", "command", "main"]


def command(path: Path, *lines: str, patience: float = 5.0) -> None:
    """Send `set OID=TYPE:VALUE`, `remove OID` or `delay SECONDS` to a running player; RuntimeError when it refuses."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaker:
        speaker.bind("")  # an abstract name of our own, so that the player can answer
        speaker.settimeout(patience)
        speaker.sendto("\n".join(lines).encode(), str(path))
        said = speaker.recv(LARGEST_DATAGRAM)
    if said != b"ok":
        raise RuntimeError(said.decode())


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="recorded_agent", description="Play a recorded device over SNMP v1 and v2c.")
    parser.add_argument("--recording", required=True, type=Path, help=".snmprec or .snmprec.bz2")
    parser.add_argument("--address", action="append", required=True, help="address to serve; may be given many times")
    parser.add_argument("--port", type=int, default=161)
    parser.add_argument("--community", action="append", help="who may read; may be given many times (default: public)")
    parser.add_argument("--community-file", type=Path, help="file with the one community that may read, kept out of sight")
    parser.add_argument(
        "--only", action="append", default=[], metavar="OID", help="keep this subtree only; may be given many times"
    )
    parser.add_argument(
        "--without", action="append", default=[], metavar="OID", help="leave this subtree out; may be given many times"
    )
    parser.add_argument("--replace", action="append", default=[], metavar="OID=TYPE:VALUE", help="change or add a value")
    parser.add_argument("--delay", type=float, default=0.0, metavar="SECONDS", help="answer this much later")
    parser.add_argument("--largest-reply", type=int, default=LARGEST_REPLY, metavar="BYTES")
    parser.add_argument("--control", type=Path, metavar="SOCKET", help="take commands at this Unix socket")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> None:
    """Load, bind, say so, and serve until killed."""
    options = _arguments(words)
    tree = recording.load(options.recording, options.only, options.without, options.replace)
    communities = [community.encode() for community in options.community or ["public"]]
    if options.community_file is not None:
        communities = [options.community_file.read_bytes().strip()]
    answerer = Answerer(tree, communities, options.largest_reply)
    player = Player(answerer, options.address, options.port, delay=options.delay)
    if options.control is not None:
        player.listen_for_commands(options.control)
    sys.stdout.write(f"serving {len(tree.names)} values at {', '.join(options.address)} port {player.ports[0]}\n")
    sys.stdout.flush()
    player.serve()


if __name__ == "__main__":
    main()
