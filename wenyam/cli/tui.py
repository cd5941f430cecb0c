"""`wenyam tui`: the terminal dashboard."""

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wenyam.clock import Clock
    from wenyam.model.instance import Configuration
    from wenyam.tui.gathering import Source

_FASTEST = 3600.0


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    sentence = "look at a past stretch instead, such as 2026-11-26T22:00 2026-11-27T06:00"
    parser.add_argument("--replay", nargs=2, metavar=("FROM", "TO"), help=sentence)
    parser.add_argument("--speed", type=float, default=60.0, metavar="N", help="seconds of the past in one second (default: 60)")
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
    clock = SystemClock()
    if arguments.replay is not None:
        source: Source = _replay(configuration, clock, *arguments.replay, speed=arguments.speed)
    else:
        source = WatcherSource(configuration, clock, lambda: load(arguments.config))
    WenyamApp(source, Picture(configuration), language).run()
    return 0


def _replay(configuration: "Configuration", clock: "Clock", begin: str, end: str, *, speed: float) -> "Source":
    """Return the stretch between two moments, at a speed; UsageError for one that is none."""
    from wenyam.errors import UsageError  # noqa: PLC0415  # loaded for this verb only
    from wenyam.model.instants import Period  # noqa: PLC0415  # same
    from wenyam.operations.moments import moment_of  # noqa: PLC0415  # same
    from wenyam.operations.replay import past  # noqa: PLC0415  # same
    from wenyam.tui.replay import ReplaySource  # noqa: PLC0415  # same

    zone, now = configuration.instance.availability.time_zone, clock.now()
    first, last = moment_of(begin, "--replay FROM", now, zone), moment_of(end, "--replay TO", now, zone, last=True)
    if not first < last <= now:
        raise UsageError(f"--replay {begin} {end}: FROM must come before TO, and TO must not be in the future")
    if not 0 < speed <= _FASTEST:
        raise UsageError(f"--speed {speed:g}: a number above 0 and at most {_FASTEST:g}")
    return ReplaySource(past(configuration, Period(first, last)), clock, speed)
