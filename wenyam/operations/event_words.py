"""What the facts people meet in a list of events are called."""

from typing import Final

from wenyam.alerts import facts as alerts
from wenyam.backup import escrow_facts as escrow
from wenyam.backup import facts as backups
from wenyam.dr import facts as dr
from wenyam.engine import added_windows, calendar, calendar_asked
from wenyam.i18n.translate import mark
from wenyam.incidents import announcements, stand_ins
from wenyam.incidents import facts as incidents

EVENTS: Final = {
    incidents.OPENED: mark("incident opened"),
    incidents.MEMBERS: mark("what belongs to an incident"),
    incidents.LEFT: mark("became an incident of its own"),
    incidents.RECOVERED: mark("incident: good again"),
    incidents.RETURNED: mark("incident: failed again"),
    incidents.ACKNOWLEDGED: mark("incident acknowledged"),
    incidents.ASSIGNED: mark("incident given to"),
    incidents.NOTED: mark("incident: note"),
    incidents.CAUSE: mark("incident: cause given"),
    incidents.HANDED_OFF: mark("incident handed to"),
    incidents.TESTED: mark("incident: tested"),
    incidents.HOW_TO: mark("incident: how-to note"),
    incidents.PERSONAL_DATA: mark("incident: personal data concerned"),
    incidents.DETAILS: mark("incident: fields written"),
    incidents.CLOSED: mark("incident closed"),
    announcements.ANNOUNCED: mark("announced"),
    announcements.WITHDRAWN: mark("announcement taken back"),
    stand_ins.ENTERED: mark("stand-in entered"),
    stand_ins.WITHDRAWN: mark("stand-in taken back"),
    added_windows.ADDED: mark("work planned"),
    added_windows.ENDED: mark("planned work ended"),
    calendar.SCHEDULED: mark("job scheduled"),
    calendar.MISSED: mark("run missed"),
    calendar_asked.ASKED: mark("job asked for"),
    calendar_asked.ANSWERED: mark("job asked for: answer"),
    alerts.RAISED: mark("alert raised"),
    alerts.DELIVERED: mark("alert delivered"),
    alerts.PASSED_ON: mark("alert passed on"),
    alerts.DROPPED: mark("alert dropped"),
    alerts.MERGED: mark("alert merged"),
    alerts.SILENCED: mark("alerts silenced"),
    alerts.UNSILENCED: mark("silence ended"),
    alerts.SELF_TESTED: mark("channel tested"),
    backups.STORED: mark("backup stored"),
    backups.FAILED: mark("backup failed"),
    backups.COPIED: mark("backup copied"),
    backups.COPY_FAILED: mark("copy of a backup failed"),
    backups.SIZE_ACCEPTED: mark("size of a backup accepted"),
    backups.VERIFIED: mark("repository verified"),
    backups.PRUNED: mark("old backups removed"),
    backups.TESTED: mark("restore tested"),
    backups.CONFIRMED: mark("restore confirmed"),
    escrow.MADE: mark("envelope of keys made"),
    escrow.PROVEN: mark("envelope of keys proven"),
    dr.BEGAN: mark("DR run began"),
    dr.RESUMED: mark("DR run resumed"),
    dr.STEP_BEGAN: mark("DR step began"),
    dr.STEP_ENDED: mark("DR step ended"),
    dr.UNDO_BEGAN: mark("DR step being taken back"),
    dr.UNDONE: mark("DR step taken back"),
    dr.APPROVED: mark("DR step approved"),
    dr.SIGNED: mark("DR step signed"),
    dr.DECIDED: mark("DR step decided"),
    dr.MOMENT: mark("DR: moment recorded"),
    dr.ENDED: mark("DR run ended"),
    dr.FINDING: mark("DR finding"),
    dr.FINDING_CLOSED: mark("DR finding closed"),
    "recheck-asked": mark("check asked for"),
    "configuration-loaded": mark("configuration loaded"),
    "configuration-refused": mark("configuration refused"),
    "clock-stepped": mark("clock stepped"),
}
"""By kind of fact; one that is not here is shown by its kind."""
