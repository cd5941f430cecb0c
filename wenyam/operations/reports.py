"""What a report is about: one period of one instance, its account, outages with causes, blind time and scheduled runs."""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from wenyam.availability.expression import subjects_of
from wenyam.availability.outages import Outage, blind_spans, outages
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
    account = inquiry.account
    found = {subject: outages(line, account.planned.get(subject, ())) for subject, line in account.lines.items()}
    troubled = {subject for subject, held in found.items() if held}
    changes, given = _bad_changes(inquiry, troubled), GivenCauses(read_book(inquiry.reader))
    told = {
        subject: [_given(_told(subject, outage, changes.get((subject, outage.start))), given) for outage in found[subject]]
        for subject in troubled
    }
    for subject in troubled:
        if subject.kind is SubjectKind.SERVICE:
            told[subject] = [_through_members(loss, inquiry.inventory, told) for loss in told[subject]]
    return sorted((loss for held in told.values() for loss in held), key=lambda loss: (loss.outage.start, loss.subject))


def blind(inquiry: Inquiry) -> list[Span]:
    """Return when nothing at all was seen: own network lost, or the watcher not running."""
    lines = inquiry.account.lines.items()
    return blind_spans(line for subject, line in lines if subject.kind is not SubjectKind.SERVICE)


def runs(inquiry: Inquiry) -> list[Run]:
    """Return the scheduled runs of the period, missed ones among them, by due time."""
    reader, past = inquiry.reader, inquiry.past
    return all_runs(recorded_terms(reader), reader.runs(None, past), past, inquiry.account.now)


def _bad_changes(inquiry: Inquiry, subjects: set[Subject]) -> dict[tuple[Subject, Instant], StateChange]:
    """Return the change that began each outage by subject and begin; one from before the period stands at its start."""
    found: dict[tuple[Subject, Instant], StateChange] = {}
    past = inquiry.past
    already = {subject for subject in subjects if inquiry.account.lines[subject].initial in _BAD}
    if already:
        for change in inquiry.reader.changes(Period(Instant(0), past.start), already):
            found[change.subject, past.start] = change
    for change in inquiry.reader.changes(past, subjects) if subjects else ():
        found[change.subject, change.effective] = change
    return {place: change for place, change in found.items() if change.state in _BAD}


def _told(subject: Subject, outage: Outage, change: StateChange | None) -> Loss:
    code, cause, summary = "", None, ""
    if change is not None:
        code, cause, summary = change.cause_code, change.cause, change.summary
    if not code and outage.planned == outage.duration:
        code = CauseCode.PLANNED.value
    known = CauseCode(code) if code in set(CauseCode) else CauseCode.UNKNOWN
    return Loss(subject, outage, known, cause, summary)


def _given(loss: Loss, given: GivenCauses) -> Loss:
    """Take the cause a person gave to the incident over the one that was proposed when it began."""
    code = given.code(loss.subject, loss.outage.start, loss.outage.end)
    return replace(loss, cause_code=CauseCode(code)) if code in set(CauseCode) else loss


def _through_members(loss: Loss, inventory: Inventory, told: dict[Subject, list[Loss]]) -> Loss:
    service = inventory.services.get(loss.subject.name)
    if service is None or service.members is None or loss.cause_code is CauseCode.PLANNED:
        return loss
    for member in subjects_of(service.members):
        guilty = _during(told.get(member, ()), loss.outage.start)
        if guilty is not None:
            return replace(loss, cause_code=guilty.cause_code, cause=guilty.subject, summary=guilty.summary)
    return loss


def _during(held: Iterable[Loss], instant: Instant) -> Loss | None:
    return next((loss for loss in held if loss.outage.start <= instant < loss.outage.end), None)
