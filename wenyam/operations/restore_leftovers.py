"""What killed restore tests left on a job's test machine, for people: shown, then removed and put on record."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from wenyam.backup import facts, machine_leftovers, places
from wenyam.backup.contract import Workplace
from wenyam.backup.depot import Depot, new_run
from wenyam.backup.machine_names import Left

SECONDS = 600.0


async def look(depot: Depot, name: str) -> tuple[Left, ...]:
    """Return what is older than any test, oldest first; nothing is changed."""
    with _workplace(depot, name) as workplace:
        return await machine_leftovers.look(workplace, depot.source(workplace.job), depot.configuration.inventory.credentials)


async def remove(depot: Depot, name: str, left: Sequence[Left], actor: str) -> None:
    """Remove exactly these, one after the other; each that is gone is on record, RestoreError names the one that stayed."""
    with _workplace(depot, name) as workplace:
        source, machine = depot.source(workplace.job), workplace.job.restore.machine
        for each in left:
            await machine_leftovers.remove(workplace, source, depot.configuration.inventory.credentials, each)
            host = "" if machine is None else machine.host
            depot.writer.append(facts.leftover_removed(name, depot.clock.now(), actor, host, each.name))


@contextlib.contextmanager
def _workplace(depot: Depot, name: str) -> Iterator[Workplace]:
    job = depot.job(name)
    with places.scratch(Path(depot.plan.scratch), f"{name}-{new_run(depot.clock)}") as place:
        yield depot.workplace(job, depot.clock.monotonic() + SECONDS, spool=place, scratch=place)
