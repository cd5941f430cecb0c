"""Availability of this month and this fiscal year for the exporter: worked out once a minute, beside the loop, from the store."""

import asyncio
import logging
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from wenyam.availability.buckets import Buckets
from wenyam.availability.figures import figures
from wenyam.availability.on_time import OnTime
from wenyam.clock import Clock
from wenyam.engine.calendar import all_runs
from wenyam.engine.calendar_runs import recorded_terms
from wenyam.engine.watcher import Watcher
from wenyam.errors import WenyamError
from wenyam.exporter.engine import EngineSnapshot
from wenyam.i18n.periods import NamedPeriod, parse_period
from wenyam.model.instance import Configuration
from wenyam.model.instants import MILLISECONDS, Instant, Period
from wenyam.model.inventory import DEFAULT_OBJECTIVE, Device, Link, Service
from wenyam.model.samples import Family, Labels, labelled, single
from wenyam.model.states import Subject, SubjectKind
from wenyam.operations.accounts import open_account
from wenyam.operations.availability import punctuality
from wenyam.operations.whole import spent_in
from wenyam.store.interface import Reader
from wenyam.store.sqlite import open_reader

_LOG = logging.getLogger(__name__)

EVERY_SECONDS = 60.0
PERIODS = {"month": "this-month", "fiscal_year": "this-fy"}
"""Value of the label `period`, and how the period is named."""

Figures = Mapping[Subject, tuple[Family, ...]]
NOTHING: Figures = {}
Numbers = dict[Subject, list[tuple[str, float | None, float]]]


class Upkeep:
    """Hands the snapshot fresh figures every minute."""

    def __init__(self, clock: Clock, watcher: Watcher, snapshot: EngineSnapshot) -> None:
        """Take the watcher for its configuration and the snapshot to fill."""
        self._clock = clock
        self._watcher = watcher
        self._snapshot = snapshot

    async def run(self) -> None:
        """Work the figures out for ever; what cannot be worked out is not shown."""
        while True:
            now, before = self._clock.now(), self._snapshot.upkeep
            work = asyncio.create_task(asyncio.to_thread(upkeep, self._watcher.configuration, now, before))
            try:
                found = await asyncio.shield(work)
            except WenyamError as error:
                _LOG.error("availability for the exporter: %s", error)
                found = {}
            except asyncio.CancelledError:
                # While its thread reads, nobody who closes the database could take the log away.
                await asyncio.wait({work})
                raise
            self._snapshot.upkeep = found
            await self._clock.sleep(EVERY_SECONDS)


def upkeep(configuration: Configuration, now: Instant, before: Figures = NOTHING) -> Figures:
    """Return objective, availability and unknown seconds of every subject, and how punctual every job was, by period.

    What says the same as `before` is the same object, so that its text is kept.
    """
    rules = configuration.instance.availability
    periods = {label: parse_period(name, now, rules.time_zone) for label, name in PERIODS.items()}
    numbers: Numbers = {}
    punctual: dict[str, list[tuple[str, float]]] = {}
    reader = open_reader(Path(configuration.instance.state_directory))
    try:
        for label, counts in _counts(configuration, reader, periods, now):
            for subject, buckets in counts:
                ratio = figures(buckets, rules).availability
                numbers.setdefault(subject, []).append((label, ratio, buckets.unknown / MILLISECONDS))
        for label, named in periods.items():
            for job, held in _punctuality(reader, named.period, now).items():
                if job and held.ratio is not None:
                    punctual.setdefault(job, []).append((label, held.ratio))
    finally:
        reader.close()
    found = {subject: _families(configuration, subject, rows) for subject, rows in numbers.items()}
    for job, rows in punctual.items():
        family = Family("on_time_ratio", _labels(label for label, _ in rows), tuple(ratio for _, ratio in rows))
        found[Subject(SubjectKind.JOB, job)] = (family,)
    return {subject: kept if (kept := before.get(subject)) == families else families for subject, families in found.items()}


def _counts(
    configuration: Configuration, reader: Reader, periods: Mapping[str, NamedPeriod], now: Instant
) -> Iterator[tuple[str, Iterable[tuple[Subject, Buckets]]]]:
    """Yield the time of every device and link by period, from running totals, and that of every service, which needs courses."""
    spent = spent_in(configuration, reader, [named.period for named in periods.values()], now)
    yield from zip(periods, (part.each() for part in spent), strict=True)
    services = [Subject(SubjectKind.SERVICE, name) for name in configuration.inventory.services]
    for label, named in periods.items() if services else ():
        counts = open_account(configuration, reader, named, now, services).counts
        yield label, [(service, counts[service]) for service in services if service in counts]


def _punctuality(reader: Reader, period: Period, now: Instant) -> dict[str, OnTime]:
    past = Period(period.start, min(period.end, now))
    return punctuality(all_runs(recorded_terms(reader), reader.runs(None, past), past, now))


def _families(configuration: Configuration, subject: Subject, rows: list[tuple[str, float | None, float]]) -> tuple[Family, ...]:
    known = [(label, ratio) for label, ratio, _ in rows if ratio is not None]
    found = [single("availability_objective_ratio", _objective(configuration, subject))]
    if known:
        found.append(Family("availability_ratio", _labels(label for label, _ in known), tuple(ratio for _, ratio in known)))
    found.append(Family("availability_unknown_seconds", _labels(row[0] for row in rows), tuple(row[2] for row in rows)))
    return tuple(found)


def _labels(periods: Iterable[str]) -> tuple[Labels, ...]:
    return labelled("period", tuple(periods))


def _objective(configuration: Configuration, subject: Subject) -> float:
    inventory = configuration.inventory
    known: dict[SubjectKind, Mapping[str, Device | Link | Service]] = {
        SubjectKind.DEVICE: inventory.devices,
        SubjectKind.LINK: inventory.links,
        SubjectKind.SERVICE: inventory.services,
    }
    found = known.get(subject.kind, {}).get(subject.name)
    return DEFAULT_OBJECTIVE if found is None else found.objective
