"""Which subjects there are: what lives, since when, and for how long one observation of it counts."""

from collections.abc import Iterable, Mapping, Sequence

from wenyam.engine.board import Board
from wenyam.engine.feeds import READABLE, readable
from wenyam.engine.link_watch import watched_link
from wenyam.engine.network import OWN_NETWORK
from wenyam.engine.pipeline import Pipeline
from wenyam.engine.readings import management_subject
from wenyam.engine.watched import Watched, watched_device, watched_service
from wenyam.model.instants import Instant
from wenyam.model.inventory import Device, Inventory, Text
from wenyam.model.receiving import is_received
from wenyam.model.states import State, Subject, SubjectKind

STALENESS = Subject(SubjectKind.MONITOR, "observation", "fresh")
"""Whether everything was seen in time."""
KEPT_RATES = ("interface_receive_bytes_total", "interface_transmit_bytes_total")


class Subjects:
    """The inventory seen as subjects."""

    def __init__(self, board: Board, pipeline: Pipeline) -> None:
        """Start empty."""
        self._board = board
        self._pipeline = pipeline
        self._devices: dict[str, Watched] = {}
        self._services: dict[str, Watched] = {}
        self._links: dict[str, Watched] = {}
        self._fed: dict[str, Watched] = {}
        self._liveness: dict[Subject, float] = {}
        self._births: dict[Subject, Instant | None] = {}
        self._credentials: tuple[str, ...] = ()
        self._validities: dict[str, tuple[int, Mapping[Subject, float]]] = {}
        """By key, for so many bindings of the pipeline: what is asked for every few seconds changes once in a while."""

    def configure(self, inventory: Inventory, now: Instant) -> None:
        """Take a new inventory; retired devices are watched no more."""
        self._validities.clear()
        devices = [device for device in inventory.devices.values() if device.retired is None or device.retired > now]
        self._devices = {device.name: watched_device(device, _kept_rates(device)) for device in devices}
        self._services = {name: watched_service(service) for name, service in inventory.services.items()}
        self._credentials = tuple(inventory.credentials)
        self._links = {name: watched_link(link, dict(inventory.devices)) for name, link in inventory.links.items()}
        self._liveness = {device.subject: device.alive.validity for device in devices}
        self._liveness |= {watched.subject: watched.reads[0].validity for watched in self._links.values()}
        for watched in self._services.values():
            if watched.reads:
                self._liveness[watched.subject] = max(plan.validity for plan in watched.reads)
        self._births = dict.fromkeys(self._liveness)
        # A service without probes of its own lives too: its members are its figures.
        self._births |= {watched.subject: None for watched in self._services.values()}

    def feed(self, fed: Sequence[Watched]) -> None:
        """Take what feeds bring from now on."""
        self._validities.clear()
        self._fed = {watched.key: watched for watched in fed}

    def fed(self) -> Mapping[str, Watched]:
        """Return what feeds bring, by key."""
        return self._fed

    def devices(self) -> Mapping[str, Watched]:
        """Return the watched devices by name."""
        return self._devices

    def services(self) -> Mapping[str, Watched]:
        """Return the watched services by name."""
        return self._services

    def links(self) -> Mapping[str, Watched]:
        """Return the watched links by name."""
        return self._links

    def watched(self) -> Iterable[Watched]:
        """Return everything with readings."""
        return [*self._devices.values(), *self._services.values(), *self._links.values(), *self._fed.values()]

    def first_step(self, subject: Subject) -> Text | None:
        """Return what the check behind a subject says to do first; None when there is none, or it says nothing."""
        owner = subject.owner
        mine = (watched for watched in self.watched() if watched.subject.owner == owner)
        questions = (question for watched in mine for question in watched.questions)
        return next((question.plan.runbook for question in questions if question.subject == subject), None)

    def births(self) -> dict[Subject, Instant | None]:
        """Return the liveness subjects; a new one is born when it is first registered."""
        return self._births

    def living(self) -> set[Subject]:
        """Return every subject that may have a record."""
        found = {OWN_NETWORK, STALENESS} | set(self._births)
        found |= {Subject(SubjectKind.CREDENTIAL, name, "login") for name in self._credentials}
        found |= {record.subject for record in self._board.records() if _is_own(record.subject)}
        found |= {record.subject for record in self._board.records() if self._is_told(record.subject)}
        found |= {readable(plan) for watched in self._fed.values() for plan in watched.reads}
        for watched in self.watched():
            found |= {question.subject for question in watched.questions}
            found |= {management_subject(watched.subject, plan) for plan in watched.reads}
        return found

    def _is_told(self, subject: Subject) -> bool:
        """Tell whether others gave us this state: it lives as long as its device, or until the one who received it lets it go."""
        return is_received(subject) and (subject.kind is not SubjectKind.DEVICE or subject.name in self._devices)

    def liveness(self) -> Mapping[Subject, float]:
        """Return the seconds one observation of life counts for."""
        return self._liveness

    def health(self, watched: Watched) -> Mapping[Subject, float]:
        """Return the seconds one observation of each check of it counts for; what is not up owes no checks."""
        if not watched.reads or not self._is_owed(watched):
            return {}
        kept = self._validities.get(watched.key)
        if kept is None or kept[0] != self._pipeline.bindings:
            kept = self._validities[watched.key] = (self._pipeline.bindings, self._health_validities(watched))
        return kept[1]

    def _is_owed(self, watched: Watched) -> bool:
        """Tell whether its checks are owed: those of what has no life of its own always are."""
        return watched.key in self._fed or self._board.state(watched.subject) is State.UP

    def _health_validities(self, watched: Watched) -> dict[Subject, float]:
        found: dict[Subject, float] = {}
        by_job = {plan.job: plan.validity for plan in watched.reads}
        for question in watched.questions:
            # What a feed brings comes in one reading, so it is owed before the first one after a start.
            job = self._pipeline.bound_job(question.subject) or (watched.reads[0].job if watched.key in self._fed else None)
            if job in by_job:
                found[question.subject] = by_job[job]
        for plan in watched.reads:
            found[management_subject(watched.subject, plan)] = plan.validity
        return found


def _is_own(subject: Subject) -> bool:
    """Tell whether a state is about Wenyam itself, whatever it watches; whether a feed can be read ends with the feed."""
    return subject.kind is SubjectKind.MONITOR and subject.check != READABLE


def _kept_rates(device: Device) -> tuple[str, ...]:
    return KEPT_RATES if device.marked_interfaces else ()
