"""Examination of cron: whether it takes our file at all, and whether the lines still mean the schedules they were made from."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from wenyam.operations import cron_file
from wenyam.operations.doctor_timers import SERVICE, UNITS
from wenyam.operations.findings import Finding, Surroundings, bad, good

ABOUT: Final = "cron"
_OTHERS_MAY_WRITE: Final = 0o022
_DAEMONS: Final = frozenset({"cron", "crond"})
_ADVICE: Final = "Run scripts/install again (--schedule FILE when times are your own), or write what 'wenyam jobs cron' prints."


def cron(surroundings: Surroundings) -> Iterable[Finding]:
    """Examine whether cron would start every job when its schedule says."""
    path = surroundings.root / "etc/cron.d/wenyam"
    if not path.exists():
        return [good(ABOUT, f"there is no {path}, so cron starts nothing", "Jobs are wenyam-jobs.service's or timers' then.")]
    text, wanted = path.read_text(encoding="utf-8"), surroundings.configuration
    wrong = [bad(ABOUT, f"{path} {why}", advice) for why, advice in _ignored(path, text, surroundings.root)]
    sentences = cron_file.problems(text, cron_file.system_zone(surroundings.root))
    if wanted is not None:
        sentences += cron_file.departures(text, cron_file.schedules_of(wanted))
    wrong += [bad(ABOUT, f"{path}: {sentence}", _ADVICE) for sentence in sentences]
    return wrong or [good(ABOUT, f"{path} keeps its schedules in the system's zone")]


def _ignored(path: Path, text: str, root: Path) -> Iterator[tuple[str, str]]:
    """Yield why nothing of the file is started, and what to do; seen with Debian's cron, which tells only syslog."""
    status = path.stat()
    if status.st_mode & _OTHERS_MAY_WRITE:
        yield "may be written by others, so cron ignores it", f"Run: chmod 0644 {path}"
    if status.st_uid != root.stat().st_uid:
        yield "belongs to another account than root, so cron ignores it", f"Run: chown root {path}"
    if status.st_nlink > 1:
        yield "is linked under another name as well, so cron ignores it", f"Run: cp {path} {path}.new && mv {path}.new {path}"
    if not text.endswith("\n"):
        yield "does not end with a line end, so cron ignores it", _ADVICE
    if f"\n{cron_file.ACCOUNT}:" not in f"\n{_read(root / 'etc/passwd')}":
        yield f"is for the account {cron_file.ACCOUNT}, which is not there, so cron ignores it", "Run scripts/install again."
    if not (root / cron_file.PROGRAM.lstrip("/")).exists():
        yield f"starts {cron_file.PROGRAM}, which is not there", "Run scripts/install again."
    if not (root / UNITS / SERVICE).is_symlink() and not any(
        _read(each).strip() in _DAEMONS for each in root.glob("proc/[0-9]*/comm")
    ):
        yield "is there, but no cron is running, so nothing starts", "Run: systemctl enable --now cron"


def _read(path: Path) -> str:
    """Return what a small file holds; nothing where it is gone."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
