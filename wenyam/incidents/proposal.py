"""Who should repair it: the hosting centre, the contractor whose contract covers the asset, or the house itself (R1.2, R3.5)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from wenyam.i18n.translate import Translator, mark
from wenyam.incidents.incident import Incident, Party
from wenyam.model.causes import CauseCode
from wenyam.model.instants import Instant
from wenyam.model.inventory import Contract, Inventory
from wenyam.model.states import SubjectKind

_HOSTED: Final = (CauseCode.POWER.value, CauseCode.COOLING.value)
_CAUSE_OF_KIND: Final = {"ups": CauseCode.POWER.value, "pdu": CauseCode.POWER.value, "sensor": CauseCode.COOLING.value}
"""What trouble with these devices is about while nobody has given a cause."""
THEIRS: Final = mark("power and cooling at {site} are theirs, within 1 h")
UNCOVERED: Final = mark("no contract covers it: the house repairs it, or asks for procurement")
ENDED: Final = mark("contract {contract} of {contractor} has ended: the house repairs it, or asks for procurement")
COVERED: Final = mark("contract {contract} covers it")


@dataclass(frozen=True, slots=True)
class Proposal:
    """Whom to hand it to, and why; nobody when `party` is None."""

    party: Party | None
    name: str
    reason: str
    """English key of the catalogue, with the names of `values` in braces."""
    values: Mapping[str, str] = field(default_factory=dict)
    reference: str = ""
    """Number of the contract."""
    telephone: str = ""

    def why(self, say: Translator) -> str:
        """Return the reason in a language."""
        return say(self.reason).format(**self.values)


def propose(incident: Incident, inventory: Inventory, now: Instant) -> Proposal:
    """Return who should have it, by its cause, its site and the contract of what is at its root."""
    site = inventory.sites.get(incident.site)
    cause = incident.cause_code or _cause_of_kind(incident, inventory)
    if site is not None and site.hosting_centre and cause in _HOSTED:
        return Proposal(Party.HOSTING_CENTRE, site.hosting_centre, THEIRS, {"site": site.name})
    contract = contract_of(incident, inventory)
    if contract is None:
        return Proposal(None, "", UNCOVERED)
    values = {"contract": contract.reference, "contractor": contract.contractor}
    if contract.valid_until is not None and contract.valid_until <= now:
        return Proposal(None, "", ENDED, values, contract.reference)
    return Proposal(Party.CONTRACTOR, contract.contractor, COVERED, values, contract.reference, contract.telephone or "")


def contract_of(incident: Incident, inventory: Inventory) -> Contract | None:
    """Return the contract of the device or line at the root."""
    root = incident.root
    if root is not None and root.kind is SubjectKind.DEVICE and root.name in inventory.devices:
        return inventory.devices[root.name].contract
    if root is not None and root.kind is SubjectKind.LINK and root.name in inventory.links:
        return inventory.links[root.name].contract
    return None


def _cause_of_kind(incident: Incident, inventory: Inventory) -> str:
    root = incident.root
    device = inventory.devices.get(root.name) if root is not None and root.kind is SubjectKind.DEVICE else None
    return "" if device is None else _CAUSE_OF_KIND.get(device.kind, "")
