"""Pictures with every part in them, so that every screen has something to show: a site in trouble, and one where all is well."""

from dataclasses import replace

from wenyam.backup.catalogue import History
from wenyam.model.backup import Verdict
from wenyam.operations.backup_status import View
from wenyam.testing.pictures import DETAIL, GLANCES, NOW, PAST, picture
from wenyam.testing.pictures_availability import counted
from wenyam.testing.pictures_backups import backup, job, line, restore
from wenyam.testing.pictures_incidents import events, heads, one, roster
from wenyam.testing.pictures_overview import whole
from wenyam.testing.pictures_recovery import boards, rehearsed
from wenyam.tui.picture import Picture


def troubled() -> Picture:
    """Return a site in which something is wrong on every screen."""
    return replace(
        whole(), detail=DETAIL, past=PAST, glances=GLANCES, availability=counted(), incidents=heads(), incident=one(),
        events=events(), roster=roster(), recovery=boards(),
    )  # fmt: skip


def well() -> Picture:
    """Return a site in which all is well: nothing open, every backup proven, every plan rehearsed."""
    history = History("erp-db", [backup("erp-db", 0.3, 1 << 30)], [], [restore("erp-db", 6, Verdict.PASS)])
    return picture(
        glances={}, availability=counted(calm=True), backups=View(NOW, (line(job("erp-db"), history),), ()), incidents=(),
        events=(),
        roster=roster(), recovery=rehearsed(),
    )  # fmt: skip
