"""Which snapshots of one job in one repository stay, and why. Pure; the floor wins over every rule."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from wenyam.backup.contract import Snapshot
from wenyam.model.backup import KeepRules
from wenyam.model.instants import Instant, to_datetime

_DOUBT = " of those that are no success"


@dataclass(frozen=True, slots=True)
class Choice:
    """One snapshot and the reason it stays; no reason: it may go."""

    snapshot: Snapshot
    reason: str = ""


def choose(
    snapshots: Sequence[Snapshot],
    rules: KeepRules,
    time_zone: str,
    proven: str = "",
    *,
    doubtful: Collection[str] = (),
    now: Instant | None = None,
) -> list[Choice]:
    """Judge snapshots, oldest first; the run that was last proven by a restore always stays.

    `doubtful` are ids of snapshots that are no success: incomplete, of a size that nobody has explained, or left by a run that
    failed. They are judged by the same rules among themselves, so that they never take the place of a good one. What is dated
    after `now` takes nobody's place either.
    """
    zone = ZoneInfo(time_zone)
    newest_first = sorted(snapshots, key=lambda snapshot: snapshot.at, reverse=True)
    to_come = [each for each in newest_first if now is not None and each.at > now]
    past = [each for each in newest_first if each not in to_come]
    reasons: dict[str, list[str]] = {snapshot.id: [] for snapshot in snapshots}
    for good in (True, False):
        _judge([each for each in past if (each.id not in doubtful) is good], rules, zone, reasons, beside="" if good else _DOUBT)
    for snapshot in to_come:
        reasons[snapshot.id].append("dated in the future: a clock was wrong")
    for snapshot in newest_first:
        if proven and snapshot.run == proven:
            reasons[snapshot.id].append("last proven restore")
    _keep_floor([each for each in past if each.id not in doubtful], rules.floor, reasons)
    return [Choice(snapshot, ", ".join(reasons[snapshot.id])) for snapshot in sorted(snapshots, key=lambda each: each.at)]


def _judge(
    newest_first: Sequence[Snapshot], rules: KeepRules, zone: ZoneInfo, reasons: dict[str, list[str]], *, beside: str
) -> None:
    for snapshot in newest_first[: rules.last]:
        reasons[snapshot.id].append(f"last{beside}")
    for word, count, name in _PERIODS:
        named = [(snapshot, name(_local(snapshot, zone)) + beside) for snapshot in newest_first]
        _keep_periods(named, count(rules), word, reasons)


def _keep_periods(named: Sequence[tuple[Snapshot, str]], count: int, word: str, reasons: dict[str, list[str]]) -> None:
    seen: set[str] = set()
    for snapshot, period in named:
        if period not in seen and len(seen) < count:
            seen.add(period)
            reasons[snapshot.id].append(f"{word} {period}")


def _keep_floor(newest_first: Sequence[Snapshot], floor: int, reasons: dict[str, list[str]]) -> None:
    kept = sum(bool(reasons[snapshot.id]) for snapshot in newest_first)
    for snapshot in newest_first:
        if kept >= max(1, floor):
            return
        if not reasons[snapshot.id]:
            reasons[snapshot.id].append("floor")
            kept += 1


def _local(snapshot: Snapshot, zone: ZoneInfo) -> datetime:
    return to_datetime(snapshot.at).astimezone(zone)


_PERIODS: tuple[tuple[str, Callable[[KeepRules], int], Callable[[datetime], str]], ...] = (
    ("day", lambda rules: rules.daily, lambda moment: moment.strftime("%Y-%m-%d")),
    ("week", lambda rules: rules.weekly, lambda moment: moment.strftime("%G-W%V")),
    ("month", lambda rules: rules.monthly, lambda moment: moment.strftime("%Y-%m")),
    ("year", lambda rules: rules.yearly, lambda moment: moment.strftime("%Y")),
)
