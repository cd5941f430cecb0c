"""Backup jobs as the dashboard sees them: one green, one in trouble, one that never ran, and a device that none covers."""

from wenyam.backup.catalogue import Backup, History, Restore
from wenyam.model.backup import BackupJob, Verdict
from wenyam.model.calendar import Schedule
from wenyam.model.instants import after
from wenyam.model.states import Subject
from wenyam.operations.backup_status import JobLine, View, troubles
from wenyam.testing.pictures import NOW

HOUR = 3600.0
DAY = 24 * HOUR


def job(name: str, source: str = "postgresql", copies: tuple[str, ...] = ("dr",)) -> BackupJob:
    """Return a nightly job."""
    return BackupJob(name, source, None, "anong", Schedule("every day 01:30"), "local", copies=copies)


def backup(name: str, days: float, size: int, *, complete: bool = True, copied: bool = True) -> Backup:
    """Return a backup so many days old."""
    at = after(NOW, -days * DAY)
    copies = (("dr", "c0ffee00d"),) if copied else ()
    problem = "" if complete else "size 512.0 MiB is 50 % below the normal 1.0 GiB"
    return Backup(
        name, f"run-{days}", at, at, "local", f"{int(days):08x}beef", 1200, size, size // 9, 93.4, "m" * 64, complete, problem,
        is_anomaly=not complete, copies=copies,
    )  # fmt: skip


def restore(name: str, days: float, verdict: Verdict, problem: str = "", sequence: int = 1) -> Restore:
    """Return a restore test so many days old."""
    confirmed = ("somchai",) if verdict is Verdict.PASS else ()
    return Restore(
        sequence,
        name,
        f"test-{days}",
        after(NOW, -days * DAY),
        "local",
        "beef",
        verdict,
        412.6,
        9_000.0,
        problem,
        "e" * 64,
        confirmed,
    )


def line(of: BackupJob, history: History) -> JobLine:
    """Return a job's line as the program makes it."""
    sizes = tuple(each.bytes for each in history.backups)
    found = tuple(troubles(of, history, NOW))
    return JobLine(of, history.last_success, history.last_proven, sizes, after(NOW, 16 * HOUR), found, history)


def view() -> View:
    """Return the three jobs."""
    good = History("erp-db", [backup("erp-db", 8.3 - day, 1 << 30) for day in range(9)], [], [restore("erp-db", 6, Verdict.PASS)])
    half = [backup("files", 2.3, 1 << 30), backup("files", 0.3, 1 << 29, complete=False, copied=False)]
    tests = [restore("files", 50, Verdict.PASS), restore("files", 3, Verdict.FAIL, "12 rows of register.person are missing", 2)]
    bad = History("files", half, [(after(NOW, -1.3 * DAY), "the repository is locked by pid 4711 on this host")], tests)
    lines = (
        line(job("erp-db"), good),
        line(job("files", "files"), bad),
        line(job("core-1-config", "network_config"), History("core-1-config")),
    )
    return View(NOW, lines, (Subject.parse("device:nas-1"),))
