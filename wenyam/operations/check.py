"""One state as a monitoring plug-in would say it: exit code, text, performance data; UNKNOWN when it is stale."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wenyam.clock import Clock, SystemClock
from wenyam.errors import UsageError
from wenyam.links.control import ask
from wenyam.model.durations import write
from wenyam.model.instance import Configuration
from wenyam.model.states import MANAGEMENT, OVERALL, State, Subject, SubjectKind
from wenyam.operations.status import kept_at, known, present, socket_path
from wenyam.settings.dr_rules import job_name
from wenyam.settings.loader import load
from wenyam.settings.unknown import unknown

_CODES = {State.UP: 0, State.OK: 0, State.WARN: 1, State.CRIT: 2, State.DOWN: 2, State.UNREACHABLE: 2, State.UNKNOWN: 3}
_WORDS = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
LIVE_SECONDS = 15.0
POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class PluginVerdict:
    """What `wenyam check` says."""

    subject: str
    exit_code: int
    text: str
    performance: str = ""

    def line(self) -> str:
        """Write the plug-in's line."""
        data = f" | {self.performance}" if self.performance else ""
        # A bar would end the text for every reader of plug-ins.
        return f"{_WORDS[self.exit_code]} - {self.subject}: {self.text.replace('|', '/')}{data}"

    def data(self) -> dict[str, Any]:
        """Write as versioned data."""
        return {
            "version": 1,
            "subject": self.subject,
            "exit_code": self.exit_code,
            "text": self.text,
            "performance": self.performance,
        }


def verdict(folder: Path, written: str, *, live: bool) -> PluginVerdict:
    """Answer about one subject, or about a device with all its checks when no check is named."""
    configuration = load(folder)
    clock = SystemClock()
    try:
        subject = Subject.parse(written)
    except ValueError as error:
        raise UsageError(f"'{written}': {error}") from error
    _must_exist(configuration, subject)
    if live and not _recheck(configuration, subject, clock):
        return PluginVerdict(written, 3, f"the watcher did not look at it within {LIVE_SECONDS:g} s")
    view = present(configuration, clock.now())
    rows = [row for row in known(view.states) if row["kind"] == subject.kind.value and row["name"] == subject.name]
    if not view.live:
        age = "never" if view.age is None else f"{write(view.age)} ago"
        return PluginVerdict(written, 3, f"the watcher is silent, last sign of life {age}; {view.silence}")
    if "/" in written:
        chosen = [row for row in rows if row["check"] == subject.check]
        if rows and not chosen:
            checks = ", ".join(sorted(row["check"] for row in rows))
            return PluginVerdict(written, 3, f"nothing is known of it; what is known of {subject.name}: {checks}")
        rows = chosen
    elif subject.kind is SubjectKind.SERVICE:
        rows = [row for row in rows if row["check"] == OVERALL] or rows
    return _worst(written, [_seen(row) for row in rows] if live else rows)


def _seen(row: dict[str, Any]) -> dict[str, Any]:
    """Return a state as it was seen last, although it is not confirmed: who asks for a look wants to know what it saw."""
    if row["soft"] is None:
        return row
    words = f"seen {row['soft']} just now, which is not confirmed yet; until now {row['state']}: {row['summary']}"
    return row | {"state": row["soft"], "summary": words}


def _must_exist(configuration: Configuration, subject: Subject) -> None:
    inventory = configuration.inventory
    named: dict[SubjectKind, Any] = {
        SubjectKind.DEVICE: inventory.devices,
        SubjectKind.SERVICE: inventory.services,
        SubjectKind.LINK: inventory.links,
        SubjectKind.JOB: {name for job in configuration.backup.jobs.values() for name in kept_at(job)}
        | {job_name(plan) for plan in configuration.recovery.plans},
    }
    if subject.kind in named and subject.name not in named[subject.kind]:
        raise unknown(subject.kind.value, subject.name, named[subject.kind], place=f" in {configuration.folder}")


def _worst(written: str, rows: list[dict[str, Any]]) -> PluginVerdict:
    if not rows:
        return PluginVerdict(written, 3, "nothing is known of it yet")
    alive = next((row for row in rows if row["check"] == "alive"), None)
    if alive is not None and State(alive["state"]) is not State.UP:
        rows = [alive]
    worst = max(rows, key=lambda row: _severity(_CODES[State(row["state"])]))
    bad = [row for row in rows if _CODES[State(row["state"])]]
    shown = bad or [worst]
    text = "; ".join(f"{row['check']}: {row['summary']}" if len(rows) > 1 else str(row["summary"]) for row in shown[:5])
    return PluginVerdict(written, _CODES[State(worst["state"])], f"{text} (since {worst['since']})", _performance(rows))


def _severity(code: int) -> int:
    """Order as plug-ins are read: CRITICAL over WARNING over UNKNOWN over OK."""
    return (0, 2, 3, 1)[code]


def _performance(rows: list[dict[str, Any]]) -> str:
    found = []
    for row in rows:
        if row["value"] is not None and not row["check"].startswith(MANAGEMENT):
            limit = "" if row["limit"] is None else f";;{row['limit']:g}"
            name = row["check"].replace("'", "").replace("=", "_")
            found.append(f"'{name}'={row['value']:g}{limit}")
    return " ".join(found)


def _recheck(configuration: Configuration, subject: Subject, clock: Clock) -> bool:
    """Have the watcher look now and wait until it has; False when it does not in time."""
    import asyncio  # noqa: PLC0415  # only for --live

    before = clock.now()
    ask(socket_path(configuration), {"action": "recheck", "name": subject.name})

    async def wait() -> bool:
        end = clock.monotonic() + LIVE_SECONDS
        while clock.monotonic() < end:
            await clock.sleep(POLL_SECONDS)
            states = present(configuration, clock.now()).states
            if any(_observed_since(row, subject, before) for row in states):
                return True
        return False

    return asyncio.run(wait())


def _observed_since(row: dict[str, Any], subject: Subject, before: int) -> bool:
    from wenyam.model.instants import Instant, to_iso  # noqa: PLC0415  # only for --live

    # A job has no liveness of its own: any of its checks shows that somebody looked.
    wanted = row["check"] if subject.kind is SubjectKind.JOB and subject.is_liveness else subject.check
    if row["kind"] != subject.kind.value or row["name"] != subject.name or row["check"] != wanted:
        return False
    return row["observed"] is not None and row["observed"] >= to_iso(Instant(before))
