"""Tells whether an address to listen on is free, by taking it for a moment."""

import errno
import socket


def is_free(host: str, port: int) -> bool:
    """Tell whether we could listen there now; OSError when the address is not ours or the port not allowed."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as candidate:
        # As the exporter does: connections of a stopped one that still linger are no obstacle.
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((host, port))
            candidate.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True
