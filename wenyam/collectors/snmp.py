"""Reads a device over SNMP by its profile: learns its rows once, then polls them in one burst of prepared requests."""

import zlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Annotated, ClassVar, Literal, TypeVar

from pydantic import BeforeValidator, Field

from wenyam.collectors.contract import Context, Target
from wenyam.collectors.options import Options, Port
from wenyam.collectors.readings import budget, failure
from wenyam.collectors.snmp_device import DeviceState, Source
from wenyam.collectors.snmp_expressions import Outcome
from wenyam.collectors.snmp_families import Evaluated
from wenyam.collectors.snmp_labels import cleaned
from wenyam.collectors.snmp_library import Library, shipped
from wenyam.collectors.snmp_profile import IDENTITY
from wenyam.collectors.snmp_review import prepared
from wenyam.collectors.snmp_table import plain, scalar_columns
from wenyam.errors import BudgetSpentError, CollectError, CredentialsRefusedError, MalformedReplyError, NoAnswerError
from wenyam.links.snmp import oids
from wenyam.links.snmp.plan import PlannedRead
from wenyam.links.snmp.pool import DEFAULT_PORT, Endpoint
from wenyam.links.snmp.questions import NAMES_PER_PACKET, Question, Scalars
from wenyam.links.snmp.review import Look
from wenyam.links.snmp.session import MAXIMUM_REQUESTS, SnmpSession
from wenyam.links.snmp.walk import MAXIMUM_ROWS, Column, Pace, TableWalk
from wenyam.links.snmp.wire import Patience
from wenyam.model.samples import Failure, Reading

_Found = TypeVar("_Found")

AUTOMATIC = "auto"
_MEMORY = "snmp"
_COLUMNS_TOGETHER = 10
_WHOLE = 1.0
_SPREAD = 0.5
_REMAINDER = 1000
_FIRST_RETRY = 15.0
_MOST_DOUBLINGS = 10
_YOUNG = 30_000
"""Ticks of sysUpTime: five minutes."""
_SETTLES = 60.0


class SnmpOptions(Options):
    """How to read a device over SNMP."""

    version: Annotated[Literal["1", "2c", "3"], BeforeValidator(str)] = "2c"
    """1, 2c or 3; 3 needs a credential of kind snmp-v3."""
    port: Port = DEFAULT_PORT
    """UDP port of the agent."""
    profile: str = AUTOMATIC
    """Name of a profile; `auto` chooses by sysObjectID, then sysDescr; the device's own setting comes first."""
    max_repetitions: Annotated[int, Field(ge=1, le=250)] = NAMES_PER_PACKET
    """Values asked for in one packet; halved by itself for agents that choke."""
    maximum_rows: Annotated[int, Field(ge=1, le=1_000_000)] = MAXIMUM_ROWS
    """Rows after which a table is cut short."""
    maximum_requests: Annotated[int, Field(ge=1, le=100_000)] = MAXIMUM_REQUESTS
    """Requests after which a reading is cut short."""
    request_timeout: Annotated[float, Field(gt=0, le=60)] = 1.0
    """Seconds to wait for one reply before asking again."""
    attempts: Annotated[int, Field(ge=1, le=10)] = 3
    """How often a request is sent."""
    parallel_requests: Annotated[int, Field(ge=1, le=64)] = 8
    """Requests under way to one agent at once."""
    relearn: Annotated[float, Field(ge=10, le=86_400)] = 600.0
    """Seconds after which names and rows are read afresh; changes of rows are noticed at once."""


@dataclass(slots=True)
class _Poll:
    """One reading under way."""

    session: SnmpSession
    options: SnmpOptions
    library: Library
    now: float
    device: str


class SnmpCollector:
    """Collector `snmp`."""

    Config: ClassVar[type[SnmpOptions]] = SnmpOptions

    def __init__(self, config: SnmpOptions, library: Library | None = None) -> None:
        """Take validated options; `library` replaces the shipped profiles in tests."""
        self._options = config
        self._patience = Patience(config.request_timeout, config.attempts, config.parallel_requests)
        self._library = library or shipped()

    async def collect(self, target: Target, context: Context) -> Reading:
        """Read once; learns first when the device is not known yet, has changed, or was learnt long ago."""
        library = self._library
        wanted = target.profile if target.profile != AUTOMATIC else self._options.profile
        if wanted != AUTOMATIC:
            library.named(wanted)
        return await self._using(target, context, partial(self._read, target, context, library, wanted))

    async def _read(self, target: Target, context: Context, library: Library, wanted: str, session: SnmpSession) -> Reading:
        poll = _Poll(session, self._options, library, context.clock.monotonic(), target.name)
        known = context.memory.get(_MEMORY)
        if isinstance(known, DeviceState) and wanted in (AUTOMATIC, known.name) and await _is_learnt(known, poll):
            reading = await _polled(known, poll)
            if reading is not None:
                return reading
        known, reading = await _learnt(poll, wanted, known if isinstance(known, DeviceState) else None)
        context.memory[_MEMORY] = known
        return reading

    async def probe(self, target: Target, context: Context) -> float:
        """Ask for sysUpTime only; any answer of the agent proves life."""
        started = context.clock.monotonic()
        await self._using(target, context, lambda session: session.get_or_absent([IDENTITY["system_uptime"]]))
        return context.clock.monotonic() - started

    async def _using(self, target: Target, context: Context, ask: Callable[[SnmpSession], Awaitable[_Found]]) -> _Found:
        """Ask in a session; after a refusal or a silence the secret is read afresh next time: it may have been changed."""
        options = self._options
        endpoint = _endpoint(target.address, options.port, options.version)
        deadline = context.clock.monotonic() + budget(context)
        pool = context.links.snmp
        try:
            session = await pool.session(endpoint, context.credential, deadline, self._patience, options.maximum_requests)
            try:
                return await ask(session)
            finally:
                session.close()
        except (CredentialsRefusedError, NoAnswerError):
            pool.forget(endpoint, context.credential)
            raise


@lru_cache(maxsize=1 << 16)
def _endpoint(address: str, port: int, version: str) -> Endpoint:
    return Endpoint(address, port, version)


async def _is_learnt(known: DeviceState, poll: _Poll) -> bool:
    """Tell whether names and rows are what we know: for a while after they were read, then while a look finds them so."""
    if poll.now <= known.learn_again_at:
        return True
    if known.review is None or known.pace.values < poll.options.max_repetitions:
        return False
    look = Look(known.review)
    await poll.session.read([look])
    if look.silent is not None:
        raise look.silent
    if look.is_same:
        known.learn_again_at = poll.now + _learn_again_in(known, poll)
    return look.is_same


async def _polled(known: DeviceState, poll: _Poll) -> Reading | None:
    """Read by the plan; None when the device is no longer the one we learnt, or does not say who it is."""
    read = PlannedRead(known.plan)
    await poll.session.read([read])
    if read.silent is not None:
        raise read.silent
    identity = known.take_identity(read.values)
    if identity is None or not known.same_device(identity):
        return None
    known.identity.update(identity)
    if read.cut_short:
        known.plan_smaller()
    elif read.unloaded and not (read.changed or read.failed or read.gone):
        known.plan_apart()
    tables = known.tables
    changed = {slot for slot in read.changed if slot >= 0}
    changed |= {slot for slot in read.gone if slot >= 0 and slot not in read.failed and tables[slot].polled}
    again = _silent_again(known, read.failed)
    changed |= again
    failures = [failure(_named(tables[slot].name, error)) for slot, error in read.failed.items() if slot in known.unanswered]
    values = dict(read.values)
    missing = set(read.failed)
    if changed:
        columns = await _walked(poll, known, changed)
        known.learn(columns, changed)
        if _nobody(known.identity) and not any(table.polled for table in tables):
            return None
        values.update({slot: tables[slot].walked_values(columns) for slot in changed})
        if any(tables[slot].trouble is not None for slot in again):
            known.incomplete += 1
            known.learn_again_at = poll.now + _learn_again_in(known, poll)
        missing -= changed
    evaluated = known.evaluate(values, missing)
    return _reading(known, evaluated, failures, missing)


def _silent_again(known: DeviceState, failed: Iterable[int]) -> frozenset[int]:
    """Return tables of which packets were not answered twice in a row: they must be asked for otherwise; a walk finds out how.

    Nothing while something is missing anyway: that is looked for at its own times, so that no poll pays for what never answers.
    """
    silent = frozenset(slot for slot in failed if slot >= 0)
    again = frozenset() if known.incomplete else silent & known.unanswered
    known.unanswered = silent - again
    return again


def _named(table: str, error: CollectError) -> CollectError:
    return type(error)(f"{table}: {error.what}")


def _reading(known: DeviceState, read: Evaluated, failures: Sequence[Failure] = (), skipped: Iterable[int] = ()) -> Reading:
    """Return what was read, what could not be, and which samples may lack rows for it."""
    failed = (*failures, *(failure(_named(name, error)) for name, error in known.troubles()))
    return Reading(tuple(read.families), failed, read.refused, known.facts, known.interfaces, known.partial(skipped))


async def _learnt(poll: _Poll, wanted: str, before: DeviceState | None) -> tuple[DeviceState, Reading]:
    """Identify the device, walk everything its profile wants, and read its first samples from the walk."""
    identity = await _identified(poll.session)
    name, where = wanted, poll.session.where
    if wanted == AUTOMATIC:
        if _nobody(identity):
            raise _without_system_group(where, "so nothing tells what it is")
        name = await recognised(
            poll.session, poll.library, str(identity["system_object_id"] or ""), cleaned(identity["system_description"])
        )
    pace = before.pace.recovered() if before is not None else Pace(poll.options.max_repetitions, poll.session.security.bulk)
    pace.values = min(pace.values, poll.options.max_repetitions)
    sources = [Source.of(profile) for profile in await poll.library.at_hand(name)]
    known = DeviceState(name, sources, identity, pace)
    columns = await _walked(poll, known, None)
    if _nobody(identity) and not any(column.values for column in columns.values()):
        raise _without_system_group(where, f"nor anything that the profile '{name}' asks for")
    known.learn(columns)
    known.find_facts(columns)
    values = {slot: table.walked_values(columns) for slot, table in enumerate(known.tables)}
    evaluated = known.evaluate(values)
    if any(isinstance(error, NoAnswerError | BudgetSpentError) for _, error in known.troubles()):
        known.incomplete = 1 + (before.incomplete if before is not None else 0)
    known.learn_again_at = poll.now + _learn_again_in(known, poll)
    known.review = await prepared(known, columns, poll.session)
    return known, _reading(known, evaluated)


def _learn_again_in(known: DeviceState, poll: _Poll) -> float:
    """Return seconds; devices take their turns, not all at once."""
    share = zlib.crc32(poll.device.encode()) % _REMAINDER / _REMAINDER
    wait = poll.options.relearn * (_WHOLE - _SPREAD * share)
    uptime = known.identity["system_uptime"]
    if isinstance(uptime, int) and uptime < _YOUNG:
        # An agent that has just started fills its tables by and by (net-snmp's hrProcessorLoad takes a minute).
        wait = min(wait, _SETTLES)
    if known.incomplete:
        # What is missing now may be there next time; but a table that never answers must not cost every poll its budget.
        wait = min(wait, _FIRST_RETRY * 2 ** min(known.incomplete, _MOST_DOUBLINGS))
    return wait


async def _identified(session: SnmpSession) -> dict[str, Outcome]:
    """Ask who the device is; the first CollectError is the reading's."""
    values = await session.get_or_absent(list(IDENTITY.values()))
    return {name: plain(values[oid]) for name, oid in IDENTITY.items()}


async def recognised(session: SnmpSession, library: Library, object_id: str, description: str) -> str:
    """Return the name of the profile for a device, asking what tells apart those that answer with the same sysObjectID.

    Raises the first CollectError.
    """
    questions = library.questions(object_id, description)
    values = await session.get_or_absent(questions) if questions else {}
    return library.choose(object_id, description, [oid for oid, value in values.items() if plain(value) is not None])


def _nobody(identity: dict[str, Outcome]) -> bool:
    return all(value is None for value in identity.values())


def _without_system_group(where: str, so: str) -> MalformedReplyError:
    return MalformedReplyError(
        f"{where} answers SNMP but has no system group (RFC 3418), {so}",
        hint="Does its view allow nothing? If you know what it is, name its profile.",
    )


async def _walked(poll: _Poll, known: DeviceState, slots: Iterable[int] | None) -> dict[str, Column]:
    """Walk each wanted column once, tables side by side."""
    tables = known.tables
    chosen = range(len(tables)) if slots is None else slots
    scalars = Scalars([oids.encode(oid) for oid in dict.fromkeys(known.scalar_oids())] if _has_scalars(known, chosen) else [])
    walks: dict[tuple[str, ...], TableWalk] = {}
    seen: set[str] = set()
    for slot in chosen:
        wanted = [] if tables[slot].name == "scalars" else [oid for oid in dict.fromkeys(tables[slot].oids()) if oid not in seen]
        seen.update(wanted)
        for start in range(0, len(wanted), _COLUMNS_TOGETHER):
            together = tuple(wanted[start : start + _COLUMNS_TOGETHER])
            walks[together] = TableWalk([oids.encode(oid) for oid in together], replace(known.pace), poll.options.maximum_rows)
    questions: list[Question] = [scalars, *walks.values()]
    await poll.session.read(questions)
    columns = scalar_columns(scalars.values, scalars.failures)
    slowest = min((walk.pace for walk in walks.values()), key=lambda pace: (pace.bulk, pace.values), default=known.pace)
    known.pace = slowest
    for together, walk in walks.items():
        columns.update(zip(together, walk.columns, strict=True))
    return columns


def _has_scalars(known: DeviceState, slots: Iterable[int]) -> bool:
    return any(known.tables[slot].name == "scalars" for slot in slots)
