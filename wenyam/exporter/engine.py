"""The engine as the exporter sees it: values of what is alive, states of everything, never a value that is no longer true."""

from collections.abc import Iterable, Iterator, Mapping

from wenyam.engine.latest import JobLatest
from wenyam.engine.readings import management_subject
from wenyam.engine.watched import Watched
from wenyam.engine.watcher import Watcher
from wenyam.exporter.snapshot import Exposed
from wenyam.model.instants import Instant, after
from wenyam.model.samples import Collection, Family, Labels, single
from wenyam.model.states import OVERALL, State, Subject, SubjectKind

LIVENESS_STATES = (State.UP, State.DOWN, State.UNREACHABLE, State.UNKNOWN)
_STATE_LABELS: tuple[Labels, ...] = tuple((("state", state.value),) for state in LIVENESS_STATES)
_CHECK_CODES = {State.OK: 0.0, State.WARN: 1.0, State.CRIT: 2.0, State.UNKNOWN: 3.0}


class EngineSnapshot:
    """Answers the exporter from the watcher's memory."""

    def __init__(self, watcher: Watcher) -> None:
        """Take the watcher."""
        self._watcher = watcher
        self._kept: dict[str, tuple[object, tuple[Family, ...]]] = {}
        self.upkeep: Mapping[Subject, tuple[Family, ...]] = {}
        """Availability and other figures that are worked out now and then."""

    def subjects(self) -> Iterable[Exposed]:
        """Return every device, service and link, and every job there is something to say of."""
        subjects = self._watcher.subjects
        for watched in subjects.devices().values():
            yield self._device(watched)
        for watched in subjects.services().values():
            yield self._service(watched)
        for watched in subjects.links().values():
            yield self._link(watched)
            yield self._link_figures(watched)
        for watched in subjects.fed().values():
            yield self._fed(watched)
        for subject, families in self.upkeep.items():
            if subject.kind is SubjectKind.JOB and str(subject) not in subjects.fed():
                yield Exposed(str(subject), (("job", subject.name),), families=families)

    def subject(self, name: str) -> Exposed | None:
        """Return one device by name or another subject by its text."""
        watched = self._watcher.subjects.devices().get(name)
        if watched is not None:
            return self._device(watched)
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

    def _device(self, watched: Watched) -> Exposed:
        device = self._watcher.configuration.inventory.devices[watched.subject.name]
        labels = (("site", device.site), ("device", device.name), ("kind", device.kind))
        alive = self._watcher.board.state(watched.subject) is State.UP
        return Exposed(
            device.name,
            labels,
            _collections(self._watcher.latest.jobs(watched.key)) if alive else {},
            (*self._families(watched), *self.upkeep.get(watched.subject, ())),
            self._expires(watched),
        )

    def _service(self, watched: Watched) -> Exposed:
        name = watched.subject.name
        overall = self._watcher.board.state(Subject(SubjectKind.SERVICE, name, OVERALL))
        families = (_states("service_state", overall), *self._job_families(watched), *self.upkeep.get(watched.subject, ()))
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
        families = (*_check_family(self._check_states(watched, alive=True)), *self.upkeep.get(watched.subject, ()))
        return Exposed(watched.key, ((watched.subject.kind.value, watched.subject.name),), jobs, families, self._expires(watched))

    def _expires(self, watched: Watched) -> dict[str, Instant]:
        jobs = self._watcher.latest.jobs(watched.key)
        found = {}
        for plan in watched.reads:
            job = jobs.get(plan.job)
            if job is not None and job.collection is not None:
                found[plan.job] = after(job.collection.started, plan.validity)
        return found

    def _families(self, watched: Watched) -> tuple[Family, ...]:
        """Return what the engine says about a device, the same objects while nothing changed."""
        jobs = self._watcher.latest.jobs(watched.key)
        board = self._watcher.board
        state = board.state(watched.subject)
        checks = self._check_states(watched, alive=state is State.UP)
        signature = (
            state,
            checks,
            tuple(id(job.collection) for job in jobs.values()),
            sum(sum(j.errors.values()) for j in jobs.values()),
        )
        kept = self._kept.get(watched.key)
        if kept is not None and kept[0] == signature:
            return kept[1]
        families = [_states("device_state", state), *self._job_families(watched)]
        if state is not State.UNKNOWN:
            families.append(single("up", float(state is State.UP)))
        families += _check_family(checks)
        self._kept[watched.key] = (signature, tuple(families))
        return tuple(families)

    def _check_states(self, watched: Watched, *, alive: bool) -> tuple[tuple[str, float], ...]:
        """Return every check with its code; what is known of a device that is not up is unknown."""
        board = self._watcher.board
        subjects = [question.subject for question in watched.questions]
        subjects += [management_subject(watched.subject, plan) for plan in watched.reads]
        known = [(subject.check, record.state) for subject in subjects if (record := board.record(subject)) is not None]
        return tuple((check, _CHECK_CODES[state] if alive else _CHECK_CODES[State.UNKNOWN]) for check, state in known)

    def _job_families(self, watched: Watched) -> Iterator[Family]:
        jobs = self._watcher.latest.jobs(watched.key)
        took = [(job, latest.collection.took) for job, latest in jobs.items() if latest.collection is not None]
        yield from _by_job("collect_duration_seconds", took)
        succeeded = [(job, latest.last_success / 1000) for job, latest in jobs.items() if latest.last_success is not None]
        yield from _by_job("last_success_timestamp_seconds", succeeded)
        yield from _by_job("values_refused_total", [(job, float(latest.refused_values)) for job, latest in jobs.items()])
        errors = [(job, reason, count) for job, latest in jobs.items() for reason, count in latest.errors.items()]
        if errors:
            labels = tuple((("job", job), ("reason", reason)) for job, reason, _ in errors)
            yield Family("collect_errors_total", labels, tuple(float(count) for _, _, count in errors))


def _collections(jobs: Mapping[str, JobLatest]) -> dict[str, Collection]:
    return {name: job.collection for name, job in jobs.items() if job.collection is not None}


def _check_family(checks: tuple[tuple[str, float], ...]) -> list[Family]:
    if not checks:
        return []
    return [Family("check_state", tuple((("check", name),) for name, _ in checks), tuple(code for _, code in checks))]


def _states(name: str, state: State) -> Family:
    return Family(name, _STATE_LABELS, tuple(float(state is known) for known in LIVENESS_STATES))


def _by_job(name: str, values: list[tuple[str, float]]) -> Iterator[Family]:
    if values:
        yield Family(name, tuple((("job", job),) for job, _ in values), tuple(value for _, value in values))
