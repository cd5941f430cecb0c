"""`wenyam maintenance`: planned work entered before it begins, listed, and ended."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wenyam.model.instance import Configuration
    from wenyam.model.instants import Instant


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-verbs and their options."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    sentence = "Enter planned work that was approved before it begins. Entered late it counts from its entry; an overrun is down."
    verb = verbs.add_parser("add", help="enter planned work", description=sentence)
    verb.add_argument("subjects", metavar="SUBJECT", nargs="+", help="a device by name, link:NAME, service:NAME or group:NAME")
    verb.add_argument("--from", dest="starts", metavar="TIME", help="now, +2h, 2026-11-28T22:00 (the instance's zone)")
    verb.add_argument("--until", dest="ends", metavar="TIME", help="when it ends; a date counts to its end")
    verb.add_argument("--schedule", metavar="TEXT", help="when it recurs, such as 'every sun 01:00'")
    verb.add_argument("--duration", metavar="LENGTH", help="length of each recurrence, such as 4h")
    verb.add_argument("--reason", metavar="TEXT", required=True, help="why")
    verb.add_argument("--approved-by", metavar="PERSON", required=True, help="who approved it; not who gives this command")
    verb.add_argument("--approved-at", metavar="TIME", default="now", help="when it was approved (default: now)")
    verb.add_argument("--change", metavar="NUMBER", default="", help="number of the change request")
    verb.add_argument("--name", metavar="NAME", default="", help="its name (default: made from the first subject and the day)")
    verb.add_argument("--plan", action="store_true", help="only show what it touches")
    verb.add_argument("--json", action="store_true", help="versioned data instead of text")
    verb = verbs.add_parser("list", help="windows in force, to come and past", description="List planned work.")
    verb.add_argument("--all", action="store_true", help="past and withdrawn ones too, not only the latest")
    verb.add_argument("--json", action="store_true", help="versioned data instead of text")
    verb = verbs.add_parser("end", help="end planned work now", description="End a window in force, withdraw one to come.")
    verb.add_argument("name", metavar="NAME", help="as 'wenyam maintenance list' shows it")
    verb.add_argument("--reason", metavar="TEXT", default="", help="why")


def run(arguments: argparse.Namespace) -> int:
    """Do what the sub-verb says."""
    from wenyam.clock import SystemClock  # noqa: PLC0415  # loaded for this verb only
    from wenyam.settings.loader import load  # noqa: PLC0415  # same

    configuration, now = load(arguments.config), SystemClock().now()
    if arguments.verb == "add":
        return _add(configuration, arguments, now)
    if arguments.verb == "end":
        return _end(configuration, arguments)
    return _list(configuration, arguments, now)


def _request(configuration: "Configuration", arguments: argparse.Namespace, now: "Instant") -> dict[str, Any]:
    from wenyam.errors import UsageError  # noqa: PLC0415  # loaded for this verb only
    from wenyam.model import durations  # noqa: PLC0415  # same
    from wenyam.operations.moments import moment_of  # noqa: PLC0415  # same

    def moment(text: str | None, option: str, *, last: bool = False) -> "Instant | None":
        return None if text is None else moment_of(text, option, now, configuration.oncall.time_zone, last=last)

    try:
        duration = None if arguments.duration is None else durations.parse(arguments.duration)
    except ValueError as error:
        raise UsageError(f"--duration: {error}") from error
    return {
        "action": "maintenance-add",
        "subjects": arguments.subjects,
        "starts": moment(arguments.starts, "--from"),
        "ends": moment(arguments.ends, "--until", last=True),
        "schedule": arguments.schedule,
        "duration": duration,
        "reason": arguments.reason,
        "approved_by": arguments.approved_by,
        "approved_at": moment(arguments.approved_at, "--approved-at"),
        "change": arguments.change,
        "name": arguments.name,
    }


def _add(configuration: "Configuration", arguments: argparse.Namespace, now: "Instant") -> int:
    request = _request(configuration, arguments, now)
    if arguments.plan:
        return _plan(configuration, arguments, request, now)
    from wenyam.operations.asking import ask_watcher  # noqa: PLC0415  # loaded for this action only

    window = ask_watcher(configuration, request)["window"]
    if arguments.json:
        _print_json({"window": window})
        return 0
    state = "in force" if window["when"] == "now" else window["when"]
    print(f"{window['name']}: {state}, {window['starts']} to {window['ends']}, approved by {window['approved_by']}")
    return 0


def _plan(configuration: "Configuration", arguments: argparse.Namespace, request: dict[str, Any], now: "Instant") -> int:
    from wenyam.cli.maintenance_screen import scope_text  # noqa: PLC0415  # loaded for this action only
    from wenyam.operations.actor import present_actor  # noqa: PLC0415  # same
    from wenyam.operations.maintenance import judged  # noqa: PLC0415  # same
    from wenyam.operations.maintenance_actions import asked_of  # noqa: PLC0415  # same
    from wenyam.operations.maintenance_scope import scope  # noqa: PLC0415  # same

    known = configuration.inventory.windows
    window = judged(asked_of(request), present_actor(configuration.inventory), configuration, known, now)
    touched = scope(configuration.inventory, window.subjects)
    if arguments.json:
        names = ("planned", "behind", "links", "services")
        shown = {name: [str(subject) for subject in getattr(touched, name)] for name in names}
        _print_json({"plan": shown | {"others": touched.others}})
    else:
        print(scope_text(window, touched, configuration), end="")
    return 0


def _list(configuration: "Configuration", arguments: argparse.Namespace, now: "Instant") -> int:
    from contextlib import closing  # noqa: PLC0415  # loaded for this action only
    from pathlib import Path  # noqa: PLC0415  # same

    from wenyam.cli.maintenance_screen import list_text  # noqa: PLC0415  # same
    from wenyam.errors import StoreError  # noqa: PLC0415  # same
    from wenyam.operations.maintenance import data, views  # noqa: PLC0415  # same
    from wenyam.store.sqlite import open_reader  # noqa: PLC0415  # same

    try:
        with closing(open_reader(Path(configuration.instance.state_directory))) as reader:
            rows = reader.windows()
    except StoreError as error:
        rows = []
        print(f"only what the configuration says: {error}", file=sys.stderr)
    found = views(configuration, rows, now)
    if arguments.json:
        _print_json({"windows": [data(view) for view in found]})
    else:
        print(list_text(found, configuration, everything=arguments.all), end="")
    return 0


def _end(configuration: "Configuration", arguments: argparse.Namespace) -> int:
    from wenyam.operations.asking import ask_watcher  # noqa: PLC0415  # loaded for this action only

    request = {"action": "maintenance-end", "name": arguments.name, "reason": arguments.reason}
    was = ask_watcher(configuration, request)["was"]
    print(f"{arguments.name}: {'ended; what is still down counts and alerts' if was == 'now' else 'withdrawn before it began'}")
    return 0


def _print_json(body: dict[str, Any]) -> None:
    import json  # noqa: PLC0415  # text needs none

    print(json.dumps({"version": 1, **body}, ensure_ascii=False, indent=2))
