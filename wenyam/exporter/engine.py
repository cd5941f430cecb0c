"""The engine as the exporter sees it: values of what is alive, states of everything, never a value that is no longer true."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from wenyam.engine.latest import JobLatest
from wenyam.engine.readings import management_subject
from wenyam.engine.watched import Watched
from wenyam.engine.watcher import Watcher
from wenyam.exporter.check_states import CHECK_CODES, Coded, check_family
from wenyam.exporter.own import own_parts
from wenyam.exporter.snapshot import Exposed
from wenyam.model.instants import Instant, after
from wenyam.model.inventory import Device
from wenyam.model.samples import Collection, Family, Labels, labelled, single
from wenyam.model.states import OVERALL, State, Subject, SubjectKind

LIVENESS_STATES = (State.UP, State.DOWN, State.UNREACHABLE, State.UNKNOWN)
_STATE_LABELS: tuple[Labels, ...] = tuple((("state", state.value),) for state in LIVENESS_STATES)
_SHARED = 4096
"""Families that are the same for many devices, and for one device nearly always, are one object: its text is then kept."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was shown of a device, and all that it was made from."""

    marks: tuple[int, int]
    watched: Watched
    device: Device
    upkeep: tuple[Family, ...]
    exposed: Exposed


class EngineSnapshot:
    """Answers the exporter from the watcher's memory."""

    def __init__(self, watcher: Watcher) -> None:
        """Take the watcher."""
        self._watcher = watcher
        self._kept: dict[str, _Kept] = {}
        self.upkeep: Mapping[Subject, tuple[Family, ...]] = {}
        """Availability and other figures that are worked out now and then."""

    def subjects(self) -> Iterable[Exposed]:
        """Yield every device, service and link, every job there is something to say of, and how Wenyam itself is.

        A new configuration may come while this is gone through: devices are those of its beginning.
        """
        subjects, devices = self._watcher.subjects, self._watcher.configuration.inventory.devices
        for gone in self._kept.keys() - subjects.devices().keys():
            del self._kept[gone]
        for watched in subjects.devices().values():
            yield self._device(watched, devices[watched.subject.name])
        for watched in subjects.services().values():
            yield self._service(watched)
        for watched in subjects.links().values():
            yield self._link(watched)
            yield self._link_figures(watched)
        for watched in subjects.fed().values():
            yield self._fed(watched)
        yield from own_parts(self._watcher.board, subjects.fed())
        for subject, families in self.upkeep.items():
            if subject.kind is SubjectKind.JOB and str(subject) not in subjects.fed():
                yield Exposed(str(subject), (("job", subject.name),), families=families)

    def subject(self, name: str) -> Exposed | None:
        """Return one device by name or another subject by its text."""
        watched = self._watcher.subjects.devices().get(name)
        if watched is not None:
            return self._device(watched, self._watcher.configuration.inventory.devices[name])
        link = self._watcher.subjects.links().get(name.removeprefix("link:"))
        if link is not None:
            return self._link(link)
        fed = self._watcher.subjects.fed().get(name)
        if fed is not None:
            return self._fed(fed)
        service = self._watcher.subjects.services().get(name.removeprefix("service:"))
        return None if service is None else self._service(service)

    def heartbeat_age(self) -> float:
        """Return the seconds since the work loop last beat."""
        return self._watcher.heartbeat.age

    def not_ready(self) -> str:
        """Say what is still unknown after the start."""
        waiting = [
            name
            for name, watched in self._watcher.subjects.devices().items()
            if self._watcher.board.record(watched.subject) is None
        ]
        return f"{len(waiting)} devices were not looked at yet" if waiting else ""

    def _device(self, watched: Watched, device: Device) -> Exposed:
        """Return what is to be shown of a device: the same object while nothing of it changed."""
        upkeep = self.upkeep.get(watched.subject, ())
        marks = (self._watcher.board.mark(watched.subject), self._watcher.latest.mark(watched.key))
        kept = self._kept.get(watched.key)
        if (
            kept is not None
            and kept.marks == marks
            and kept.watched is watched
            and kept.device is device
            and kept.upkeep is upkeep
        ):
            return kept.exposed
        labels = (("site", device.site), ("device", device.name), ("kind", device.kind))
        state = self._watcher.board.state(watched.subject)
        exposed = Exposed(
            device.name,
            labels,
            _collections(self._watcher.latest.jobs(watched.key)) if state is State.UP else {},
            (*self._families(watched, state), *upkeep),
            self._expires(watched),
        )
        self._kept[watched.key] = _Kept(marks, watched, device, upkeep, exposed)
        return exposed

    def _service(self, watched: Watched) -> Exposed:
        name = watched.subject.name
        overall = self._watcher.board.state(Subject(SubjectKind.SERVICE, name, OVERALL))
        families = (
            _states("service_state", overall),
            *self._job_families(watched),
            *check_family(self._check_states(watched, alive=True)),
            *self.upkeep.get(watched.subject, ()),
        )
        jobs = _collections(self._watcher.latest.jobs(watched.key))
        return Exposed(str(watched.subject), (("service", name),), jobs, families, self._expires(watched))

    def _link(self, watched: Watched) -> Exposed:
        """Return a link's own samples, which carry its name in their label `link`."""
        jobs = _collections(self._watcher.latest.jobs(watched.key))
        return Exposed(str(watched.subject), (("site", watched.site or ""),), jobs, (), self._expires(watched))

    def _link_figures(self, watched: Watched) -> Exposed:
        """Return what is said about a link, which gets its name as a device does."""
        labels = (("site", watched.site or ""), ("link", watched.subject.name))
        return Exposed(f"{watched.subject}/figures", labels, families=self.upkeep.get(watched.subject, ()))

    def _fed(self, watched: Watched) -> Exposed:
        """Return a job: its samples and its checks. It is never down, so what is known of it holds until it is stale."""
        jobs = _collections(self._watcher.latest.jobs(watched.key))
        families = (*check_family(self._check_states(watched, alive=True)), *self.upkeep.get(watched.subject, ()))
        return Exposed(watched.key, ((watched.subject.kind.value, watched.subject.name),), jobs, families, self._expires(watched))

    def _expires(self, watched: Watched) -> dict[str, Instant]:
        jobs = self._watcher.latest.jobs(watched.key)
        found = {}
        for plan in watched.reads:
            job = jobs.get(plan.job)
            if job is not None and job.collection is not None:
                found[plan.job] = after(job.collection.started, plan.validity)
        return found

    def _families(self, watched: Watched, state: State) -> Iterator[Family]:
        """Yield what the engine says about a device."""
        yield _states("device_state", state)
        yield from self._job_families(watched)
        if state is not State.UNKNOWN:
            yield _up(alive=state is State.UP)
        yield from check_family(self._check_states(watched, alive=state is State.UP))

    def _check_states(self, watched: Watched, *, alive: bool) -> Coded:
        """Return every check with its code; what is known of a device that is not up is unknown."""
        board = self._watcher.board
        subjects = [question.subject for question in watched.questions]
        subjects += [management_subject(watched.subject, plan) for plan in watched.reads]
        known = [(subject.check, record.state) for subject in subjects if (record := board.record(subject)) is not None]
        return tuple((check, CHECK_CODES[state] if alive else CHECK_CODES[State.UNKNOWN]) for check, state in known)

    def _job_families(self, watched: Watched) -> Iterator[Family]:
        jobs = self._watcher.latest.jobs(watched.key)
        took = [(job, latest.collection.took) for job, latest in jobs.items() if latest.collection is not None]
        yield from _by_job("collect_duration_seconds", took)
        succeeded = [(job, latest.last_success / 1000) for job, latest in jobs.items() if latest.last_success is not None]
        yield from _by_job("last_success_timestamp_seconds", succeeded)
        yield from _refused(tuple((job, float(latest.refused_values)) for job, latest in jobs.items()))
        errors = [(job, reason, count) for job, latest in jobs.items() for reason, count in latest.errors.items()]
        if errors:
            labels = tuple((("job", job), ("reason", reason)) for job, reason, _ in errors)
            yield Family("collect_errors_total", labels, tuple(float(count) for _, _, count in errors))


def _collections(jobs: Mapping[str, JobLatest]) -> dict[str, Collection]:
    return {name: job.collection for name, job in jobs.items() if job.collection is not None}


@lru_cache(_SHARED)
def _states(name: str, state: State) -> Family:
    return Family(name, _STATE_LABELS, tuple(float(state is known) for known in LIVENESS_STATES))


@lru_cache(_SHARED)
def _up(*, alive: bool) -> Family:
    return single("up", float(alive))


@lru_cache(_SHARED)
def _refused(values: tuple[tuple[str, float], ...]) -> tuple[Family, ...]:
    return tuple(_by_job("values_refused_total", list(values)))


def _by_job(name: str, values: list[tuple[str, float]]) -> Iterator[Family]:
    if values:
        yield Family(name, labelled("job", tuple(job for job, _ in values)), tuple(value for _, value in values))
