"""What the sub-verbs of `wenyam backup` that work do and print; imported only when one of them runs."""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from wenyam.backup.depot import Depot
from wenyam.backup.facts import TOOL
from wenyam.backup.prune import Plan
from wenyam.backup.run import accepted, sentences
from wenyam.cli.local_times import told, zone_line
from wenyam.cli.progress import shown
from wenyam.cli.talk import quiet_libraries
from wenyam.clock import SystemClock
from wenyam.errors import UsageError, WenyamError
from wenyam.i18n.dates import format_instant
from wenyam.model.backup import Verdict
from wenyam.model.instance import Configuration
from wenyam.operations import backups
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


def init(arguments: argparse.Namespace) -> int:
    """Make repositories."""
    configuration = load(arguments.config)
    names = arguments.names or [*configuration.backup.repositories]

    async def work(depot: Depot) -> int:
        failed = 0
        for name in names:
            try:
                print(await backups.make_repository(depot, name), flush=True)
            except UsageError:
                raise
            except WenyamError as error:  # the others are made all the same
                failed += 1
                print(f"{name}: not made: {error}", file=sys.stderr, flush=True)
        return failed

    return 1 if opened(configuration, work) else 0


def verify(arguments: argparse.Namespace) -> int:
    """Check a repository."""
    configuration = load(arguments.config)
    actor = present_actor(configuration.inventory) if arguments.gone else TOOL
    found = opened(
        configuration,
        lambda depot: backups.check_repository(
            depot,
            arguments.name,
            parts=arguments.parts,
            structure_only=arguments.structure_only,
            gone=arguments.gone,
            actor=actor,
        ),
    )
    what = f"part {found.part} of {found.parts} of the data" if found.parts else "structure only, no data"
    what += f", {found.read.packs} of {found.read.of} packs" if found.read else ""
    print(f"{found.repository}: {found.verdict.words} ({what})" + (f": {found.problem}" if found.problem else ""))
    return 0 if found.verdict is Verdict.PASS else 1


def prune(arguments: argparse.Namespace) -> int:
    """Show what the rules keep, then remove the rest."""
    configuration = load(arguments.config)
    names, zone = arguments.names or [*configuration.backup.jobs], configuration.instance.availability.time_zone

    async def work(depot: Depot) -> int:
        plans = await backups.prune_plans(depot, names)
        for plan in plans:
            print(_plan_text(plan, zone))
        print(zone_line(zone))
        return 0 if arguments.plan else await backups.carry_out(depot, plans)

    gone = opened(configuration, work)
    if not arguments.plan:
        print(f"{gone} snapshots removed", file=sys.stderr)
    return 0


def _plan_text(plan: Plan, time_zone: str) -> str:
    lines = [f"{plan.job} in '{plan.repository}'" + (f": nothing goes: {plan.refusal}" if plan.refusal else "")]
    going = set(plan.going)
    lines += [
        f"  {'REMOVE' if choice.snapshot.id in going else 'keep  '}  {choice.snapshot.id[:8]}  "
        f"{told(choice.snapshot.at, time_zone)}  {choice.reason or ('' if choice.snapshot.id in going else plan.refusal)}"
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


VERBS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "run": run,
    "init": init,
    "verify": verify,
    "prune": prune,
    "accept-size": accept_size,
}
