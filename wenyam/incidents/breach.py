"""Breaches of personal data (R3.4, MOAC process 16): the clock, the seven factors of the assessment, the report's four parts.

Losing availability counts: people who cannot reach their data are concerned as well. Pure.
"""

from collections.abc import Mapping
from typing import Final

from wenyam.i18n.translate import mark
from wenyam.incidents.incident import Incident
from wenyam.model.inventory import Inventory
from wenyam.model.states import State, SubjectKind

FACTORS: Final[Mapping[str, str]] = {
    "data_type": mark("Type of the personal data"),
    "volume": mark("Amount of the data"),
    "identification": mark("Ease of telling whose data they are"),
    "severity": mark("Severity of the consequences"),
    "special_people": mark("Children and others who need special protection"),
    "people": mark("Number of people concerned"),
    "controller": mark("Special nature of this body and its work"),
}
"""What the risk is assessed by, in the order of the form."""

PARTS: Final[Mapping[str, str]] = {
    "nature": mark("Nature of the breach"),
    "contact": mark("Contact of the data protection officer"),
    "consequences": mark("Likely consequences"),
    "measures": mark("Measures taken and planned"),
}
"""What the report to the committee's office says."""

PERSONAL: Final = frozenset({"contact"})
"""Parts that speak of a person, and so enter the chain only as salted digests."""
PREFIX: Final = "breach_"
REPORTED, DISMISSED, SETTLED_AT = PREFIX + "reported", PREFIX + "dismissed", PREFIX + "settled_at"
_LOST: Final = (State.DOWN, State.UNREACHABLE)


def is_settled(incident: Incident) -> bool:
    """Tell whether it was reported, or assessed as no risk to anybody, so that the clock stands still."""
    return bool(incident.details.get(REPORTED) or incident.details.get(DISMISSED))


def said(incident: Incident, names: Mapping[str, str]) -> dict[str, str]:
    """Return what is on record of the factors or of the parts."""
    return {name: text for name in names if (text := incident.details.get(PREFIX + name, ""))}


def missing(incident: Incident, names: Mapping[str, str]) -> list[str]:
    """Return which factors or parts nobody has written yet."""
    return [name for name in names if not incident.details.get(PREFIX + name)]


def is_proposed(incident: Incident, inventory: Inventory) -> bool:
    """Tell whether something that holds personal data is down in it and nobody has flagged it yet."""
    if incident.personal_data is not None:
        return False
    return any(
        member.state in _LOST and _holds(member.subject.kind, member.subject.name, inventory) for member in incident.failing
    )


def _holds(kind: SubjectKind, name: str, inventory: Inventory) -> bool:
    if kind is SubjectKind.DEVICE and name in inventory.devices:
        return inventory.devices[name].personal_data
    return kind is SubjectKind.SERVICE and name in inventory.services and inventory.services[name].personal_data
