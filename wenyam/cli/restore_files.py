"""What `wenyam restore files` does and prints; imported only when it runs."""

import argparse
import sys
from collections.abc import Callable, Mapping

from wenyam.backup.depot import Depot
from wenyam.backup.restore_test import EXIT_CODES
from wenyam.cli.backup_work import opened
from wenyam.cli.typed import require_name
from wenyam.errors import UsageError
from wenyam.i18n.clean_text import clean
from wenyam.model.instance import Configuration
from wenyam.operations import file_restores, restores
from wenyam.operations.actor import present_actor
from wenyam.operations.file_restores import FilesIntention, FilesRequest, FilesRestored
from wenyam.operations.findings import counted
from wenyam.settings.loader import load

_SHOWN = 10
_PATH = 200


def files(arguments: argparse.Namespace) -> int:
    """Get data back into a new place, or into its own."""
    if arguments.confirm and not arguments.in_place:
        raise UsageError("--confirm belongs to --in-place")
    configuration = load(arguments.config)
    return _in_place(arguments, configuration) if arguments.in_place else _beside(arguments, configuration)


def _beside(arguments: argparse.Namespace, configuration: Configuration) -> int:
    actor = present_actor(configuration.inventory)

    async def work(depot: Depot) -> str:
        choice = {"snapshot": arguments.snapshot, "repository": arguments.from_copy}
        if arguments.plan:
            return await restores.fetch_plan(depot, arguments.name, arguments.to, include=arguments.include, **choice)
        found = await restores.fetch(depot, arguments.name, arguments.to, actor, include=arguments.include, **choice)
        return f"{found.files} files in {found.target}, as they were {found.taken}"

    print(opened(configuration, work))
    return 0


def _in_place(arguments: argparse.Namespace, configuration: Configuration) -> int:
    request = FilesRequest(arguments.name, tuple(arguments.include), arguments.snapshot, arguments.from_copy)
    intention = opened(configuration, lambda depot: file_restores.plan(depot, request))
    print("\n".join(_lines(intention)), file=sys.stdout if arguments.plan else sys.stderr)
    if arguments.plan or intention.difference.nothing:
        return 0
    require_name(arguments.name, arguments.confirm, f"what job '{arguments.name}' backs up")
    actor = present_actor(configuration.inventory)

    async def work(depot: Depot) -> FilesRestored:
        return await file_restores.carry_out(depot, intention, actor)

    restored = opened(configuration, work)
    print("\n".join(_words(arguments.name, restored)))
    return EXIT_CODES[restored.verdict]


def _lines(intention: FilesIntention) -> list[str]:
    found = intention.difference
    where = f"snapshot {intention.chosen.snapshot[:8]} of '{intention.chosen.repository}'"
    lines = [f"{intention.request.job}: as it was {intention.taken}: {where}"]
    if found.nothing:
        lines.append(f"  nothing to do: {counted(found.same, 'thing')} as backed up")
    lines += [f"  {counted(len(found.changed), 'thing')} would be put aside and replaced:"] if found.changed else []
    lines += [f"    {clean(path, _PATH)}" for path in found.changed[:_SHOWN]]
    if len(found.changed) > _SHOWN:
        lines.append(f"    and {len(found.changed) - _SHOWN} more")
    if found.changed:
        lines.append(f"  what is put aside goes to {', '.join(intention.asides)}")
    lines += [f"  {counted(len(found.missing), 'thing')} would come back that are not there"] if found.missing else []
    lines += [f"  {counted(len(found.rights), 'thing')} would get rights and owner back"] if found.rights else []
    if not found.nothing:
        lines.append(f"  {counted(found.same, 'thing')} as backed up; they are left alone, like all that is not in the backup")
    return [*lines, *(f"  note: {note}" for note in intention.notes)]


def _words(job: str, restored: FilesRestored) -> list[str]:
    lines = [f"{job}: {restored.verdict.words}: {counted(restored.items, 'thing')} compared in their places"]
    lines += [f"  {problem}" for problem in restored.problems[:_SHOWN]]
    if len(restored.problems) > _SHOWN:
        lines.append(f"  and {len(restored.problems) - _SHOWN} more")
    if restored.asides:
        lines.append(f"  what was there is kept in {', '.join(restored.asides)} ({counted(restored.kept, 'thing')})")
    lines.append(f"  on record as fact {restored.fact}")
    return lines


VERBS: Mapping[str, Callable[[argparse.Namespace], int]] = {"files": files}
