"""The screen of `wenyam status`, drawn with Rich from plain data; every device text is literal, never markup."""

from collections import Counter
from datetime import datetime
from typing import Any

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.styled import Styled
from rich.text import Text

from wenyam.alerts.summaries import told_of
from wenyam.checks.wording import write as write_size
from wenyam.cli.fitted import FittedTable
from wenyam.cli.status_duty import duty
from wenyam.i18n.dates import local_time
from wenyam.i18n.kinds import told_kind
from wenyam.i18n.lengths import short_time
from wenyam.i18n.states import SYMBOLS, WORDS, WORST_FIRST
from wenyam.i18n.translate import Translator, translator
from wenyam.model.durations import write
from wenyam.model.instance import Configuration
from wenyam.model.instants import MILLISECONDS, Instant, from_datetime, seconds_between
from wenyam.model.states import MANAGEMENT, OVERALL, State, Subject
from wenyam.operations.silence_words import told_silence
from wenyam.operations.status import Present, kept_at, known
from wenyam.operations.subject_names import called, with_names

LOST = "management lost"
"""How the engine begins the summary of an agent or login that is silent on a live device."""

_FEWEST = 5
"""Problems that even a low terminal lists."""
_AROUND = 4
"""Lines above the problems and around their table."""
_COPY = "backup_copy_last_success_timestamp_seconds"

Row = dict[str, Any]


def screen(
    configuration: Configuration, view: Present, language: str, *, everything: bool, brief: bool = False, height: int = 0
) -> RenderableType:
    """Draw the whole screen; a brief one, for a terminal that does not scroll, counts the devices that are well at its end.

    Of the problems a brief one lists what leaves half of the terminal, `height` lines high, to what stands below.
    """
    room = max(_FEWEST, height // 2 - _AROUND) if brief and height else 0
    say = translator(language)
    rows = [row | {"state": State(row["state"])} for row in known(view.states)]
    now = _instant(view.at)
    parts: list[RenderableType] = [*_header(configuration, view, rows, say), *duty(configuration, now, say, language), Text()]
    parts += _problems(configuration, rows, now, language, live=view.live, room=room, brief=brief)
    devices = _devices(configuration, rows, now, say, brief=brief)
    parts += [] if brief else devices
    parts += _links(configuration, rows, now, language, brief=brief)
    parts += _services(configuration, rows, now, language, brief=brief)
    parts += _backups(configuration, view, rows, say, brief=brief)
    parts += devices if brief else []
    if everything:
        parts += _checks(rows, now, say, brief=brief)
    # What nobody has confirmed lately is shown, but greyed.
    return Group(*parts) if view.live else Styled(Group(*parts), "dim")


def _header(configuration: Configuration, view: Present, rows: list[Row], say: Translator) -> list[RenderableType]:
    """Draw how many devices are how, and whether anybody watches; a count and its word stay on one line."""
    pieces = [Text(f"Wenyam {configuration.instance.name}", style="bold")]
    counts = Counter(row["state"] for row in rows if _is_device(row))
    for state in WORST_FIRST:
        if counts[state]:
            symbol, colour = SYMBOLS[state]
            pieces.append(Text(f"{symbol} {counts[state]} {say(WORDS[state])}", style=colour))
    if view.live:
        pieces.append(Text(f"{say('watching')} · {_clock(configuration, view)}", style="dim"))
        return [Columns(pieces, padding=(0, 2))]
    age = say("never") if view.age is None else short_time(write(view.age), say)
    silent = Text(f"{say('The watcher is silent; last sign of life:')} {age}", style="bold red")
    return [Columns(pieces, padding=(0, 2)), silent, Text(told_silence(view.silence, say), style="red")]


def _clock(configuration: Configuration, view: Present) -> str:
    """Return the time of day where the instance is."""
    return f"{local_time(_instant(view.at), configuration.instance.availability.time_zone):%H:%M:%S}"


def _problems(
    configuration: Configuration, rows: list[Row], now: Instant, language: str, *, live: bool, room: int, brief: bool
) -> list[RenderableType]:
    """Draw what is wrong, root causes first; what a parent explains is counted under it, not listed."""
    say, inventory = translator(language), configuration.inventory
    bad = [row for row in rows if row["state"] not in (State.UP, State.OK) and _is_own_trouble(row, rows)]
    if not bad and live and rows:
        return [Text(say("No problems."), style="green"), Text()]
    if not bad:
        return [Text(say("Nothing is known of now."), style="cyan"), Text()]
    behind = Counter(row["cause"] for row in rows if row["cause"])
    table = FittedTable(say("State"), say("What"), say("Since"), say("Why"), spare=[2], one_line=brief)
    found = _one_row_for_each_job(sorted(bad, key=lambda row: (WORST_FIRST.index(row["state"]), row["since"])))
    for row, more in found[: room or None]:
        folded = behind[row["subject"]]
        why = (
            with_names(_why(row, say), inventory, language)
            + (f" (+{folded} {say('behind it')})" if folded else "")
            + (f" (+{more})" if more else "")
        )
        name = row["subject"] if language == "en" else called(row["subject"], inventory, language)
        table.add_row(_state(row, say), Text(name), Text(_since(row, now, say)), Text(why))
    hidden = len(found) - room if room else 0
    rest = [Text("… " + say("{count} more").format(count=hidden), style="dim")] if hidden > 0 else []
    return [Text(say("Problems"), style="bold"), table, *rest, Text()]


def _one_row_for_each_job(bad: list[Row]) -> list[tuple[Row, int]]:
    """Return the rows with how many more of the same backup job are folded into each: no backup means no copy either."""
    of_job = Counter(row["name"] for row in bad if row["kind"] == "job")
    shown: set[str] = set()
    found = []
    for row in bad:
        if row["kind"] != "job":
            found.append((row, 0))
        elif row["name"] not in shown:
            shown.add(row["name"])
            found.append((row, of_job[row["name"]] - 1))
    return found


def _is_own_trouble(row: Row, rows: list[Row]) -> bool:
    """Tell whether a bad state is to be listed: not one that a parent, or the death of its own device, explains."""
    if row["cause"] is not None:
        return False
    if row["kind"] == "service" and row["check"] == "alive":
        # The service's own probes are part of its overall state, which is listed.
        overall = f"service:{row['name']}/{OVERALL}"
        return all(other["state"] is State.UP for other in rows if other["subject"] == overall)
    if row["check"] in ("alive", OVERALL):
        return True
    owner = f"{row['kind']}:{row['name']}"
    return all(other["state"] is State.UP for other in rows if other["subject"] == owner)


def _devices(
    configuration: Configuration, rows: list[Row], now: Instant, say: Translator, *, brief: bool
) -> list[RenderableType]:
    alive = {row["name"]: row for row in rows if _is_device(row)}
    trouble = Counter(row["name"] for row in rows if row["kind"] == "device" and row["state"] in (State.WARN, State.CRIT))
    unread = {row["name"]: row["summary"] for row in rows if row["check"].startswith(MANAGEMENT) and row["state"] is State.CRIT}
    headings = (say("Device"), say("Kind"), say("Site"), say("Address"), say("State"), say("Since"), say("Checks"))
    table = FittedTable(*headings, spare=[1, 2, 3, 5], sentence=False, one_line=brief)
    well = 0
    for device in configuration.inventory.devices.values():
        row = alive.get(device.name, {"state": State.UNKNOWN, "since": None, "summary": ""})
        lost = unread.get(device.name, "").startswith(LOST)
        words = say("management lost") if lost else say("cannot be read") if device.name in unread else ""
        checks = words or str(trouble[device.name] or "")
        if brief and row["state"] is State.UP and not checks:
            well += 1
            continue
        table.add_row(
            device.name,
            told_kind(device.kind, say),
            device.site,
            device.address,
            _state(row, say),
            _since(row, now, say),
            Text(checks, style="yellow"),
        )
    rest = [Text(say("{count} more devices are well").format(count=well), style="dim")] if well else []
    return [Text(say("Devices"), style="bold"), *([table] if len(table) else []), *rest, Text()]


def _services(configuration: Configuration, rows: list[Row], now: Instant, language: str, *, brief: bool) -> list[RenderableType]:
    say = translator(language)
    overall = {row["name"]: row for row in rows if row["kind"] == "service" and row["check"] == OVERALL}
    table = FittedTable(say("Service"), say("State"), say("Since"), say("Why"), spare=[2], one_line=brief)
    for service in configuration.inventory.services.values():
        row = overall.get(service.name, {"state": State.UNKNOWN, "since": None, "summary": ""})
        label = service.label.th if language == "th" else service.label.en
        table.add_row(Text(label), _state(row, say), _since(row, now, say), Text(_why(row, say)))
    return [Text(say("Services"), style="bold"), table, Text()]


def _links(configuration: Configuration, rows: list[Row], now: Instant, language: str, *, brief: bool) -> list[RenderableType]:
    if not configuration.inventory.links:
        return []
    say = translator(language)
    alive = {row["name"]: row for row in rows if row["kind"] == "link"}
    table = FittedTable(say("Link"), say("State"), say("Since"), say("Why"), spare=[2], one_line=brief)
    for link in configuration.inventory.links.values():
        row = alive.get(link.name, {"state": State.UNKNOWN, "since": None, "summary": ""})
        label = link.label.th if language == "th" else link.label.en
        table.add_row(Text(label), _state(row, say), _since(row, now, say), Text(_why(row, say)))
    return [Text(say("Links"), style="bold"), table, Text()]


def _backups(
    configuration: Configuration, view: Present, rows: list[Row], say: Translator, *, brief: bool
) -> list[RenderableType]:
    """Draw every backup job with the worst that is said of it and of the places it is kept in."""
    if not configuration.backup.jobs:
        return []
    now, known = _instant(view.at), {job["name"]: job["samples"] for job in view.jobs}
    names = (say("Backup"), say("State"), say("Last success"), say("Size"), say("Proven"), say("Copies"), say("Why"))
    table = FittedTable(*names, spare=[3, 5, 4, 2], one_line=brief)
    for job in configuration.backup.jobs.values():
        samples, worst = known.get(job.name, []), _worst(rows, kept_at(job))
        size = next((row["value"] for row in samples if row["name"] == "backup_size_bytes"), None)
        table.add_row(
            Text(job.name),
            _state(worst, say),
            Text(_ago(samples, "backup_last_success_timestamp_seconds", now, say)),
            Text("" if size is None else write_size(size, "bytes")),
            Text(_ago(samples, "restore_last_proven_timestamp_seconds", now, say)),
            Text(", ".join(f"{name} {_ago(samples, _COPY, now, say, repository=name)}" for name in job.copies)),
            Text(_why(worst, say)),
        )
    return [Text(say("Backups"), style="bold"), table, Text()]


def _worst(rows: list[Row], names: set[str]) -> Row:
    """Return the worst row of these jobs, the one that is longest so among equals; UNKNOWN when nothing is known."""
    found = [row for row in rows if row["kind"] == "job" and row["name"] in names]
    bad = sorted(found, key=lambda row: (WORST_FIRST.index(row["state"]), row["since"]))
    unknown = {"state": State.UNKNOWN, "summary": ""}
    worst = bad[0] if bad else unknown
    return worst | {"summary": ""} if worst["state"] is State.OK else worst


def _ago(samples: list[Row], name: str, now: Instant, say: Translator, **labels: str) -> str:
    """Write how long ago a moment of a job was."""
    values = [row["value"] for row in samples if row["name"] == name and row["labels"] == labels]
    return _lasting(now / MILLISECONDS - values[0], say) if values else say("never")


def _checks(rows: list[Row], now: Instant, say: Translator, *, brief: bool) -> list[RenderableType]:
    table = FittedTable(say("Check"), say("State"), say("Since"), say("Why"), spare=[2], one_line=brief)
    for row in sorted((row for row in rows if row["check"] not in ("alive", OVERALL)), key=lambda row: str(row["subject"])):
        table.add_row(Text(row["subject"]), _state(row, say), _since(row, now, say), Text(_why(row, say)))
    return [Text(say("Checks"), style="bold"), table]


def _state(row: Row, say: Translator) -> Text:
    symbol, colour = SYMBOLS[row["state"]]
    soft = f" ({row['attempt']}× {say(WORDS[State(row['soft'])])})" if row.get("soft") and row.get("attempt") else ""
    return Text(f"{symbol} {say(WORDS[row['state']])}{soft}", style=colour)


def _since(row: Row, now: Instant, say: Translator) -> str:
    return "" if not row.get("since") else _lasting(seconds_between(_instant(row["since"]), now), say)


def _lasting(seconds: float, say: Translator) -> str:
    """Return a length of time with the reader's units."""
    return short_time(write(float(int(max(0.0, seconds)))), say)


def _why(row: Row, say: Translator) -> str:
    """Return what is said of a state in the reader's language."""
    return told_of(Subject.parse(row["subject"]), row["summary"], say) if row.get("subject") and row["summary"] else ""


def _instant(written: str) -> Instant:
    return from_datetime(datetime.fromisoformat(written))


def _is_device(row: Row) -> bool:
    return bool(row["kind"] == "device" and row["check"] == "alive")
