"""The installed program in a real terminal over the running lab: what a person sees of a fault, its repair and the acts."""

import re
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from wenyam.model.facts import ChainedFact
from wenyam.model.instants import Instant, Period
from wenyam.store.sqlite import open_reader
from wenyam.testing.lab import Lab
from wenyam.testing.tmux import Tmux
from wenyam.testing.watched_lab import FIRST_ROUND_SECONDS, all_well
from wenyam.testing.watcher import RunningWatcher

pytestmark = [pytest.mark.real, pytest.mark.long]

EVER = Period(Instant(0), Instant(2**53))
WENYAM = str(Path(sys.executable).with_name("wenyam"))
DEAD_SECONDS, RECORDED_SECONDS = 30.0, 60.0
COLOUR = re.compile(r"\x1b\[[0-9;]*?(?:3[1-6]|4[1-6]|9[1-6]|10[1-6]|[34]8;[25];[0-9;]+)m")
"""Any colour with a hue, or one by number."""


def _dashboard(lab: Lab, size: tuple[int, int], language: str = "en", **environment: str) -> Tmux:
    words = lab.command(WENYAM, "--config", str(lab.configuration), "tui", "--language", language)
    return Tmux(words, *size, environment)


def _recorded(lab: Lab, kind: str, since: float) -> list[ChainedFact]:
    with closing(open_reader(lab.directory / "state")) as reader:
        return [each for each in reader.facts(EVER, kind) if each.fact.at >= since * 1000]


def _all_well(seen: str) -> bool:
    return "UP" in seen and "DOWN" not in seen and "All services are up." in seen


def _line(seen: str, words: str) -> str:
    """Return the first line with these words below the very first, which names the filter."""
    return next((line for line in seen.splitlines()[1:] if words in line), "")


# Another root each time: an incident that comes back within minutes is still of whoever had it.
@pytest.mark.parametrize(("size", "root"), [((160, 48), "dr-core"), ((80, 24), "core-1")], ids=["160x48", "80x24"])
def test_a_fault_is_seen_acknowledged_repaired_and_remembered(
    lab: Lab, watcher: RunningWatcher, size: tuple[int, int], root: str
) -> None:
    watcher.wait_for(all_well, FIRST_ROUND_SECONDS, "all is well")
    began = time.time()
    with _dashboard(lab, size) as terminal:
        terminal.until(_all_well, "the overview says that all is well")
        terminal.press("2")
        terminal.until(lambda seen: root not in seen and "Problem" in seen, "no problem with it")
        with lab.fault("parent-cut", root):
            _see_the_cause(terminal, root)
            _see_nothing_green_of_it(terminal, root)
            _acknowledge(terminal, root)
            acknowledged = _recorded(lab, "incident-acknowledged", began)
            assert [(each.fact.actor, each.fact.body["what"]) for each in acknowledged] == [("somchai", "on my way")]
        terminal.until(lambda seen: root not in seen and "UNREACHABLE" not in seen, "the problem is gone", RECORDED_SECONDS)
        _see_what_is_remembered(terminal, root)
        terminal.press("1")
        terminal.until(_all_well, "all is well again", FIRST_ROUND_SECONDS)
        terminal.press("q")
        terminal.until_ended()


def _see_the_cause(terminal: Tmux, root: str) -> None:
    """See one problem with all it explains folded under it, and open it."""
    seen = terminal.until(lambda seen: f"▸ {root}" in seen and "(+" in _line(seen, root), "the cause stands on top", DEAD_SECONDS)
    assert "✖ DOWN" in _line(seen, root)
    assert f"unreachable behind {root}" not in seen
    _filter(terminal, root)
    terminal.press("g")
    _unfilter(terminal, root)
    terminal.press("Space")
    terminal.until(
        lambda seen: f"▾ {root}" in seen and re.search(r"◌ UNREACHABLE .*└ ", seen) is not None, "what is behind it", DEAD_SECONDS
    )


def _see_nothing_green_of_it(terminal: Tmux, root: str) -> None:
    """Open the dead device: what was known of it before its death is not shown as if it were so now."""
    terminal.press("Enter")
    seen = terminal.until(lambda seen: "▾ Checks" in seen and "✖ DOWN" in seen, "its own screen")
    checks = seen.partition("▾ Checks")[2].partition("▾")[0]
    assert "? UNKNOWN" in checks
    assert "● OK" not in checks
    terminal.press("Escape")
    terminal.until(lambda seen: f"▾ {root}" in seen, "back among the problems")


def _acknowledge(terminal: Tmux, root: str) -> None:
    """Take the incident of the row under the cursor, with keys alone."""
    terminal.until(lambda seen: re.search(rf"▾ {root} .* [A-Z0-9]{{4}} ", seen) is not None, "its incident", RECORDED_SECONDS)
    terminal.press("a")
    terminal.until(lambda seen: "Acknowledge incident" in seen, "it asks first")
    terminal.write("on my way")
    terminal.press("Enter")
    terminal.until(lambda seen: "Somcha" in _line(seen, f"▾ {root}"), "who has it")


def _see_what_is_remembered(terminal: Tmux, root: str) -> None:
    terminal.press("0")
    terminal.until(lambda seen: "When " in seen, "the events")
    _filter(terminal, root)
    terminal.until(lambda seen: "● UP" in _line(seen, f"{root} "), "the end of it among the events")
    _unfilter(terminal, root)
    _filter(terminal, "acknowledged")
    terminal.until(lambda seen: "on my way" in _line(seen, "incident acknowledged"), "the act too, told in words")
    _unfilter(terminal, "acknowledged")


def _filter(terminal: Tmux, words: str) -> None:
    terminal.press("/")
    terminal.until(lambda seen: "Type to filter" in seen, "where the filter is typed")
    terminal.write(words)
    terminal.press("Enter")
    terminal.until(lambda seen: _is_filtered(seen, words), "the filter")


def _unfilter(terminal: Tmux, words: str) -> None:
    terminal.press("Escape")  # alone: with a key right behind it, it would be another key
    terminal.until(lambda seen: not _is_filtered(seen, words), "no filter")


def _shows(key: str, seen: str) -> bool:
    return _is_whole(seen) and f" {key} " in seen


def _is_filtered(seen: str, words: str) -> bool:
    return any(line.strip() == words for line in seen.splitlines())


def test_thai_and_english_change_with_a_key_and_every_screen_opens_with_its_own(lab: Lab, watcher: RunningWatcher) -> None:
    watcher.wait_for(all_well, FIRST_ROUND_SECONDS, "all is well")
    with _dashboard(lab, (80, 24)) as terminal:
        terminal.until(_all_well, "English")
        terminal.press("l")
        terminal.until(lambda seen: "ใช้งานได้" in seen and "All services" not in seen, "Thai")
        for key in "234567890o1":
            terminal.press(key)
            seen = terminal.until(partial(_shows, key), f"screen {key}")
            assert len(seen.splitlines()) <= 24
        terminal.press("l")
        terminal.until(_all_well, "English again")


def _is_whole(seen: str) -> bool:
    """Tell whether the lines around a screen are there: states above, tabs, keys below."""
    lines = seen.splitlines()
    return len(lines) >= 24 and "wenyam-lab" in lines[0] and "?" in lines[-1] and "กำลังดู" not in seen


def test_without_colours_states_are_told_by_symbol_and_word(lab: Lab, watcher: RunningWatcher) -> None:
    with _dashboard(lab, (80, 24)) as terminal:
        terminal.until(_all_well, "in colours")
        assert COLOUR.search(terminal.painted) is not None
    with _dashboard(lab, (80, 24), NO_COLOR="1") as terminal:
        seen = terminal.until(_all_well, "without colours")
        assert "● " in seen.splitlines()[0]
        assert _hues(terminal.painted) == []


def _hues(painted: str) -> list[str]:
    """Return the colours that are no shade of grey."""
    named = re.findall(r"\x1b\[(?:[0-9]+;)*(?:3|4|9|10)[1-6]m", painted)
    exact = [
        (red, green, blue) for red, green, blue in re.findall(r"[34]8;2;(\d+);(\d+);(\d+)", painted) if not red == green == blue
    ]
    return [*named, *map(str, exact)]


def test_another_size_is_filled_and_a_silent_watcher_is_said(lab: Lab, watcher: RunningWatcher) -> None:
    watcher.wait_for(all_well, FIRST_ROUND_SECONDS, "all is well")
    with _dashboard(lab, (160, 48)) as terminal:
        terminal.until(_all_well, "wide")
        terminal.press("3")
        terminal.until(lambda seen: "30 days" in seen, "columns that need width")
        terminal.resize(80, 24)
        terminal.until(lambda seen: "dr-core" in seen and "? help" in seen.splitlines()[23], "the keys at the new end")
        assert "30 days" not in terminal.seen, "fewer columns where it is narrow"
        watcher.stop()
        try:
            seen = terminal.until(lambda seen: "The watcher is silent" in seen, "it says so", RECORDED_SECONDS)
            assert "dr-core" in seen, "what it stored last is still to be seen"
        finally:
            watcher.start()
        terminal.until(lambda seen: "silent" not in seen, "it is heard again", RECORDED_SECONDS)
        terminal.resize(160, 48)
        terminal.until(lambda seen: "30 days" in seen, "wide again")


def test_the_plain_status_can_be_watched_without_a_full_screen(lab: Lab, watcher: RunningWatcher) -> None:
    watcher.wait_for(all_well, FIRST_ROUND_SECONDS, "all is well")
    words = lab.command(WENYAM, "--config", str(lab.configuration), "status", "--watch", "--language", "en")
    with Tmux(words, 80, 24) as terminal:
        terminal.until(lambda seen: "UP" in seen and "DOWN" not in seen, "all is well")
        with lab.fault("host-off", "web-1"):
            terminal.until(lambda seen: "DOWN" in _line(seen, "web-1"), "the dead host", DEAD_SECONDS)
        terminal.until(lambda seen: "DOWN" not in seen, "it is back", DEAD_SECONDS)
        terminal.press("C-c")
        terminal.until_ended()
