"""A process that sends traps from loopback addresses, each at its own rate: COMMUNITY PORT SECONDS ADDRESS=RATE …."""

import socket
import sys
import time
from collections.abc import Sequence

_TURN = 0.01
_LONG = 0x80


def trap(number: int, community: bytes = b"public") -> bytes:
    """Return a version 2c warmStart trap whose sysName tells its number."""
    names = (
        (b"\x2b\x06\x01\x02\x01\x01\x03\x00", b"\x43\x01\x2a"),
        (b"\x2b\x06\x01\x06\x03\x01\x01\x04\x01\x00", _tagged(6, b"\x2b\x06\x01\x06\x03\x01\x01\x05\x02")),
        (b"\x2b\x06\x01\x02\x01\x01\x05\x00", _tagged(4, f"{number:08d}".encode())),
    )
    bindings = _tagged(0x30, b"".join(_tagged(0x30, _tagged(6, name) + value) for name, value in names))
    pdu = _tagged(0xA7, b"\x02\x01\x01\x02\x01\x00\x02\x01\x00" + bindings)
    return _tagged(0x30, b"\x02\x01\x01" + _tagged(4, community) + pdu)


def _tagged(tag: int, content: bytes) -> bytes:
    return bytes((tag, len(content))) + content if len(content) < _LONG else bytes((tag, 0x81, len(content))) + content


def send(community: bytes, port: int, seconds: float, rates: Sequence[tuple[str, float]]) -> dict[str, int]:
    """Send for so long; return how many each address sent."""
    sockets = {address: socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for address, _ in rates}
    for address, opened in sockets.items():
        opened.bind((address, 0))
    sent = dict.fromkeys(sockets, 0)
    begun = time.monotonic()
    while (gone := time.monotonic() - begun) < seconds:
        for address, rate in rates:
            while sent[address] < rate * gone:
                sockets[address].sendto(trap(sent[address], community), ("127.0.0.1", port))
                sent[address] += 1
        time.sleep(_TURN)
    for opened in sockets.values():
        opened.close()
    return sent


if __name__ == "__main__":
    community, port, seconds, *others = sys.argv[1:]
    written = [(name, float(rate)) for name, _, rate in (other.partition("=") for other in others)]
    for address, count in send(community.encode(), int(port), float(seconds), written).items():
        sys.stdout.write(f"{address} {count}\n")
