"""`wenyam alert`: what is open and who was told, acknowledge, silence, try a channel, read the log."""

import argparse
import json
import os
import re
import sys
from typing import Any

from wenyam.cli.parsing import number

_CODE = re.compile(r"[0-9A-Za-z]{3,12}")
_HOUR_MS = 3_600_000
_USAGE = 2


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-verbs."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    verb = verbs.add_parser("list", help="open incidents, who was told, channels", description="Print what is open now.")
    verb.add_argument("--json", action="store_true", help="print one JSON object")
    verb.add_argument("--language", choices=("th", "en"), help="language of the text (default: the instance's)")
    sentence = "Acknowledge an incident: escalation and repeats end, the message that it recovered still comes."
    verb = verbs.add_parser("ack", help="take an incident", description=sentence)
    which = verb.add_mutually_exclusive_group(required=True)
    which.add_argument("code", metavar="CODE", nargs="?", help="the short code in the message")
    which.add_argument("--from-ssh", action="store_true", help="take the code from $SSH_ORIGINAL_COMMAND, for a restricted key")
    verb.add_argument("--note", default="", metavar="TEXT", help="what you are doing")
    sentence = "Want no message about something for a while. It stays in every list, and is told if it is still bad afterwards."
    verb = verbs.add_parser("silence", help="no messages about something", description=sentence)
    verb.add_argument("what", metavar="WHAT", help="site:NAME, a subject such as device:NAME, or the code of an incident")
    verb.add_argument("--for", dest="length", required=True, metavar="TIME", help="how long, such as 2h")
    verb.add_argument("--reason", required=True, metavar="TEXT", help="why")
    verb = verbs.add_parser("unsilence", help="end a silence", description="End a silence early.")
    verb.add_argument("name", metavar="NAME", help="its name in 'wenyam alert list'")
    verb = verbs.add_parser("test", help="send a test message", description="Send a test message through a channel now.")
    verb.add_argument("channel", metavar="CHANNEL", help="a channel of the configuration")
    verb = verbs.add_parser("log", help="what was sent", description="Print what was raised and what became of it.")
    verb.add_argument(
        "--hours", type=number(1, 87600, "a number of hours"), default=24, metavar="N", help="how far back, default 24"
    )


def run(arguments: argparse.Namespace) -> int:
    """Run a sub-verb; without one, list."""
    verbs = {"ack": _ack, "silence": _silence, "unsilence": _unsilence, "test": _test, "log": _log}
    if arguments.verb in verbs:
        return verbs[arguments.verb](arguments)
    return _list(arguments)


def _ask(arguments: argparse.Namespace, request: dict[str, Any], seconds: float = 10.0) -> dict[str, Any]:
    from wenyam.links.control import ask  # noqa: PLC0415  # loaded for this verb only
    from wenyam.operations.status import socket_path  # noqa: PLC0415  # same
    from wenyam.settings.loader import load  # noqa: PLC0415  # same

    answer = ask(socket_path(load(arguments.config)), request, seconds)
    if "error" in answer:
        # It is a whole sentence already, from the watcher's side.
        print(f"wenyam alert: {answer['error']}", file=sys.stderr)
        raise SystemExit(_USAGE)
    return answer


def _ack(arguments: argparse.Namespace) -> int:
    code = code_of_ssh() if arguments.from_ssh else arguments.code
    print(_ask(arguments, {"action": "alert-ack", "code": code, "note": arguments.note})["said"])
    return 0


def code_of_ssh() -> str:
    """Return the code at the end of what was asked over SSH; UsageError when there is none. Nothing else of it is used."""
    from wenyam.errors import UsageError  # noqa: PLC0415  # loaded for this verb only

    words = os.environ.get("SSH_ORIGINAL_COMMAND", "").split()
    if not words or _CODE.fullmatch(words[-1]) is None:
        raise UsageError("the SSH command holds no code; ask for it as: ssh HOST CODE")
    return words[-1]


def _silence(arguments: argparse.Namespace) -> int:
    from wenyam.i18n.dates import format_with_zone  # noqa: PLC0415  # loaded for this verb only
    from wenyam.model.instants import from_iso  # noqa: PLC0415  # same
    from wenyam.settings.loader import load  # noqa: PLC0415  # same

    request = {"action": "alert-silence", "what": arguments.what, "for": arguments.length, "reason": arguments.reason}
    answer = _ask(arguments, request)
    until = format_with_zone(from_iso(answer["until"]), load(arguments.config).instance.availability.time_zone)
    print(f"{answer['name']}: no message about {arguments.what} until {until}")
    return 0


def _unsilence(arguments: argparse.Namespace) -> int:
    print(f"{_ask(arguments, {'action': 'alert-unsilence', 'name': arguments.name})['ended']} has ended")
    return 0


def _test(arguments: argparse.Namespace) -> int:
    answer = _ask(arguments, {"action": "alert-test", "channel": arguments.channel}, 60.0)
    if answer["problem"]:
        print(f"wenyam alert: {arguments.channel}: {answer['problem']}", file=sys.stderr)
        return 1
    print(f"{arguments.channel}: {answer['detail']}")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    from wenyam.clock import SystemClock  # noqa: PLC0415  # loaded for this verb only
    from wenyam.operations import alerts  # noqa: PLC0415  # same
    from wenyam.operations.reports import archive  # noqa: PLC0415  # same

    now = SystemClock().now()
    with archive(arguments.config) as (configuration, reader):
        found = alerts.view(configuration, reader, now)
    if getattr(arguments, "json", False):
        print(json.dumps(alerts.data(found, now), ensure_ascii=False, indent=2))
        return 0
    from wenyam.cli.alert_screen import show  # noqa: PLC0415  # Rich is loaded for people only

    show(found, configuration, now, getattr(arguments, "language", None) or configuration.instance.language)
    return 0


def _log(arguments: argparse.Namespace) -> int:
    from wenyam.cli.local_times import told, zone_line  # noqa: PLC0415  # loaded for this verb only
    from wenyam.clock import SystemClock  # noqa: PLC0415  # same
    from wenyam.model.instants import Instant  # noqa: PLC0415  # same
    from wenyam.operations import alerts  # noqa: PLC0415  # same
    from wenyam.operations.reports import archive  # noqa: PLC0415  # same

    since = Instant(SystemClock().now() - arguments.hours * _HOUR_MS)
    with archive(arguments.config) as (configuration, reader):
        zone, found = configuration.instance.availability.time_zone, alerts.log(reader, since)
        for chained in found:
            body = chained.fact.body
            words = [
                str(body.get(key)) for key in ("event", "parts", "people", "title", "detail", "why", "what") if body.get(key)
            ]
            print(f"{told(chained.fact.at, zone)}  {chained.fact.kind:20} {body.get('channel', '')!s:10} {' · '.join(words)}")
    if found:
        print(zone_line(zone))
    return 0
