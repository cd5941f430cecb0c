"""What the sub-verbs of `wenyam backup` do and print; imported only when one of them runs."""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from wenyam.backup import size
from wenyam.backup.depot import Depot
from wenyam.backup.prune import Plan
from wenyam.backup.run import accepted, sentences
from wenyam.cli import backup_screen
from wenyam.cli.progress import shown
from wenyam.cli.talk import quiet_libraries
from wenyam.clock import SystemClock
from wenyam.i18n.dates import format_instant
from wenyam.model.backup import Verdict
from wenyam.model.instance import Configuration
from wenyam.model.instants import to_iso
from wenyam.operations import backup_status, backups, network_copies
from wenyam.operations.actor import present_actor
from wenyam.settings.loader import load

Answer = TypeVar("Answer")


def opened(configuration: Configuration, work: Callable[[Depot], Awaitable[Answer]], *, talk: bool = True) -> Answer:
    """Do some work in a depot and close it."""

    async def all_of_it() -> Answer:
        with shown(wanted=talk) as progress:
            async with backups.opened(configuration, SystemClock(), progress) as depot:
                return await work(depot)

    quiet_libraries()
    return asyncio.run(all_of_it())


def run(arguments: argparse.Namespace) -> int:
    """Make backups, or say what would be made."""
    configuration = load(arguments.config)
    names = backups.named(configuration, arguments.names, every=arguments.all)
    if arguments.plan:
        zone = configuration.instance.availability.time_zone
        for intention in opened(configuration, lambda depot: backups.intentions(depot, names)):
            print(f"{intention.sentence}; due {format_instant(intention.due, zone, 'en')}")
        return 0
    again = arguments.again or arguments.claimed
    results = opened(configuration, lambda depot: backups.run_all(depot, names, again=again))
    if arguments.json:
        print(json.dumps(backups.data(results), ensure_ascii=False))
    for line in sentences(results):
        print(line, file=sys.stderr)
    return backups.worst(results)


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
    for row in rows:
        state = "complete" if row.complete else f"accepted: {row.accepted}" if row.accepted else f"INCOMPLETE: {row.problem}"
        places = ", ".join((row.repository, *(name for name, _ in row.copies)))
        print(f"{to_iso(row.taken)}  {row.snapshot[:8]}  {size.write(row.bytes):>10}  {row.files:>8} files  {places}  {state}")
    return 0


def init(arguments: argparse.Namespace) -> int:
    """Make repositories."""
    configuration = load(arguments.config)
    names = arguments.names or [*configuration.backup.repositories]

    async def work(depot: Depot) -> Sequence[str]:
        return [await backups.make_repository(depot, name) for name in names]

    for line in opened(configuration, work):
        print(line)
    return 0


def verify(arguments: argparse.Namespace) -> int:
    """Check a repository."""
    configuration = load(arguments.config)
    found = opened(
        configuration,
        lambda depot: backups.check_repository(
            depot, arguments.name, parts=arguments.parts, structure_only=arguments.structure_only
        ),
    )
    what = f"part {found.part} of {found.parts} of the data" if found.parts else "structure only, no data"
    print(f"{found.repository}: {found.verdict.words} ({what})" + (f": {found.problem}" if found.problem else ""))
    return 0 if found.verdict is Verdict.PASS else 1


def prune(arguments: argparse.Namespace) -> int:
    """Show what the rules keep, then remove the rest."""
    configuration = load(arguments.config)
    names = arguments.names or [*configuration.backup.jobs]

    async def work(depot: Depot) -> int:
        plans = await backups.prune_plans(depot, names)
        for plan in plans:
            print(_plan_text(plan))
        return 0 if arguments.plan else await backups.carry_out(depot, plans)

    gone = opened(configuration, work)
    if not arguments.plan:
        print(f"{gone} snapshots removed", file=sys.stderr)
    return 0


def _plan_text(plan: Plan) -> str:
    lines = [f"{plan.job} in '{plan.repository}'" + (f": nothing goes: {plan.refusal}" if plan.refusal else "")]
    going = set(plan.going)
    lines += [
        f"  {'REMOVE' if choice.snapshot.id in going else 'keep  '}  {choice.snapshot.id[:8]}  {to_iso(choice.snapshot.at)}  "
        f"{choice.reason or ('' if choice.snapshot.id in going else plan.refusal)}"
        for choice in plan.choices
    ]
    return "\n".join(lines)


def accept_size(arguments: argparse.Namespace) -> int:
    """Record why a size is right."""
    configuration = load(arguments.config)
    actor = present_actor(configuration.inventory)

    async def work(depot: Depot) -> str:
        fact = accepted(depot, depot.job(arguments.name), actor, arguments.reason)
        if "lines" in fact.body:
            again = f"now make the backup: wenyam backup run {arguments.name} --again"
            return f"{arguments.name}: {fact.body['lines']} lines are accepted by {fact.actor} and set the new normal; {again}"
        return f"{arguments.name}: run {fact.body['run']} is accepted by {fact.actor} and sets the new normal"

    print(opened(configuration, work, talk=False))
    return 0


def diff(arguments: argparse.Namespace) -> int:
    """Show what changed between two masked copies of a configuration; the exit code is 1 when something did."""
    configuration = load(arguments.config)
    backups.named(configuration, [arguments.name], every=False)
    found = network_copies.difference_between(configuration, arguments.name, arguments.older, arguments.newer)
    print(found, end="")
    return 1 if found else 0


VERBS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "run": run,
    "status": status,
    "list": listing,
    "init": init,
    "verify": verify,
    "prune": prune,
    "accept-size": accept_size,
    "diff": diff,
}
