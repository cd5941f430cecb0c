"""What the sub-verbs of `wenyam backup` that only look print; imported only when one of them runs."""

import argparse
import json
from collections.abc import Callable, Mapping

from wenyam.backup import size
from wenyam.cli import backup_screen
from wenyam.cli.local_times import told, zone_line
from wenyam.clock import SystemClock
from wenyam.operations import backup_status, backups, network_copies
from wenyam.settings.loader import load


def status(arguments: argparse.Namespace) -> int:
    """Show every job."""
    configuration, now = load(arguments.config), SystemClock().now()
    view = backup_status.present(configuration, now)
    if arguments.json:
        print(json.dumps(backup_status.data(view), ensure_ascii=False, indent=2))
    else:
        backup_screen.show(view)
    return 1 if view.trouble else 0


def listing(arguments: argparse.Namespace) -> int:
    """List the backups of one job."""
    configuration = load(arguments.config)
    backups.named(configuration, [arguments.name], every=False)
    rows = backup_status.backups_of(configuration, arguments.name, SystemClock().now())
    if arguments.json:
        print(json.dumps(backup_status.backups_data(rows), ensure_ascii=False, indent=2))
        return 0
    zone = configuration.instance.availability.time_zone
    for row in rows:
        state = "complete" if row.complete else f"accepted: {row.accepted}" if row.accepted else f"INCOMPLETE: {row.problem}"
        places = ", ".join((row.repository, *(name for name, _ in row.copies)))
        print(
            f"{told(row.taken, zone)}  {row.snapshot[:8]}  {size.write(row.bytes):>10}  {row.files:>8} files  {places}  {state}"
        )
    if rows:
        print(zone_line(zone))
    return 0


def diff(arguments: argparse.Namespace) -> int:
    """Show what changed between two masked copies of a configuration; the exit code is 1 when something did."""
    configuration = load(arguments.config)
    backups.named(configuration, [arguments.name], every=False)
    found = network_copies.difference_between(configuration, arguments.name, arguments.older, arguments.newer)
    print(found, end="")
    return 1 if found else 0


VERBS: Mapping[str, Callable[[argparse.Namespace], int]] = {"status": status, "list": listing, "diff": diff}
