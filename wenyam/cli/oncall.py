"""`wenyam oncall`: who is on duty, a rota as a calendar, and people who stand in."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wenyam.model.instance import Configuration
    from wenyam.model.instants import Instant


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-verbs and their options; without one it says who is on duty."""
    parser.add_argument("--at", metavar="TIME", default="now", help="then instead of now, such as 2026-12-31T20:00 or +12h")
    parser.add_argument("--json", action="store_true", help="versioned data instead of text")
    parser.add_argument("--language", choices=("th", "en"), help="language of the text (default: the instance's)")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    verb = verbs.add_parser("ical", help="print a rota as a calendar", description="Print a rota as an RFC 5545 calendar.")
    verb.add_argument("rota", metavar="ROTA", help="a rota of 'oncall'")
    verb.add_argument("--months", metavar="N", type=_months, default=3, help="how far ahead, 1 to 24 (default: 3)")
    sentence = "Let somebody stand in for whoever's turn it is; of two at the same time the later one entered counts."
    verb = verbs.add_parser("override", help="let somebody stand in", description=sentence)
    verb.add_argument("rota", metavar="ROTA", help="a rota of 'oncall'")
    verb.add_argument("person", metavar="PERSON", help="who is on duty instead")
    verb.add_argument("--from", dest="starts", metavar="TIME", default="now", help="from when on (default: now)")
    verb.add_argument("--until", dest="ends", metavar="TIME", required=True, help="until when; a date counts to its end")
    verb.add_argument("--reason", metavar="TEXT", required=True, help="why")
    verb.add_argument("--layer", metavar="N", type=int, default=1, help="whose place: 1 is called first (default)")
    verb = verbs.add_parser("withdraw", help="withdraw who stands in", description="Withdraw somebody who stands in.")
    verb.add_argument("number", metavar="NUMBER", type=int, help="as 'override' printed and 'wenyam oncall' lists it")
    verb.add_argument("--reason", metavar="TEXT", required=True, help="why")


def _months(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 24:  # noqa: PLR2004  # two years of duty nobody plans further
        raise argparse.ArgumentTypeError("1 to 24 months")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Do what the sub-verb says."""
    from wenyam.clock import SystemClock  # noqa: PLC0415  # loaded for this verb only
    from wenyam.settings.loader import load  # noqa: PLC0415  # same

    configuration, now = load(arguments.config), SystemClock().now()
    if arguments.verb == "ical":
        return _ical(configuration, arguments, now)
    if arguments.verb == "override":
        return _override(configuration, arguments, now)
    if arguments.verb == "withdraw":
        return _withdraw(configuration, arguments)
    return _show(configuration, arguments, now)


def _show(configuration: "Configuration", arguments: argparse.Namespace, now: "Instant") -> int:
    import json  # noqa: PLC0415  # loaded for this verb only

    from wenyam.cli.oncall_screen import screen  # noqa: PLC0415  # same
    from wenyam.operations import oncall  # noqa: PLC0415  # same
    from wenyam.operations.moments import moment_of  # noqa: PLC0415  # same

    at = moment_of(arguments.at, "--at", now, configuration.oncall.time_zone)
    found = oncall.roster(configuration, at)
    if arguments.json:
        print(json.dumps(oncall.data(configuration, found), ensure_ascii=False, indent=2))
    else:
        print(screen(configuration, found, arguments.language or configuration.instance.language), end="")
    if found.store_silent:
        print(f"what was entered at run time is not in it: {found.store_silent}", file=sys.stderr)
    return 0


def _ical(configuration: "Configuration", arguments: argparse.Namespace, now: "Instant") -> int:
    from wenyam.operations import oncall  # noqa: PLC0415  # loaded for this verb only
    from wenyam.operations.oncall_calendar import calendar  # noqa: PLC0415  # same

    plan, silence = oncall.read_plan(configuration)
    rota = oncall.rota_of(plan, arguments.rota)
    sys.stdout.flush()
    sys.stdout.buffer.write(calendar(configuration, plan, rota, arguments.months, now).encode())
    if silence:
        print(f"what was entered at run time is not in it: {silence}", file=sys.stderr)
    return 0


def _override(configuration: "Configuration", arguments: argparse.Namespace, now: "Instant") -> int:
    from wenyam.operations.moments import moment_of  # noqa: PLC0415  # loaded for this verb only

    zone = configuration.oncall.time_zone
    answer = _ask(
        configuration,
        {
            "action": "oncall-override", "rota": arguments.rota, "person": arguments.person, "layer": arguments.layer,
            "starts": moment_of(arguments.starts, "--from", now, zone),
            "ends": moment_of(arguments.ends, "--until", now, zone, last=True), "reason": arguments.reason,
        },
    )  # fmt: skip
    print(f"{arguments.person} stands in on '{arguments.rota}', number {answer['number']}")
    return 0


def _withdraw(configuration: "Configuration", arguments: argparse.Namespace) -> int:
    request = {"action": "oncall-withdraw", "number": arguments.number, "reason": arguments.reason}
    answer = _ask(configuration, request)
    on = ", ".join(answer["on_duty"]) or "nobody"
    print(f"number {arguments.number} is withdrawn; on duty in its place on '{answer['rota']}': {on}")
    return 0


def _ask(configuration: "Configuration", request: dict[str, Any]) -> dict[str, Any]:
    from wenyam.operations.asking import ask_watcher  # noqa: PLC0415  # loaded for this verb only

    return ask_watcher(configuration, request)
