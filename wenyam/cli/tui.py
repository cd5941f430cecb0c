"""`wenyam tui`: the terminal dashboard."""

import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--language", choices=("th", "en"), help="language of the screens (default: the instance's)")


def run(arguments: argparse.Namespace) -> int:
    """Show the dashboard until q is pressed."""
    from wenyam.clock import SystemClock  # noqa: PLC0415  # loaded for this verb only
    from wenyam.settings.loader import load  # noqa: PLC0415  # same
    from wenyam.tui.app import WenyamApp  # noqa: PLC0415  # same
    from wenyam.tui.gathering import WatcherSource  # noqa: PLC0415  # same
    from wenyam.tui.picture import Picture  # noqa: PLC0415  # same

    configuration = load(arguments.config)
    language = arguments.language or configuration.instance.language
    WenyamApp(WatcherSource(configuration, SystemClock()), Picture(configuration), language).run()
    return 0
