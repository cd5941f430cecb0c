"""The latest readings of everything, in memory: what checks judge, the exporter shows and the control socket answers."""

from dataclasses import dataclass, field, replace

from wenyam.model.instants import Instant, after
from wenyam.model.samples import Collection, Failure, Family


@dataclass(slots=True)
class JobLatest:
    """What is known of one job of one subject."""

    collection: Collection | None = None
    """The last run; a failed one takes its place too, so that no old value is ever shown as new."""
    derived: tuple[Family, ...] = ()
    """Families made from it, such as rates."""
    last_success: Instant | None = None
    errors: dict[str, int] = field(default_factory=dict)
    """Failed runs by reason since the start."""
    refused_values: int = 0
    last_failure: Failure | None = None
    last_failure_at: Instant | None = None

    def take(self, collection: Collection) -> None:
        """Note a run."""
        self.collection = collection
        self.derived = ()
        reading = collection.reading
        if reading is not None:
            self.refused_values += sum(reading.refused.values())
            if reading.complete:
                self.last_success = collection.started
        for failure in [collection.failure] if collection.failure else reading.failures if reading else []:
            self.errors[failure.reason.value] = self.errors.get(failure.reason.value, 0) + 1
            self.last_failure, self.last_failure_at = failure, collection.started

    def set_back(self, seconds: float) -> None:
        """Move its moments with a clock that was set back, so that none of them lies in the future."""
        if self.collection is not None:
            self.collection = replace(self.collection, started=after(self.collection.started, seconds))
        self.last_success = None if self.last_success is None else after(self.last_success, seconds)
        self.last_failure_at = None if self.last_failure_at is None else after(self.last_failure_at, seconds)


class Latest:
    """Jobs by subject name; device and service names share no key because services are filed under `service:NAME`."""

    def __init__(self) -> None:
        """Start empty."""
        self._jobs: dict[str, dict[str, JobLatest]] = {}
        self._marks: dict[str, int] = {}

    def take(self, collection: Collection) -> JobLatest:
        """File a run and return its job."""
        job = self._jobs.setdefault(collection.device, {}).setdefault(collection.job, JobLatest())
        job.take(collection)
        self._mark(collection.device)
        return job

    def mark(self, name: str) -> int:
        """Return a number that is another one as soon as something was read of this subject, or its values were dropped."""
        return self._marks.get(name, 0)

    def jobs(self, name: str) -> dict[str, JobLatest]:
        """Return the jobs of a subject by name."""
        return self._jobs.get(name, {})

    def families(self, name: str) -> list[Family]:
        """Return the families of the last good run of every job, with what was derived from them."""
        found: list[Family] = []
        for job in self.jobs(name).values():
            if job.collection is not None and job.collection.reading is not None:
                found += job.collection.reading.families
                found += job.derived
        return found

    def silence(self, name: str) -> None:
        """Drop the values of a subject that is not alive; counters of errors stay."""
        for job in self.jobs(name).values():
            if job.collection is not None:
                self._mark(name)
            job.collection = None
            job.derived = ()

    def set_back(self, seconds: float) -> None:
        """Move the moments of all readings with a clock that was set back."""
        for name, jobs in self._jobs.items():
            for job in jobs.values():
                job.set_back(seconds)
            self._mark(name)

    def retain(self, names: set[str]) -> None:
        """Drop what is watched no more."""
        for gone in self._jobs.keys() - names:
            del self._jobs[gone], self._marks[gone]

    def _mark(self, name: str) -> None:
        self._marks[name] = self._marks.get(name, 0) + 1
