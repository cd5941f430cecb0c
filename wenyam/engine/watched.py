"""What the engine reads: a device or a service, reduced to what the pipeline needs, so that it has no branch on kind."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from wenyam import plugins
from wenyam.checks.contract import Check
from wenyam.checks.parameters import counter_of
from wenyam.collectors.contract import Target
from wenyam.model.inventory import CheckPlan, Device, ReadPlan, Service
from wenyam.model.states import Subject, SubjectKind


@dataclass(frozen=True, slots=True)
class Question:
    """One check bound to its judge."""

    plan: CheckPlan
    subject: Subject
    judge: type[Check]
    needs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Watched:
    """A subject with readings and questions."""

    subject: Subject
    site: str | None
    profile: str
    address: str
    reads: tuple[ReadPlan, ...]
    questions: tuple[Question, ...]
    rates: frozenset[str]
    """Counters whose rates somebody asks for."""

    @property
    def key(self) -> str:
        """Name under which its latest readings are kept: devices by name, others by kind and name."""
        return latest_key(self.subject)

    def target(self, plan: ReadPlan) -> Target:
        """Return what a plan reads."""
        return Target(self.subject.name, plan.address or self.address, self.profile)


def latest_key(subject: Subject) -> str:
    """Return the name under which a subject's latest readings are kept."""
    return subject.name if subject.kind is SubjectKind.DEVICE else str(subject.owner)


def watched_device(device: Device, kept_rates: Iterable[str] = ()) -> Watched:
    """Reduce a device."""
    questions = tuple(question(device.subject, plan) for plan in device.checks)
    return Watched(
        device.subject, device.site, device.profile, device.address, device.reads, questions, _rates(questions, kept_rates)
    )


def watched_service(service: Service) -> Watched:
    """Reduce a service: its own probes and their checks."""
    subject = Subject(SubjectKind.SERVICE, service.name)
    questions = tuple(question(subject, plan) for plan in service.checks)
    return Watched(subject, service.site, "auto", "", service.probes, questions, _rates(questions, ()))


def watched_feed(subject: Subject, plan: ReadPlan, checks: Iterable[CheckPlan]) -> Watched:
    """Reduce something whose readings a feed brings: it has no address, and no life of its own, only health."""
    return Watched(subject, None, "auto", "", (plan,), tuple(question(subject, check) for check in checks), frozenset())


def question(subject: Subject, plan: CheckPlan) -> Question:
    """Bind a check plan of a subject to its judge."""
    judge: Any = plugins.load(plugins.CHECKS, plan.check)
    needs = _same(frozenset(judge.needs(plan.parameters)))
    return Question(plan, Subject(subject.kind, subject.name, plan.name), judge, needs)


def _rates(questions: Iterable[Question], kept: Iterable[str]) -> frozenset[str]:
    asked = {counter for question in questions for name in question.needs if (counter := counter_of(name)) is not None}
    return _same(frozenset(asked | set(kept)))


@lru_cache(4096)
def _same(names: frozenset[str]) -> frozenset[str]:
    """Return the one object that all devices with these names share."""
    return names
