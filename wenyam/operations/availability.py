"""Availability of anything in the inventory: which subjects are meant, their figures, and those of several pooled."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter

from wenyam.availability.buckets import Buckets, pooled
from wenyam.availability.figures import Figures, figures
from wenyam.availability.on_time import OnTime, on_time
from wenyam.errors import UsageError
from wenyam.garbage import collector_paused
from wenyam.model.calendar import Run
from wenyam.model.instants import MILLISECONDS
from wenyam.model.inventory import DEFAULT_OBJECTIVE, Inventory, Text
from wenyam.model.states import Subject, SubjectKind
from wenyam.nearest import near_names
from wenyam.operations.accounts import COUNTED, Account

_NEAREST = 3
_BY_NAME = attrgetter("name")
_IN_ORDER = attrgetter("kind", "name", "check")
"""The order subjects have anyway; sorting by these tuples costs a third of asking two subjects each time."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of figures: a subject, or several pooled."""

    kind: str
    """device, link, service, group, kind, site or whole."""
    name: str
    label: Text | None
    objective: float
    buckets: Buckets
    figures: Figures
    corrected: Figures | None = None
    """The figures with corrections; None when none changed them."""
    members: int = 1
    worst_member: str = ""
    worst_availability: float | None = None
    below: int = 0
    """Members whose availability is below their objective."""
    insufficient: int = 0
    """Members with too little coverage."""

    def data(self) -> dict[str, object]:
        """Return what `--json` prints; ratios 0-1, seconds exact to the millisecond."""
        buckets = self.buckets
        return {
            "kind": self.kind,
            "name": self.name,
            "objective": self.objective,
            **_ratios(self.figures),
            "meets_objective": self.figures.meets(self.objective),
            "seconds": {name: getattr(buckets, name) / MILLISECONDS for name in Buckets.__slots__},
            "corrected": None if self.corrected is None else _ratios(self.corrected),
            "members": self.members,
            "worst_member": self.worst_member or None,
            "worst_member_availability": self.worst_availability,
            "below_objective": self.below,
            "insufficient_data": self.insufficient,
        }


@dataclass(frozen=True, slots=True)
class Selection:
    """What one line is about: a subject alone, or the members of something pooled."""

    kind: str
    name: str
    members: tuple[Subject, ...]

    @property
    def alone(self) -> bool:
        """True for a subject with an availability of its own."""
        return self.kind in COUNTED


def _ratios(found: Figures) -> dict[str, float | bool | None]:
    return {
        "availability": found.availability,
        "worst": found.worst,
        "best": found.best,
        "coverage": found.coverage,
        "sufficient": found.sufficient,
    }


def single(account: Account, inventory: Inventory, subject: Subject) -> Entry:
    """Return the figures of one device, link or service; none at all when it did not live in the period."""
    buckets = account.counts.get(subject, Buckets())
    again = account.corrected.get(subject)
    label, objective = _described(inventory, subject)
    found = figures(buckets, account.rules)
    return Entry(
        kind=subject.kind.value,
        name=subject.name,
        label=label,
        objective=objective,
        buckets=buckets,
        figures=found,
        corrected=None if again is None else figures(again, account.rules),
        below=int(found.meets(objective) is False),
        insufficient=int(not found.sufficient),
    )


class Singles(dict[Subject, Entry]):
    """Lines of figures by subject, each worked out when it is first asked for, however many pools it is in."""

    def __init__(self, account: Account, inventory: Inventory) -> None:
        """Take what they are worked out from."""
        super().__init__()
        self._account, self._inventory = account, inventory

    def __missing__(self, subject: Subject) -> Entry:
        """Work out one line."""
        self[subject] = found = single(self._account, self._inventory, subject)
        return found


def together(account: Account, inventory: Inventory, selection: Selection, singles: Singles | None = None) -> Entry:
    """Return the figures of several subjects: pooled seconds, the worst member, how many are below their objective."""
    singles = Singles(account, inventory) if singles is None else singles
    subjects = [subject for subject in dict.fromkeys(selection.members) if subject in account.counts]
    parts = [singles[subject] for subject in subjects]
    buckets = pooled(part.buckets for part in parts)
    again = pooled(account.corrected.get(subject, account.counts[subject]) for subject in subjects)
    worst = min(((part.figures.availability, part.name) for part in parts if part.figures.availability is not None), default=None)
    label, objective = _described_pool(inventory, selection)
    return Entry(
        kind=selection.kind,
        name=selection.name,
        label=label,
        objective=objective,
        buckets=buckets,
        figures=figures(buckets, account.rules),
        corrected=None if again == buckets else figures(again, account.rules),
        members=len(parts),
        worst_member="" if worst is None else worst[1],
        worst_availability=None if worst is None else worst[0],
        below=sum(part.below for part in parts),
        insufficient=sum(part.insufficient for part in parts),
    )


@collector_paused()
def entries(account: Account, inventory: Inventory, selections: Iterable[Selection]) -> list[Entry]:
    """Return a line of figures for each selection."""
    singles = Singles(account, inventory)
    return [
        singles[selection.members[0]] if selection.alone else together(account, inventory, selection, singles)
        for selection in selections
    ]


def pools(inventory: Inventory, lived: Iterable[Subject] = ()) -> list[Selection]:
    """Return the whole, every site, every kind of device and every group, in this order."""
    return _pools(inventory, {*lived, *_inventory_subjects(inventory)})


def _pools(inventory: Inventory, known: Iterable[Subject]) -> list[Selection]:
    whole = [subject for subject in known if subject.kind is not SubjectKind.SERVICE]
    kinds = sorted({device.kind for device in inventory.devices.values()})
    return [
        Selection("whole", "whole", tuple(sorted(whole, key=_IN_ORDER))),
        *(site(inventory, name) for name in inventory.sites),
        *(kind(inventory, name) for name in kinds),
        *(group(inventory, name) for name in inventory.groups),
    ]


@collector_paused()
def everything(inventory: Inventory, lived: Iterable[Subject]) -> list[Selection]:
    """Return the pools, then every service, link and device that is known or lived in the period."""
    known = {subject for subject in lived if subject.kind in COUNTED} | _inventory_subjects(inventory)
    of_kind: dict[SubjectKind, list[Subject]] = {SubjectKind.SERVICE: [], SubjectKind.LINK: [], SubjectKind.DEVICE: []}
    for subject in known:
        of_kind[subject.kind].append(subject)
    alone = [subject for held in of_kind.values() for subject in sorted(held, key=_BY_NAME)]
    return [*_pools(inventory, known), *map(_alone, alone)]


def site(inventory: Inventory, name: str) -> Selection:
    """Return a site's devices and links; services are left out, they would count their devices twice."""
    _demand(name, inventory.sites, "site")
    devices = [device.subject for device in inventory.devices.values() if device.site == name]
    links = [Subject(SubjectKind.LINK, link.name) for link in inventory.links.values() if link.site == name]
    return Selection("site", name, (*devices, *links))


def kind(inventory: Inventory, name: str) -> Selection:
    """Return the devices of a kind; `link` and `service` are kinds too."""
    members = [device.subject for device in inventory.devices.values() if device.kind == name]
    others = {"link": inventory.links, "service": inventory.services}
    members += [Subject(SubjectKind(name), each) for each in others.get(name, ())]
    _demand(name, {*others, *(device.kind for device in inventory.devices.values())}, "kind")
    return Selection("kind", name, tuple(members))


def group(inventory: Inventory, name: str) -> Selection:
    """Return a group's members."""
    _demand(name, inventory.groups, "group")
    return Selection("group", name, inventory.groups[name].members)


def named(inventory: Inventory, lived: Iterable[Subject], text: str) -> Selection:
    """Return what `NAME` or `KIND:NAME` is about; UsageError with the nearest names when it is nothing, or several things."""
    known = {subject for subject in lived if subject.kind in COUNTED} | _inventory_subjects(inventory)
    choices = [_alone(subject) for subject in sorted(known)]
    choices += [group(inventory, name) for name in inventory.groups]
    choices += [site(inventory, name) for name in inventory.sites]
    matches = [each for each in choices if text in (each.name, f"{each.kind}:{each.name}")]
    if len(matches) == 1:
        return matches[0]
    if matches:
        said = ", ".join(f"{each.kind}:{each.name}" for each in matches)
        raise UsageError(f"'{text}' is the name of several things", hint=f"Say which one: {said}.")
    names = {each.name for each in choices} | {f"{each.kind}:{each.name}" for each in choices}
    raise UsageError(f"there is no '{text}'", hint=_nearest(text, names))


def punctuality(runs: Iterable[Run]) -> dict[str, OnTime]:
    """Return for each job how many of its runs were done in time, and for all of them under the empty name."""
    by_job: dict[str, list[Run]] = {"": []}
    for run in runs:
        by_job[""].append(run)
        by_job.setdefault(run.job, []).append(run)
    return {job: on_time(held) for job, held in by_job.items()}


def _alone(subject: Subject) -> Selection:
    return Selection(subject.kind.value, subject.name, (subject,))


def _inventory_subjects(inventory: Inventory) -> set[Subject]:
    links = {Subject(SubjectKind.LINK, name) for name in inventory.links}
    services = {Subject(SubjectKind.SERVICE, name) for name in inventory.services}
    return {device.subject for device in inventory.devices.values() if device.retired is None} | links | services


_THINGS = {SubjectKind.DEVICE: "devices", SubjectKind.LINK: "links", SubjectKind.SERVICE: "services"}


def _described(inventory: Inventory, subject: Subject) -> tuple[Text | None, float]:
    things: Mapping[str, object] = getattr(inventory, _THINGS[subject.kind])
    thing = things.get(subject.name)
    return getattr(thing, "label", None), getattr(thing, "objective", DEFAULT_OBJECTIVE)


def _described_pool(inventory: Inventory, selection: Selection) -> tuple[Text | None, float]:
    if selection.kind == "group":
        found = inventory.groups[selection.name]
        return found.label, found.objective
    return (inventory.sites[selection.name].label if selection.kind == "site" else None), DEFAULT_OBJECTIVE


def _demand(name: str, names: Iterable[str], what: str) -> None:
    if name not in names:
        raise UsageError(f"there is no {what} '{name}'", hint=_nearest(name, names))


def _nearest(text: str, names: Iterable[str]) -> str:
    close = near_names(text, sorted(set(names)), most=_NEAREST)
    return f"Did you mean {' or '.join(close)}?" if close else "'wenyam config show' lists every name."
