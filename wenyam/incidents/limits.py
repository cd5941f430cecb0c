"""Where an incident is in its procedure, until when that step may last, and what is overdue (R3.2). Pure."""

from dataclasses import dataclass
from typing import Final

from wenyam.i18n.translate import mark
from wenyam.incidents import breach
from wenyam.incidents.incident import Category, Incident, Party
from wenyam.incidents.working_days import WorkingDays
from wenyam.model.causes import CauseCode
from wenyam.model.incidents import Counting, IncidentRules, Limit, RepairLimits, RequestLimits
from wenyam.model.instants import Instant, after

FIND_AND_FIX: Final = mark("find and fix")
HAND_OVER: Final = mark("hand over to the hosting centre")
HOSTED_REPAIR: Final = mark("repair by the hosting centre")
CALL: Final = mark("call the contractor")
CONTRACTED_REPAIR: Final = mark("repair by the contractor")
TEST: Final = mark("test")
CLOSE: Final = mark("how-to note and closing")
CLASSIFY: Final = mark("classify and record")
DELIVER: Final = mark("deliver")
CONFIRM: Final = mark("confirmation by the user")
BREACH_REPORT: Final = mark("report of the personal-data breach")
STEPS: Final = (
    FIND_AND_FIX, HAND_OVER, HOSTED_REPAIR, CALL, CONTRACTED_REPAIR, TEST, CLOSE, CLASSIFY, DELIVER, CONFIRM, BREACH_REPORT,
)  # fmt: skip

_HOSTED_CAUSES: Final = (CauseCode.POWER.value, CauseCode.COOLING.value)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the procedure that is being worked on."""

    name: str
    """English key of the catalogue."""
    started: Instant
    due: Instant
    limit: Limit


@dataclass(frozen=True, slots=True)
class Overdue:
    """A step that took longer than its limit."""

    step: str
    due: Instant


def due(started: Instant, limit: Limit, rules: IncidentRules) -> Instant:
    """Return when a step that started then must be done: by the clock, by Thai working days or by calendar days."""
    if limit.counting is Counting.CLOCK:
        return after(started, limit.amount)
    if limit.counting is Counting.CALENDAR_DAYS:
        return after(started, limit.amount * 86_400)
    return WorkingDays(rules.holidays).add_working_days(started, int(limit.amount), rules.time_zone)


def current_step(incident: Incident, rules: IncidentRules) -> Step | None:
    """Return the step an incident is at; None once it is closed."""
    if not incident.is_open:
        return None
    name, started, limit = _place(incident, rules)
    return Step(name, started, due(started, limit, rules), limit)


def overdue(incident: Incident, rules: IncidentRules, now: Instant) -> Overdue | None:
    """Return what became overdue last; each step that does is one more thing to tell. None while all is in time."""
    found = all_overdue(incident, rules, now)
    return found[-1] if found else None


def all_overdue(incident: Incident, rules: IncidentRules, now: Instant) -> list[Overdue]:
    """Return the step that is overdue, and the report of personal data if that is too; the earliest first."""
    running = (current_step(incident, rules), breach_clock(incident, rules))
    found = [Overdue(each.name, each.due) for each in running if each is not None and now > each.due]
    return sorted(found, key=lambda each: each.due)


def breach_clock(incident: Incident, rules: IncidentRules) -> Step | None:
    """Return the running clock of a personal-data breach; None when nobody flagged it or it is settled."""
    if incident.personal_data is None or breach.is_settled(incident):
        return None
    aware = incident.personal_data.at
    return Step(BREACH_REPORT, aware, due(aware, rules.personal_data, rules), rules.personal_data)


def is_hosted(incident: Incident, rules: IncidentRules) -> bool:
    """Tell whether it is power or cooling of a site where those belong to a hosting centre (R1.2)."""
    return incident.cause_code in _HOSTED_CAUSES and incident.site in rules.hosted


def _place(incident: Incident, rules: IncidentRules) -> tuple[str, Instant, Limit]:
    """Return the present step, when it began and its limit; the last thing that happened decides."""
    fixed = incident.fixed
    if fixed is None:
        return _repair(incident, rules)
    if incident.tested is None or not incident.passed:
        return _test(incident, max(fixed, incident.opened), rules)
    limit = rules.service_request.close if incident.category is Category.REQUEST else _limits(incident, rules).close
    return CLOSE, incident.tested.at, limit


def _repair(incident: Incident, rules: IncidentRules) -> tuple[str, Instant, Limit]:
    begun = max(incident.opened, incident.restarted or incident.opened)
    if incident.handed_off is not None:
        return _elsewhere(incident, max(begun, incident.handed_off.at), rules)
    if incident.category is Category.REQUEST:
        return _delivery(incident, begun, rules.service_request)
    if is_hosted(incident, rules):
        return HAND_OVER, begun, rules.hosting_centre.hand_over
    return FIND_AND_FIX, begun, _limits(incident, rules).find_and_fix


def _elsewhere(incident: Incident, begun: Instant, rules: IncidentRules) -> tuple[str, Instant, Limit]:
    if incident.party is Party.HOSTING_CENTRE:
        return HOSTED_REPAIR, begun, rules.hosting_centre.repair
    if incident.called is None:
        return CALL, begun, rules.contractor.call
    return CONTRACTED_REPAIR, max(begun, incident.called.at), rules.contractor.repair


def _delivery(incident: Incident, begun: Instant, limits: RequestLimits) -> tuple[str, Instant, Limit]:
    if incident.acknowledged is None:
        return CLASSIFY, begun, limits.classify
    return DELIVER, max(begun, incident.acknowledged.at), limits.deliver


def _test(incident: Incident, fixed: Instant, rules: IncidentRules) -> tuple[str, Instant, Limit]:
    if incident.category is Category.REQUEST:
        return CONFIRM, fixed, rules.service_request.confirm
    limit = rules.contractor.test if incident.party is Party.CONTRACTOR else _limits(incident, rules).test
    return TEST, fixed, limit


def _limits(incident: Incident, rules: IncidentRules) -> RepairLimits:
    return rules.vm_system if incident.category is Category.SYSTEM else rules.hardware_network
