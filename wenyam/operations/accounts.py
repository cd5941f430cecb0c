"""Where the time of one period went: gathers histories, windows and corrections from the store and lets `availability` count."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from wenyam.availability.buckets import Buckets, count
from wenyam.availability.corrections import FACT_KIND, Correction, corrected
from wenyam.availability.expression import subjects_of
from wenyam.availability.finality import is_final
from wenyam.availability.services import combined, with_own_probes
from wenyam.availability.spans import Span
from wenyam.availability.timeline import Timeline, timeline
from wenyam.availability.windows import Occurrence, planned_spans
from wenyam.engine.windows import occurrences
from wenyam.errors import UsageError
from wenyam.garbage import collector_paused
from wenyam.i18n.dates import format_with_zone
from wenyam.i18n.periods import NamedPeriod
from wenyam.model.instance import AvailabilityRules, Configuration
from wenyam.model.instants import Instant, Period, after
from wenyam.model.inventory import Inventory
from wenyam.model.states import StateRecord, Subject, SubjectKind
from wenyam.store.interface import EnteredWindow, Life, Reader

COUNTED = (SubjectKind.DEVICE, SubjectKind.LINK, SubjectKind.SERVICE)
"""What has an availability of its own."""


@dataclass(frozen=True, slots=True)
class Account:
    """The time of every subject in one period: as recorded and, where a person corrected it, as corrected."""

    period: NamedPeriod
    now: Instant
    known_until: Instant
    """Nobody looked after this moment."""
    rules: AvailabilityRules
    final: bool
    lines: Mapping[Subject, Timeline]
    planned: Mapping[Subject, list[Span]]
    counts: Mapping[Subject, Buckets]
    corrected: Mapping[Subject, Buckets]
    """Only those whose count differs from the recorded one."""
    corrections: tuple[Correction, ...] = ()
    problems: tuple[str, ...] = ()
    """Corrections that could not be read, as sentences."""


@collector_paused()
def open_account(
    configuration: Configuration, reader: Reader, period: NamedPeriod, now: Instant, subjects: Iterable[Subject] | None = None
) -> Account:
    """Count a period for these subjects and what they stand on, or for all; UsageError when it has not begun."""
    if period.period.start >= now:
        begins = format_with_zone(period.period.start, configuration.instance.availability.time_zone)
        raise UsageError(f"period '{period.name}' begins at {begins}, which is still to come")
    inventory, rules = configuration.inventory, configuration.instance.availability
    known = known_until(reader, now, configuration.instance.heartbeat_gap)
    own = observed(reader, period.period, _wanted(inventory, subjects), now, known)
    lines = _with_services(inventory, own)
    planned = planned_spans_of(reader.windows(), period.period, rules.time_zone)
    counts = {subject: count(line, planned.get(subject, ())) for subject, line in lines.items()}
    corrections, problems = _corrections(reader, Period(period.period.start, max(Instant(now + 1), period.period.end)))
    return Account(
        period=period,
        now=now,
        known_until=known,
        rules=rules,
        final=is_final(period.period.end, now, _patience(inventory), _records(reader, own)),
        lines=lines,
        planned=planned,
        counts=counts,
        corrected=_recount(inventory, own, planned, counts, corrections) if corrections else {},
        corrections=tuple(corrections),
        problems=tuple(problems),
    )


def _wanted(inventory: Inventory, subjects: Iterable[Subject] | None) -> set[Subject] | None:
    """Return the subjects and everything their services stand on."""
    if subjects is None:
        return None
    found: set[Subject] = set()
    waiting = list(subjects)
    while waiting:
        subject = waiting.pop()
        if subject in found:
            continue
        found.add(subject)
        service = inventory.services.get(subject.name) if subject.kind is SubjectKind.SERVICE else None
        if service is not None and service.members is not None:
            waiting += subjects_of(service.members)
    return found


def known_until(reader: Reader, now: Instant, gap: float) -> Instant:
    """Return the moment after which nobody looked."""
    heartbeat = reader.last_heartbeat()
    if heartbeat is None:
        return Instant(0)
    # Between two beats the watcher is looking, so a silence within the permitted gap hides nothing.
    return now if after(heartbeat, gap) >= now else heartbeat


def observed(
    reader: Reader, period: Period, wanted: set[Subject] | None, now: Instant, known: Instant
) -> dict[Subject, Timeline]:
    """Return what was seen of each living subject itself; of a service these are its own probes."""
    past = Period(period.start, min(period.end, now))
    lives = {
        subject: life
        for subject, life in reader.lives().items()
        if subject.kind in COUNTED and (wanted is None or subject in wanted) and _lived_in(life, past)
    }
    lines = {
        history.subject: timeline(
            past,
            history.initial,
            history.changes,
            now=now,
            known_until=known,
            born=life.born,
            retired=life.retired,
            absences=[(away.start, away.end) for away in life.absences],
        )
        for history, life in zip(reader.histories(past, lives), lives.values(), strict=True)
    }
    return {subject: line for subject, line in lines.items() if line.lives}


def _lived_in(life: Life, period: Period) -> bool:
    return life.born < period.end and (life.retired is None or life.retired > period.start)


class _Services:
    """Judges services by their members' lines, each once, whatever order they stand on each other in."""

    def __init__(self, inventory: Inventory, own: Mapping[Subject, Timeline]) -> None:
        self._inventory = inventory
        self._own = own
        self._judged: dict[Subject, Timeline | None] = {}

    def line(self, subject: Subject) -> Timeline | None:
        """Return a subject's line; None for what did not live, and for a service gone from the inventory."""
        own = self._own.get(subject)
        if subject.kind is not SubjectKind.SERVICE or own is None:
            return own
        if subject not in self._judged:
            self._judged[subject] = None  # settings refuses circles; one that slipped through ends here
            self._judged[subject] = self._judge(subject, own)
        return self._judged[subject]

    def _judge(self, subject: Subject, own: Timeline) -> Timeline | None:
        service = self._inventory.services.get(subject.name)
        if service is None:
            return None
        expression = with_own_probes(service.members, subject if service.probes else None)
        if expression is None:
            return own
        return combined(expression, lambda member: own if member == subject else self.line(member), own)


def _with_services(inventory: Inventory, own: Mapping[Subject, Timeline]) -> dict[Subject, Timeline]:
    services = _Services(inventory, own)
    lines = ((subject, services.line(subject)) for subject in own)
    return {subject: line for subject, line in lines if line is not None}


def planned_spans_of(entered: Iterable[EnteredWindow], period: Period, time_zone: str) -> dict[Subject, list[Span]]:
    """Return when work was planned for each subject that has any."""
    found: dict[Subject, list[Occurrence]] = {}
    for each in entered:
        taking_place = occurrences(each, period, time_zone)
        for subject in each.window.subjects:
            found.setdefault(subject, []).extend(taking_place)
    return {subject: planned_spans(taking_place) for subject, taking_place in found.items()}


def _corrections(reader: Reader, period: Period) -> tuple[list[Correction], list[str]]:
    """Return the corrections recorded since the period began, and a sentence for each that cannot be read."""
    corrections: list[Correction] = []
    problems: list[str] = []
    for chained in reader.facts(period, FACT_KIND):
        try:
            corrections.append(Correction.of_fact(chained.fact))
        except ValueError as problem:
            problems.append(f"fact {chained.sequence}, a correction by {chained.fact.actor}, does not count: {problem}")
    return corrections, problems


def _recount(
    inventory: Inventory,
    own: Mapping[Subject, Timeline],
    planned: Mapping[Subject, list[Span]],
    counts: Mapping[Subject, Buckets],
    corrections: list[Correction],
) -> dict[Subject, Buckets]:
    """Count again with the corrections: first what was observed, then the services on it, then the services' own ones."""
    windows = dict(planned)
    put_right: dict[Subject, Timeline] = {}
    for subject, line in own.items():
        put_right[subject], windows[subject] = _apply(subject, line, planned, corrections)
    for subject, line in _with_services(inventory, put_right).items():
        if subject.kind is SubjectKind.SERVICE:
            put_right[subject], windows[subject] = _apply(subject, line, planned, corrections)
    again = {subject: count(put_right[subject], windows.get(subject, ())) for subject in counts}
    return {subject: buckets for subject, buckets in again.items() if buckets != counts[subject]}


def _apply(
    subject: Subject, line: Timeline, planned: Mapping[Subject, list[Span]], corrections: Iterable[Correction]
) -> tuple[Timeline, list[Span]]:
    return corrected(line, planned.get(subject, ()), [each for each in corrections if each.concerns(subject)])


def _records(reader: Reader, own: Mapping[Subject, Timeline]) -> Iterator[StateRecord]:
    """Yield the present records of these subjects; nothing is read before somebody asks for the first."""
    yield from (record for subject, record in reader.states().items() if subject in own)


def _patience(inventory: Inventory) -> float:
    """Return the longest time for which one observation may count, in seconds."""
    rules = [device.alive.validity for device in inventory.devices.values()]
    rules += [link.alive.validity for link in inventory.links.values()]
    rules += [plan.validity for service in inventory.services.values() for plan in service.probes]
    return max(rules, default=0.0)
