"""Binds a UDP port here and hands it to a program that runs elsewhere: bound.py ADDRESS PORT PROGRAM [ARGUMENT…].

The program finds the socket as systemd would have passed it (sd_listen_fds(3)), which net-snmp understands. So the router's agent
lives in the router's network, whose interfaces and routes it shows, and yet answers at the router's address in the lab.
"""

import os
import socket
import sys

_FIRST_PASSED = 3


def main(address: str, port: str, *program: str) -> None:
    """Bind, and become the program under the same process id."""
    served = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    served.bind((address, int(port)))
    if served.fileno() == _FIRST_PASSED:
        os.set_inheritable(_FIRST_PASSED, True)  # noqa: FBT003  # the library's own positional flag
    else:
        os.dup2(served.fileno(), _FIRST_PASSED)
    environment = {**os.environ, "LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
    os.execve(program[0], program, environment)  # noqa: S606  # the lab's own argument list, and no shell reads it


if __name__ == "__main__":
    main(*sys.argv[1:])
