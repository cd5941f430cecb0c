"""`wenyam announce`: what users are told in words, on the status page and through channels."""

import argparse
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wenyam.model.instance import Configuration
    from wenyam.model.instants import Instant


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-verbs and their options."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    sentence = "Announce something: on the status page, and through the channels that are named. It is a fact of whoever says it."
    verb = verbs.add_parser("add", help="announce something", description=sentence)
    verb.add_argument("--th", metavar="TEXT", default="", help="what is said in Thai")
    verb.add_argument("--en", metavar="TEXT", default="", help="what is said in English; one of the two is enough")
    verb.add_argument("--until", metavar="TIME", default="+1d", help="how long it is shown: +4h, 2026-11-28T08:00 (default: +1d)")
    verb.add_argument(
        "--service", dest="services", metavar="NAME", action="append", default=[], help="a service it is about; again for more"
    )
    verb.add_argument(
        "--channel", dest="channels", metavar="NAME", action="append", default=[], help="send it through this channel too"
    )
    verb.add_argument(
        "--to", metavar="WHO", action="append", default=[], help="who hears it there: PERSON, role:ROLE, oncall:ROTA"
    )
    verb.add_argument("--plan", action="store_true", help="only show what would be said, and who would hear it")
    verb.add_argument("--json", action="store_true", help="versioned data instead of text")
    verb = verbs.add_parser("list", help="what is announced", description="List announcements, newest first.")
    verb.add_argument("--all", action="store_true", help="those that are over or withdrawn too")
    verb.add_argument("--json", action="store_true", help="versioned data instead of text")
    verb = verbs.add_parser(
        "withdraw", help="take one back", description="Take an announcement back; its channels hear of that too."
    )
    verb.add_argument("name", metavar="NAME", help="as 'wenyam announce list' shows it")
    verb.add_argument("--reason", metavar="TEXT", default="", help="why")


def run(arguments: argparse.Namespace) -> int:
    """Do what the sub-verb says."""
    from wenyam.clock import SystemClock  # noqa: PLC0415  # loaded for this verb only
    from wenyam.settings.loader import load  # noqa: PLC0415  # same

    configuration, now = load(arguments.config), SystemClock().now()
    if arguments.verb == "add":
        return _add(configuration, arguments, now)
    if arguments.verb == "withdraw":
        return _withdraw(configuration, arguments)
    return _list(configuration, arguments, now)


def _add(configuration: "Configuration", arguments: argparse.Namespace, now: "Instant") -> int:
    from wenyam.operations.asking import ask_watcher  # noqa: PLC0415  # loaded for this verb only
    from wenyam.operations.moments import moment_of  # noqa: PLC0415  # same

    zone = configuration.instance.availability.time_zone
    request: dict[str, Any] = {
        "action": "announce", "th": arguments.th, "en": arguments.en, "services": arguments.services,
        "channels": arguments.channels, "to": arguments.to, "plan": arguments.plan,
        "until": moment_of(arguments.until, "--until", now, zone, last=True),
    }  # fmt: skip
    answer = ask_watcher(configuration, request)
    if arguments.json:
        print(json.dumps(answer, ensure_ascii=False, indent=2))
        return 0
    print(_said(answer["announcement"], configuration))
    for channel, people in answer["reaches"].items():
        print(f"through {channel}: {', '.join(people) or 'whoever is there'}")
    if arguments.plan:
        print("nothing is announced yet")
    return 0


def _withdraw(configuration: "Configuration", arguments: argparse.Namespace) -> int:
    from wenyam.operations.asking import ask_watcher  # noqa: PLC0415  # loaded for this verb only

    answer = ask_watcher(configuration, {"action": "announce-withdraw", "name": arguments.name, "reason": arguments.reason})
    print(_said(answer["announcement"], configuration))
    return 0


def _list(configuration: "Configuration", arguments: argparse.Namespace, now: "Instant") -> int:
    from wenyam.operations import announcements  # noqa: PLC0415  # loaded for this verb only

    found = [announcements.data(each, now) for each in announcements.read_all(configuration)]
    shown = [each for each in found if arguments.all or each["when"] == "open"]
    if arguments.json:
        print(json.dumps({"version": announcements.VERSION, "announcements": shown}, ensure_ascii=False, indent=2))
        return 0
    print("\n".join(_said(each, configuration) for each in shown) or "nothing is announced")
    return 0


def _said(each: dict[str, Any], configuration: "Configuration") -> str:
    """Write one announcement as text; times in the instance's zone and language."""
    about = f", about {', '.join(each['services'])}" if each["services"] else ""
    ended = f", withdrawn {_local(each['withdrawn_at'], configuration)} by {each['withdrawn_by']}" if each["withdrawn_at"] else ""
    reason = f": {each['reason']}" if each["reason"] else ""
    until = _local(each["until"], configuration)
    head = f"{each['name']}  {each['when'].upper()}  until {until}, by {each['by']}{about}{ended}{reason}"
    return "\n".join([head, *(f"  {each[language]}" for language in ("th", "en") if each[language])])


def _local(at: str, configuration: "Configuration") -> str:
    from wenyam.i18n.dates import format_instant  # noqa: PLC0415  # loaded for this verb only
    from wenyam.model.instants import from_iso  # noqa: PLC0415  # same

    instance = configuration.instance
    return format_instant(from_iso(at), instance.availability.time_zone, instance.language)
