"""`wenyam run`: watch until told to stop."""

import argparse

ENDS_AT_ONCE = True
"""What it wrote is closed by then; a library that hangs in a thread, and much memory, would hold the process up."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--log-level", default="info", choices=("debug", "info", "warning", "error"), help="what goes to stderr")


def run(arguments: argparse.Namespace) -> int:
    """Watch until SIGTERM or SIGINT."""
    from wenyam.cli.talk import log_to_stderr  # noqa: PLC0415  # loaded for this verb only
    from wenyam.daemon import watch  # noqa: PLC0415  # everything is loaded for this verb only

    log_to_stderr(arguments.log_level)
    watch(arguments.config)
    return 0
