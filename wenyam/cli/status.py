"""`wenyam status`: what is up and what is not, on one screen."""

import argparse
import json
import sys
import time


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="versioned data instead of a screen")
    form.add_argument("--watch", action="store_true", help="show it again every two seconds, until Ctrl-C")
    parser.add_argument("--all", action="store_true", help="every check, not only those that are not OK")
    parser.add_argument("--language", choices=("th", "en"), help="language of the screen (default: the instance's)")


def run(arguments: argparse.Namespace) -> int:
    """Show the states; 1 when the watcher is silent."""
    from wenyam.clock import SystemClock  # noqa: PLC0415  # loaded for this verb only
    from wenyam.operations import status  # noqa: PLC0415  # same
    from wenyam.settings.loader import load  # noqa: PLC0415  # same

    configuration = load(arguments.config)
    clock = SystemClock()
    if arguments.json:
        view = status.present(configuration, clock.now())
        print(json.dumps(status.data(view), ensure_ascii=False, indent=2))
        return 0 if view.live else 1

    from rich.console import Console  # noqa: PLC0415  # --json needs no screen
    from rich.live import Live  # noqa: PLC0415  # same

    from wenyam.cli.status_screen import screen  # noqa: PLC0415  # same

    language = arguments.language or configuration.instance.language
    console = Console(highlight=False)
    view = status.present(configuration, clock.now())
    if not arguments.watch:
        console.print(screen(configuration, view, language, everything=arguments.all))
        return 0 if view.live else 1
    with Live(console=console, screen=sys.stdout.isatty(), auto_refresh=False) as live:
        while True:
            brief, height = not arguments.all, console.height if sys.stdout.isatty() else 0
            shown = screen(configuration, view, language, everything=arguments.all, brief=brief, height=height)
            live.update(shown, refresh=True)
            time.sleep(2)
            view = status.present(configuration, clock.now())
