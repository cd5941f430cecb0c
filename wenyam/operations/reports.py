"""What a report is about: one period of one instance, its account, outages with causes, blind time and scheduled runs."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from heapq import nlargest
from itertools import chain
from operator import attrgetter
from pathlib import Path

from wenyam.availability.expression import subjects_of
from wenyam.availability.outages import Outage, beginnings, blind_spans, outages
from wenyam.availability.spans import Span
from wenyam.engine.calendar import all_runs
from wenyam.engine.calendar_runs import recorded_terms
from wenyam.incidents.causes import GivenCauses
from wenyam.model.calendar import Run
from wenyam.model.causes import CauseCode
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, Period
from wenyam.model.inventory import Inventory
from wenyam.model.states import State, StateChange, Subject, SubjectKind
from wenyam.operations.accounts import Account
from wenyam.operations.incidents import read_book
from wenyam.settings.loader import load
from wenyam.store.interface import Reader
from wenyam.store.sqlite import open_reader

_BAD = (State.DOWN, State.UNREACHABLE)
_CODES = {code.value: code for code in CauseCode}
_IN_ORDER = attrgetter("kind", "name", "check")
"""The order subjects have anyway; comparing these tuples costs a third of asking two subjects."""
_BEGIN = attrgetter("start")
_Place = tuple[Subject, Outage]


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One question to the store about one period; every section of a report is answered from it."""

    configuration: Configuration
    reader: Reader
    account: Account

    @property
    def inventory(self) -> Inventory:
        """What is watched."""
        return self.configuration.inventory

    @property
    def past(self) -> Period:
        """The part of the period that has passed."""
        asked = self.account.period.period
        return Period(asked.start, min(asked.end, self.account.now))


@dataclass(frozen=True, slots=True)
class Loss:
    """One outage of one subject and what is known of its cause."""

    subject: Subject
    outage: Outage
    cause_code: CauseCode = CauseCode.UNKNOWN
    cause: Subject | None = None
    """The parent or member whose failure explains it."""
    summary: str = ""


@contextmanager
def archive(folder: Path) -> Iterator[tuple[Configuration, Reader]]:
    """Open what a configuration folder says and what its instance has kept, for reading only."""
    configuration = load(folder)
    with closing(open_reader(Path(configuration.instance.state_directory))) as reader:
        yield configuration, reader


def losses(inquiry: Inquiry) -> list[Loss]:
    """Return every outage of the period, by its begin; services point at the member that failed."""
    told = _Told(inquiry)
    return told.losses([(subject, outage) for subject in inquiry.account.lines for outage in told.outages(subject)])


def newest_losses(inquiry: Inquiry, most: int) -> tuple[list[Loss], int]:
    """Return the outages that began last, by their begin, and how many there are in all."""
    told, lines = _Told(inquiry), inquiry.account.lines
    begun = {subject: found for subject, line in lines.items() if (found := beginnings(line))}
    newest = nlargest(most, chain.from_iterable(begun.values()))
    if not newest:
        return [], 0
    late = [subject for subject, found in begun.items() if found[-1] >= newest[-1]]
    chosen = [(subject, outage) for subject in late for outage in told.outages(subject) if outage.start >= newest[-1]]
    return told.losses(chosen)[-most:], sum(map(len, begun.values()))


def blind(inquiry: Inquiry) -> list[Span]:
    """Return when nothing at all was seen: own network lost, or the watcher not running."""
    lines = inquiry.account.lines.items()
    return blind_spans(line for subject, line in lines if subject.kind is not SubjectKind.SERVICE)


def runs(inquiry: Inquiry) -> list[Run]:
    """Return the scheduled runs of the period, missed ones among them, by due time."""
    reader, past = inquiry.reader, inquiry.past
    return all_runs(recorded_terms(reader), reader.runs(None, past), past, inquiry.account.now)


class _Told:
    """Tells the causes of outages: of each the change that began it, what a person gave, and of a service its failed member."""

    def __init__(self, inquiry: Inquiry) -> None:
        """Take the question; counts and reads nothing yet."""
        self._inquiry = inquiry
        self._outages: dict[Subject, list[Outage]] = {}

    def outages(self, subject: Subject) -> list[Outage]:
        """Return the outages of one subject; none of what did not live."""
        if subject not in self._outages:
            account = self._inquiry.account
            line = account.lines.get(subject)
            self._outages[subject] = [] if line is None else outages(line, account.planned.get(subject, ()))
        return self._outages[subject]

    def losses(self, chosen: Iterable[_Place]) -> list[Loss]:
        """Return what is known of some outages, by their begin."""
        chains = [self._chain(place) for place in chosen]
        found = self._found([place for chain in chains for place in chain])
        told = [_explained([found[subject, outage.start] for subject, outage in chain]) for chain in chains]
        return sorted(told, key=lambda loss: (loss.outage.start, *_IN_ORDER(loss.subject)))

    def _chain(self, place: _Place) -> list[_Place]:
        """Return an outage, the one of the member behind it, the one behind that, and so on."""
        chain, behind = [place], self._guilty(place)
        while behind is not None and behind not in chain:
            chain.append(behind)
            behind = self._guilty(behind)
        return chain

    def _guilty(self, place: _Place) -> _Place | None:
        """Return the first member of a service that was out when the service went."""
        subject, outage = place
        service = self._inquiry.inventory.services.get(subject.name) if subject.kind is SubjectKind.SERVICE else None
        for member in () if service is None or service.members is None else subjects_of(service.members):
            held = self.outages(member)
            at = bisect_right(held, outage.start, key=_BEGIN) - 1
            if at >= 0 and outage.start < held[at].end:
                return member, held[at]
        return None

    def _found(self, places: Iterable[_Place]) -> dict[tuple[Subject, Instant], Loss]:
        """Return each outage with the cause of the change that began it, or the one a person gave."""
        held = {(subject, outage.start): outage for subject, outage in places}
        reader = self._inquiry.reader
        changes, given = reader.changes_in_force([*held]), GivenCauses(read_book(reader))
        return {place: _given(_loss(place[0], outage, changes.get(place)), given) for place, outage in held.items()}


def _loss(subject: Subject, outage: Outage, change: StateChange | None) -> Loss:
    code, cause, summary = "", None, ""
    if change is not None and change.state in _BAD:
        code, cause, summary = change.cause_code, change.cause, change.summary
    if not code and outage.planned == outage.duration:
        return Loss(subject, outage, CauseCode.PLANNED, cause, summary)
    return Loss(subject, outage, _CODES.get(code, CauseCode.UNKNOWN), cause, summary)


def _given(loss: Loss, given: GivenCauses) -> Loss:
    """Take the cause a person gave to the incident over the one that was proposed when it began."""
    code = _CODES.get(given.code(loss.subject, loss.outage.start, loss.outage.end))
    return loss if code is None else replace(loss, cause_code=code)


def _explained(chain: Sequence[Loss]) -> Loss:
    """Return the first with the cause of the last one behind it; planned work needs no other cause."""
    own, *behind = chain
    last = own
    for loss in behind:
        if last.cause_code is CauseCode.PLANNED:
            break
        last = loss
    return own if last is own else replace(own, cause_code=last.cause_code, cause=behind[0].subject, summary=last.summary)
