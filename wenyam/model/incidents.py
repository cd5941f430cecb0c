"""Limits of the steps an incident goes through (R3.2), as the configuration says them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from wenyam.model import durations
from wenyam.model.oncall import HolidayRules

HOUR = 3600.0


class Counting(StrEnum):
    """How the length of a limit is counted."""

    CLOCK = "clock"
    """Seconds on the wall clock, nights and holidays too."""
    WORKING_DAYS = "working days"
    """Days on which Thai public bodies work."""
    CALENDAR_DAYS = "calendar days"


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a step may take."""

    amount: float
    """Seconds on the clock, else a number of days."""
    counting: Counting = Counting.CLOCK

    def __str__(self) -> str:
        """Write as in the configuration: `1h`, `2 working days`."""
        if self.counting is Counting.CLOCK:
            return durations.write(self.amount).replace(" ", "")
        return f"{self.amount:g} {self.counting.value if self.amount != 1 else self.counting.value.removesuffix('s')}"


_ONE_HOUR, _TWO_HOURS = Limit(HOUR), Limit(2 * HOUR)
_ONE_DAY, _TWO_DAYS, _FIVE_DAYS = (Limit(days, Counting.WORKING_DAYS) for days in (1, 2, 5))
_THREE_DAYS_AND_NIGHTS = Limit(72 * HOUR)


@dataclass(frozen=True, slots=True)
class RepairLimits:
    """Steps of a fault (PWO -01 hardware and network, -02 virtual machines and systems)."""

    find_and_fix: Limit
    """Until it is fixed or handed off."""
    test: Limit = _ONE_DAY
    """From fixed to a test result."""
    close: Limit = _ONE_DAY
    """From the test to the how-to note and closing."""


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """Steps of a service request (MOAC process 10; user confirmation PWO -03)."""

    classify: Limit = Limit(600.0)
    """Until somebody has classified and recorded it."""
    deliver: Limit = _ONE_HOUR
    """From then to delivery."""
    confirm: Limit = Limit(1800.0)
    """From delivery to the user's confirmation."""
    close: Limit = _ONE_DAY
    """From there to closing."""


@dataclass(frozen=True, slots=True)
class HostingLimits:
    """Power, cooling and what else belongs to the hosting centre (R1.2)."""

    hand_over: Limit = _ONE_HOUR
    """Until the fault is with them."""
    repair: Limit = _ONE_DAY
    """From there until it is fixed."""


@dataclass(frozen=True, slots=True)
class ContractorLimits:
    """A fault that goes to a contractor (MOAC process 14)."""

    call: Limit = _ONE_DAY
    """From the hand-off until they gave their reference number."""
    repair: Limit = _FIVE_DAYS
    """From there until it is fixed."""
    test: Limit = _TWO_DAYS
    """From fixed to a test result."""


@dataclass(frozen=True, slots=True)
class IncidentRules:
    """Every limit, and what is needed to count it."""

    hardware_network: RepairLimits = RepairLimits(_ONE_HOUR)
    vm_system: RepairLimits = RepairLimits(_TWO_HOURS)
    service_request: RequestLimits = RequestLimits()
    hosting_centre: HostingLimits = HostingLimits()
    contractor: ContractorLimits = ContractorLimits()
    personal_data: Limit = _THREE_DAYS_AND_NIGHTS
    """From awareness of a breach of personal data to its report (R3.4)."""
    hosted: Mapping[str, str] = field(default_factory=dict)
    """Sites whose power and cooling are somebody else's, and whose."""
    time_zone: str = "Asia/Bangkok"
    holidays: HolidayRules = field(default_factory=HolidayRules)
    """Days off, for limits in working days."""
