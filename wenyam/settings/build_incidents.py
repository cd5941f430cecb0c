"""The limits of incidents out of what was written, over the manuals' own."""

from dataclasses import replace
from typing import Any, TypeVar

from pydantic import BaseModel

from wenyam.model.incidents import IncidentRules
from wenyam.model.inventory import Inventory
from wenyam.model.oncall import HolidayRules
from wenyam.settings.blocks_incidents import IncidentsBlock
from wenyam.settings.known import Known

Limits = TypeVar("Limits")
_PARTS = ("hardware_network", "vm_system", "service_request", "hosting_centre", "contractor")


def build_incidents(known: Known, inventory: Inventory, holidays: HolidayRules) -> IncidentRules:
    """Return the limits; problems are noted."""
    block, usual = known.section("incidents"), IncidentRules()
    written = known.valid(IncidentsBlock, block, block.place, "incidents") or IncidentsBlock()
    parts: dict[str, Any] = {name: _over(getattr(usual, name), getattr(written, name)) for name in _PARTS}
    return replace(
        usual,
        **parts,
        personal_data=written.personal_data or usual.personal_data,
        hosted={site.name: site.hosting_centre for site in inventory.sites.values() if site.hosting_centre},
        time_zone=known.context["time_zone"],
        holidays=holidays,
    )


def _over(usual: Limits, written: BaseModel) -> Limits:
    """Return the usual limits with those in place that were written."""
    said = {name: value for name in type(written).model_fields if (value := getattr(written, name)) is not None}
    changed: Limits = replace(usual, **said)  # type: ignore[type-var]  # every one of them is a dataclass
    return changed
