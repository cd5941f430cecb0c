"""The block of incidents: how long each step of the procedures may take."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from wenyam.model import incidents
from wenyam.model.incidents import Counting
from wenyam.settings.blocks import Written
from wenyam.settings.values import duration

_DAYS = re.compile(r"([0-9]+)\s+(working|calendar)\s+days?")
_BARE_DAYS = re.compile(r"([0-9]+)\s*(?:d|days?)")
_LONGEST_DAYS = 3660


def limit(value: Any) -> incidents.Limit:
    """Return a limit written `1h`, `30m`, `2 working days` or `3 calendar days`; ValueError with a sentence otherwise."""
    if isinstance(value, incidents.Limit):
        return value
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, str) and (found := _DAYS.fullmatch(text)):
        days = int(found[1])
        if not 1 <= days <= _LONGEST_DAYS:
            raise ValueError(f"'{text}' is not a number of days from 1 to {_LONGEST_DAYS}")
        return incidents.Limit(days, Counting(f"{found[2]} days"))
    if isinstance(text, str) and (found := _BARE_DAYS.fullmatch(text)):
        number = int(found[1])
        raise ValueError(f"'{text}' may mean two things; write '{number} working days' or '{number} calendar days'")
    return incidents.Limit(duration(text))


Limit = Annotated[incidents.Limit, BeforeValidator(limit), WithJsonSchema({"type": "string", "examples": ["2 working days"]})]


class RepairLimitsBlock(Written):
    """How long the steps of a fault may take."""

    find_and_fix: Limit | None = None
    """Until it is fixed or handed off; 1h for hardware and network (สงบข.-01), 2h for virtual machines and systems (สงบข.-02)."""
    test: Limit | None = None
    """From fixed to a test result; `1 working day` when absent."""
    close: Limit | None = None
    """From the test to the how-to note and closing; `1 working day` when absent."""


class RequestLimitsBlock(Written):
    """How long the steps of a service request (form FM-DM-01) may take."""

    classify: Limit | None = None
    """Until somebody has classified and recorded it; `10m` when absent."""
    deliver: Limit | None = None
    """From then to delivery; `1h` when absent."""
    confirm: Limit | None = None
    """From delivery to the user's confirmation; `30m` when absent."""
    close: Limit | None = None
    """From there to closing; `1 working day` when absent."""


class HostingLimitsBlock(Written):
    """How long a fault in power or cooling may take that belongs to the hosting centre."""

    hand_over: Limit | None = None
    """Until the fault is with them; `1h` when absent."""
    repair: Limit | None = None
    """From there until it is fixed; `1 working day` when absent."""


class ContractorLimitsBlock(Written):
    """How long a contractor may take."""

    call: Limit | None = None
    """From the hand-off until they gave their reference number; `1 working day` when absent."""
    repair: Limit | None = None
    """From there until it is fixed; `5 working days` when absent."""
    test: Limit | None = None
    """From fixed to a test result; `2 working days` when absent."""


class IncidentsBlock(Written):
    """How long each step of the procedures may take: `1h`, `30m`, `2 working days` (Thai) or `3 calendar days`."""

    hardware_network: RepairLimitsBlock = RepairLimitsBlock()
    """Faults of hardware and network."""
    vm_system: RepairLimitsBlock = RepairLimitsBlock()
    """Faults of servers, virtual machines, databases and information systems."""
    service_request: RequestLimitsBlock = RequestLimitsBlock()
    """Service requests."""
    hosting_centre: HostingLimitsBlock = HostingLimitsBlock()
    """What is handed to the hosting centre."""
    contractor: ContractorLimitsBlock = ContractorLimitsBlock()
    """What is handed to a contractor."""
    personal_data: Limit | None = None
    """From awareness of a breach of personal data to its report; `72h` when absent."""
