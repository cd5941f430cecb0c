"""Which route an incident takes, and who its words mean. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import time

from wenyam.alerts import facts
from wenyam.i18n.dates import local_time
from wenyam.incidents.incident import Category, Incident, Origin
from wenyam.model.alerting import AlertPlan, Route, RouteMatch, Severity
from wenyam.model.instants import Instant
from wenyam.model.inventory import Device, Inventory, Link, Service
from wenyam.model.states import Subject, SubjectKind

ONCALL, ROLE = "oncall:", "role:"
OWNER, DUTY_OFFICER = "owner", "duty_officer"

MOST_ANSWERABLE = 3
"""People who hear of what has nobody of its own."""

OnDuty = Callable[[str, Instant], Sequence[str]]
"""Who is on duty by the rota of this name at a moment: person ids."""


@dataclass(frozen=True, slots=True)
class Directory:
    """What routing asks: the inventory, the rotas, and the zone in which hours are meant."""

    inventory: Inventory
    on_duty: OnDuty
    time_zone: str

    def route(self, plan: AlertPlan, incident: Incident, now: Instant) -> Route | None:
        """Return the first route that matches."""
        return next((route for route in plan.routes if self._matches(route.match, incident, now)), None)

    def people(self, words: Iterable[str], incident: Incident, now: Instant) -> tuple[str, ...]:
        """Return the person ids that a step's words mean for an incident, each once."""
        found: dict[str, None] = {}
        for word in words:
            found.update(dict.fromkeys(self._meant(word, incident, now)))
        return tuple(person for person in found if person in self.inventory.people)

    def answerable(self, incident: Incident) -> tuple[str, ...]:
        """Return who hears what no word of its step names anybody for: duty officers of those it concerns, the busiest first.

        A credential, a job, a request and this Wenyam itself have no duty officer of their own, and nobody may be on call.
        """
        concerned = self._concerned(incident)
        busiest = Counter(thing.duty_officer for thing in concerned if thing.duty_officer in self.inventory.people)
        return tuple(person for person, _ in busiest.most_common(MOST_ANSWERABLE))

    def _concerned(self, incident: Incident) -> Sequence[Device | Link | Service]:
        """Return what uses a refused credential, else what is at the site, else everything."""
        root, inventory = incident.root, self.inventory
        devices = tuple(inventory.devices.values())
        users = [] if root is None or root.kind is not SubjectKind.CREDENTIAL else [d for d in devices if _uses(d, root.name)]
        here = [device for device in devices if device.site == incident.site]
        return users or here or (*devices, *inventory.links.values(), *inventory.services.values())

    def _meant(self, word: str, incident: Incident, now: Instant) -> Sequence[str]:
        if word.startswith(ONCALL):
            return self.on_duty(word.removeprefix(ONCALL), now)
        if word.startswith(ROLE):
            role = word.removeprefix(ROLE)
            return [person.id for person in self.inventory.people.values() if role in person.roles]
        if word in (OWNER, DUTY_OFFICER):
            thing = None if incident.root is None else thing_of(incident.root, self.inventory)
            return [] if thing is None else [str(getattr(thing, word))]
        return [word]

    def _matches(self, match: RouteMatch, incident: Incident, now: Instant) -> bool:
        return (
            (not match.severities or incident.severity in match.severities)
            and (not match.sites or incident.site in match.sites)
            and (not match.kinds or bool(self._kinds(incident) & set(match.kinds)))
            and (not match.services or any(name in match.services for name in services_of(incident)))
            and (not match.subjects or any(subject.owner in match.subjects for subject in incident.members))
            and (match.hours is None or within_hours(match.hours, now, self.time_zone))
        )

    def _kinds(self, incident: Incident) -> set[str]:
        if incident.root is None:
            return {incident.category.value}
        device = self.inventory.devices.get(incident.root.name) if incident.root.kind is SubjectKind.DEVICE else None
        return {incident.root.kind.value} | (set() if device is None else {device.kind})


def _uses(device: Device, credential: str) -> bool:
    return any(read.credential == credential for read in device.reads)


def thing_of(subject: Subject, inventory: Inventory) -> Device | Link | Service | None:
    """Return the device, link or service of a subject; None for others."""
    if subject.kind is SubjectKind.DEVICE:
        return inventory.devices.get(subject.name)
    if subject.kind is SubjectKind.LINK:
        return inventory.links.get(subject.name)
    return inventory.services.get(subject.name) if subject.kind is SubjectKind.SERVICE else None


def services_of(incident: Incident) -> tuple[str, ...]:
    """Return the services inside an incident."""
    return tuple(dict.fromkeys(each.name for each in incident.members if each.kind is SubjectKind.SERVICE))


def within_hours(hours: str, now: Instant, time_zone: str) -> bool:
    """Tell whether a moment lies within `HH:MM-HH:MM`, which may cross midnight."""
    start, end = (time.fromisoformat(part.strip()) for part in hours.split("-"))
    present = local_time(now, time_zone)
    return start <= present < end if start < end else present >= start or present < end


def nobodys(now: Instant) -> Incident:
    """Return an incident about nothing, to ask a route whom it means."""
    return Incident("", Origin.BY_HAND, Category.REQUEST, None, "", "", Severity.WARNING, now, now, facts.TOOL)
