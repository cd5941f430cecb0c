"""What goes to stderr."""

import logging
import sys

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def log_to_stderr(level: str = "info") -> None:
    """Log there from this level on."""
    logging.basicConfig(level=level.upper(), stream=sys.stderr, format=FORMAT)
    quiet_libraries()


def quiet_libraries() -> None:
    """Keep what libraries log out: what a device did wrong is told by our own failures, once, and without its secrets."""
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)
