"""`wenyam run`: watch until told to stop."""

import argparse
import logging
import sys


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--log-level", default="info", choices=("debug", "info", "warning", "error"), help="what goes to stderr")


def run(arguments: argparse.Namespace) -> int:
    """Watch until SIGTERM or SIGINT."""
    from wenyam.daemon import watch  # noqa: PLC0415  # everything is loaded for this verb only

    logging.basicConfig(
        level=arguments.log_level.upper(), stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    # What a device did wrong is told by our own failures, once; the library's thread-side tracebacks would hide it.
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)
    watch(arguments.config)
    return 0
