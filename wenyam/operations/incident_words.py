"""What the fixed words of incidents are called."""

from typing import Final

from wenyam.i18n.translate import mark
from wenyam.incidents import facts
from wenyam.incidents.incident import Category, Origin, Party
from wenyam.incidents.limits import STEPS
from wenyam.model.alerting import Severity
from wenyam.model.causes import CauseCode

DEEDS: Final = {
    facts.OPENED: mark("opened"),
    facts.MEMBERS: mark("what belongs to it"),
    facts.LEFT: mark("became an incident of its own"),
    facts.RECOVERED: mark("good again"),
    facts.RETURNED: mark("failed again"),
    facts.ACKNOWLEDGED: mark("acknowledged"),
    facts.ASSIGNED: mark("assigned to"),
    facts.NOTED: mark("note"),
    facts.CAUSE: mark("cause given"),
    facts.HANDED_OFF: mark("handed to"),
    facts.TESTED: mark("tested"),
    facts.HOW_TO: mark("how-to note"),
    facts.PERSONAL_DATA: mark("personal data concerned"),
    facts.DETAILS: mark("fields written"),
    facts.CLOSED: mark("closed"),
}
"""What happened, for a line of the timeline."""

TOKENS: Final = {
    Severity.CRITICAL.value: mark("critical"),
    Severity.WARNING.value: mark("warning"),
    Category.HARDWARE.value: mark("hardware and network"),
    Category.SYSTEM.value: mark("virtual machines and systems"),
    Category.REQUEST.value: mark("service request"),
    Origin.WATCHED.value: mark("found by the watch"),
    Origin.BY_HAND.value: mark("opened by hand"),
    Origin.REQUEST.value: mark("asked for on form FM-DM-01"),
    Party.HOSTING_CENTRE.value: mark("hosting centre"),
    Party.CONTRACTOR.value: mark("contractor"),
    "in_house": mark("repaired by the house"),
    "open": mark("open"),
    "closed": mark("closed"),
    "reported": mark("reported"),
    "dismissed": mark("no risk to anybody"),
    **{name: name for name in STEPS},
}
"""Severities, procedures, origins, parties, steps and how things stand."""

CAUSES: Final = {
    CauseCode.POWER.value: mark("power"),
    CauseCode.COOLING.value: mark("cooling"),
    CauseCode.FIBRE_CUT.value: mark("fibre cut"),
    CauseCode.PROVIDER.value: mark("provider equipment"),
    CauseCode.OWN_NETWORK.value: mark("own network equipment"),
    CauseCode.HARDWARE_FAILURE.value: mark("hardware failure"),
    CauseCode.HARDWARE_AGE.value: mark("hardware age"),
    CauseCode.OPERATING_SYSTEM.value: mark("unpatched or unlicensed OS"),
    CauseCode.OPERATOR.value: mark("operator or cabling"),
    CauseCode.ATTACK.value: mark("external attack"),
    CauseCode.APPLICATION.value: mark("application"),
    CauseCode.DATABASE.value: mark("database"),
    CauseCode.PLANNED.value: mark("planned work"),
    CauseCode.MONITORING.value: mark("monitoring itself"),
    CauseCode.UNKNOWN.value: mark("unknown"),
}
"""Cause codes (R2.4)."""
