"""What planned work touches: what may be down, what goes down with it, and what is watched as ever. Pure."""

from dataclasses import dataclass

from wenyam.availability.expression import subjects_of
from wenyam.model.inventory import Inventory
from wenyam.model.states import Subject, SubjectKind


@dataclass(frozen=True, slots=True)
class Scope:
    """What a window is about, and what hangs on it without being in it."""

    planned: tuple[Subject, ...]
    """May be down: marked as planned, no alerts, not counted as down."""
    behind: tuple[Subject, ...]
    """Devices that are reached only through planned ones: unreachable meanwhile, which counts and is told with its cause."""
    links: tuple[Subject, ...]
    services: tuple[Subject, ...]
    """Links and services that stand on these devices: not planned unless they are named too, so they alert and count."""
    others: int
    """Devices, links and services that this does not touch."""


def scope(inventory: Inventory, planned: tuple[Subject, ...]) -> Scope:
    """Return what planned work on these subjects touches."""
    inside = set(planned)
    behind = _behind(inventory, inside)
    touched = inside | behind
    links = {Subject(SubjectKind.LINK, name) for name, link in inventory.links.items() if _device(link.near) in touched}
    links -= inside
    services = _services(inventory, touched | links) - inside
    everything = len(inventory.devices) + len(inventory.links) + len(inventory.services)
    return Scope(
        planned=planned,
        behind=tuple(sorted(behind)),
        links=tuple(sorted(links)),
        services=tuple(sorted(services)),
        others=everything - len(inside | behind | links | services),
    )


def _device(name: str) -> Subject:
    return Subject(SubjectKind.DEVICE, name)


def _behind(inventory: Inventory, inside: set[Subject]) -> set[Subject]:
    """Return the devices all of whose ways lead through planned ones."""
    cut = {subject.name for subject in inside if subject.kind is SubjectKind.DEVICE}
    found: set[str] = set()
    grown = True
    while grown:
        grown = False
        for device in inventory.devices.values():
            if device.name not in cut | found and device.parents and set(device.parents) <= cut | found:
                found.add(device.name)
                grown = True
    return {_device(name) for name in found}


def _services(inventory: Inventory, touched: set[Subject]) -> set[Subject]:
    found: set[Subject] = set()
    grown = True
    while grown:
        before = len(found)
        for service in inventory.services.values():
            if service.members is not None and set(subjects_of(service.members)) & (touched | found):
                found.add(Subject(SubjectKind.SERVICE, service.name))
        grown = len(found) > before
    return found
