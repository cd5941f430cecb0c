"""Serving a recording on this machine, for whoever writes a profile or asks for help with one."""

import ipaddress
import signal
from contextlib import closing
from pathlib import Path

from wenyam.errors import PortTakenError, UsageError
from wenyam.links.snmp import recordings
from wenyam.links.snmp.player import Answerer, Player

COMMUNITY = "public"
"""Of every replay: what is served was made to be shown."""


def player(path: Path, address: str, port: int) -> tuple[Player, int]:
    """Load a recording and bind; return the player and how many values it has."""
    _expect_loopback(address)
    try:
        tree = recordings.load(path)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error
    if not tree.names:
        raise UsageError(f"{path} holds no values", hint="A recording has lines such as 1.3.6.1.2.1.1.5.0|4|name.")
    try:
        return Player(Answerer(tree, [COMMUNITY.encode()]), [address], port), len(tree.names)
    except OSError as error:
        raise PortTakenError(f"{address} port {port}: {error.strerror}", hint="Choose another one with --port.") from error


def serve(playing: Player) -> None:
    """Answer until interrupted; also where a shell without job control started us, deaf to Ctrl-C."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with closing(playing):
        playing.serve()


def _expect_loopback(address: str) -> None:
    try:
        loopback = ipaddress.ip_address(address).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise UsageError(
            f"'{address}' is not an address of this machine alone", hint="Use 127.0.0.1, ::1 or another of 127.0.0.0/8."
        )
