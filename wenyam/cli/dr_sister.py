"""`wenyam dr push|received`: the settings at the other site."""

import argparse
import json
from collections.abc import Callable, Mapping

from wenyam.cli.talk import quiet_libraries
from wenyam.clock import SystemClock
from wenyam.i18n.clean_text import clean
from wenyam.i18n.dates import format_with_zone
from wenyam.operations import sister
from wenyam.settings.loader import load


def push(arguments: argparse.Namespace) -> int:
    """Push the settings, or say what would be pushed."""
    configuration, clock = load(arguments.config), SystemClock()
    quiet_libraries()
    made = sister.prepare(configuration, clock.now()) if arguments.plan else sister.push(configuration, clock)
    if arguments.json:
        print(json.dumps(made.data(), ensure_ascii=False))
        return 0
    how = "would be pushed to" if arguments.plan else "were there already and are confirmed at" if made.renewed else "pushed to"
    print(f"{len(made.files)} files {how} {made.to}, digest {made.manifest.configuration[:12]}")
    for line in _left(made.found.left):
        print(line)
    if made.found.unread:
        print(f"  this account cannot read, and so did not look for, the secrets {', '.join(made.found.unread)}")
    return 0


def _left(left: Mapping[str, str]) -> list[str]:
    return [f"  left out: {clean(name, 200)} ({why})" for name, why in left.items()]


def received(arguments: argparse.Namespace) -> int:
    """Compare every copy that was received with its manifest; 1 when one is not good."""
    configuration = load(arguments.config)
    found, zone = sister.received(configuration, SystemClock().now()), configuration.instance.availability.time_zone
    if arguments.json:
        print(json.dumps(sister.received_data(found), ensure_ascii=False))
    else:
        for each in found:
            when = "" if each.manifest is None else f" of {format_with_zone(each.manifest.at, zone)}"
            print(f"{each.instance}: {each.folder}{when}: {each.problem or 'whole'}")
    return 1 if any(each.problem for each in found) else 0


VERBS: dict[str, Callable[[argparse.Namespace], int]] = {"push": push, "received": received}
