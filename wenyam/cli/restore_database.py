"""What `wenyam restore database` does and prints; imported only when it runs."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

from wenyam.backup.depot import Depot
from wenyam.backup.restore_test import EXIT_CODES
from wenyam.cli.backup_work import opened
from wenyam.cli.typed import require_name
from wenyam.errors import RestoreError, UsageError
from wenyam.model.durations import write as write_duration
from wenyam.model.instance import Configuration
from wenyam.operations import database_restores
from wenyam.operations.actor import present_actor
from wenyam.operations.database_restores import Intention, Restored
from wenyam.operations.findings import counted
from wenyam.operations.restore_bench import Request
from wenyam.settings.loader import load

_SHOWN = 10
_SERVER = ("port", "socket", "tls", "authority")


def database(arguments: argparse.Namespace) -> int:
    """Say what would happen, ask where something is replaced, restore, and say what came of it."""
    if arguments.confirm and not arguments.in_place:
        raise UsageError("--confirm belongs to --in-place")
    configuration = load(arguments.config)
    request = _request(arguments, configuration)
    intention = opened(configuration, lambda depot: database_restores.plan(depot, request))
    if arguments.plan:
        return _show_plan(intention, as_json=arguments.json)
    for line in _lines(intention):
        print(line, file=sys.stderr)
    if intention.refusals:
        raise RestoreError("; ".join(intention.refusals))
    if intention.typed:
        require_name(intention.typed, arguments.confirm, f"database '{intention.typed}'")
    actor = present_actor(configuration.inventory)

    async def work(depot: Depot) -> Restored:
        return await database_restores.carry_out(depot, intention, actor)

    restored = opened(configuration, work)
    print(json.dumps(database_restores.data(restored), ensure_ascii=False) if arguments.json else _words(restored))
    return EXIT_CODES[restored.verdict]


def _request(arguments: argparse.Namespace, configuration: Configuration) -> Request:
    server = {name: getattr(arguments, name) for name in _SERVER if getattr(arguments, name) is not None}
    return Request(
        arguments.name,
        arguments.database,
        arguments.new_name,
        in_place=arguments.in_place,
        server=server | _address(arguments.into, configuration),
        credential=arguments.credential,
        owners=not arguments.without_owners,
        with_roles=arguments.with_roles,
        snapshot=arguments.snapshot,
        repository=arguments.from_copy,
    )


def _address(into: str, configuration: Configuration) -> dict[str, Any]:
    """Return the address that is meant: of a device, or given as it is; a socket of the job's own server goes with neither."""
    if not into:
        return {}
    device = configuration.inventory.devices.get(into)
    return {"address": into if device is None else device.address, "socket": None}


def _show_plan(intention: Intention, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps(database_restores.plan_data(intention), ensure_ascii=False))
    else:
        print("\n".join([*_lines(intention), *(f"  REFUSED: {refusal}" for refusal in intention.refusals)]))
    return 1 if intention.refusals else 0


def _lines(intention: Intention) -> list[str]:
    first, *others = intention.sentences
    lines = [f"{intention.request.job}: {first}", *(f"  {sentence}" for sentence in others)]
    return [*lines, *(f"  note: {note}" for note in intention.notes)]


def _words(restored: Restored) -> str:
    lines = [f"{restored.job}: {restored.verdict.words}: {restored.headline}: {counted(restored.items, 'thing')} compared"]
    lines += [f"  {problem}" for problem in restored.problems[:_SHOWN]]
    if len(restored.problems) > _SHOWN:
        lines.append(f"  and {len(restored.problems) - _SHOWN} more")
    lines += [f"  note: {note}" for note in restored.notes]
    lines += [f"  {advice}" for advice in restored.advice]
    lines.append(f"  took {write_duration(restored.seconds)}, on record as fact {restored.fact}")
    return "\n".join(lines)


VERBS: Mapping[str, Callable[[argparse.Namespace], int]] = {"database": database}
