"""`wenyam tui`: the terminal dashboard."""

import argparse
import sys


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--language", choices=("th", "en"), help="language of the screens (default: the instance's)")


def run(arguments: argparse.Namespace) -> int:
    """Show the dashboard until q is pressed."""
    from wenyam.errors import UsageError  # noqa: PLC0415  # loaded for this verb only

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the dashboard needs a terminal", hint="For files and pipes: wenyam status, wenyam status --json.")
    from wenyam.clock import SystemClock  # noqa: PLC0415  # loaded for this verb only
    from wenyam.settings.loader import load  # noqa: PLC0415  # same
    from wenyam.tui.app import WenyamApp  # noqa: PLC0415  # same
    from wenyam.tui.gathering import WatcherSource  # noqa: PLC0415  # same
    from wenyam.tui.picture import Picture  # noqa: PLC0415  # same

    configuration = load(arguments.config)
    language = arguments.language or configuration.instance.language
    WenyamApp(WatcherSource(configuration, SystemClock()), Picture(configuration), language).run()
    return 0
