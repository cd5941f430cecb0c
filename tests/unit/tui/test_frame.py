from dataclasses import replace

from wenyam.i18n.translate import translator
from wenyam.operations.silence_words import told_silence
from wenyam.testing.pictures import configuration, in_trouble, large, picture, silent
from wenyam.tui.actions.palette import Command, found
from wenyam.tui.cells import Cell, Column
from wenyam.tui.view_models.devices import devices
from wenyam.tui.view_models.frame import banner, top
from wenyam.tui.view_models.help import lines as help_lines
from wenyam.tui.view_models.look import Arranged, Look
from wenyam.tui.view_models.sections import Entry, Section, is_section, section_of, table


def test_the_top_line_counts_devices_by_state_and_says_when() -> None:
    said = "".join(cell.text for cell in top(Look(in_trouble())))
    assert said == "prachin  ✖ 1 DOWN  ◌ 3 UNREACHABLE  ● 5 UP  09:10:00  "
    assert "เข้าถึงไม่ได้" in "".join(cell.text for cell in top(Look(in_trouble(), "th", translator("th"))))


def test_a_silent_watcher_is_said_in_lines_that_fit_and_a_live_one_not_at_all() -> None:
    lines = [line[0].text for line in banner(Look(silent()), 30)]
    assert lines == [
        "The watcher is silent; last sign of life: 1 h 2 m",
        "/run/wenyam/control.sock: No",
        "such file or directory",
    ]
    assert banner(Look(picture()), 30) == []
    assert banner(Look(replace(silent(), looked=False)), 30) == []
    assert banner(Look(replace(silent(), age=None, silence="")), 30)[0][0].text.endswith("never")


def test_why_a_watcher_is_silent_is_said_in_the_readers_language() -> None:
    said = told_silence("/run/c.sock: No such file or directory", translator("th"))
    assert said == "/run/c.sock: ไม่มีแฟ้มหรือไดเรกทอรีนี้"


def test_the_palette_finds_every_typed_word_and_puts_beginnings_first() -> None:
    commands = [Command(words, "", words) for words in ("device:core-1", "Overview", "device:core-2", "core of it")]
    assert [each.words for each in found(commands, "CORE")] == ["core of it", "device:core-1", "device:core-2"]
    assert [each.words for each in found(commands, "2 core")] == ["device:core-2"]
    assert len(found(commands, "")) == 4
    assert found(commands, "x") == []


def test_a_section_folds_counts_and_is_left_out_when_it_has_nothing() -> None:
    columns = [Column("a", 5), Column("b", 5)]
    sections = [
        Section("one", "One", [Entry("x", (Cell("red"), Cell(""))), Entry("y", (Cell("blue"), Cell("")))]),
        Section("none", "None", []),
        Section("two", "Two", [Entry("x", (Cell("red"), Cell("")))], counted=False),
    ]
    rows = table(Look(picture()), columns, sections, "nothing")
    assert list(rows.keys) == ["section:one", "one:x", "one:y", "section:two", "two:x"]
    assert [rows.cells(key)[0].text for key in rows.keys if is_section(key)] == ["▾ One (2)", "▾ Two"]
    assert {section_of(key) for key in rows.keys} == {"one", "two"}
    folded = table(Look(picture(), folded=frozenset({"section:one"}), wanted="red"), columns, sections, "nothing")
    assert list(folded.keys) == ["section:one", "section:two", "two:x"]
    assert folded.cells("section:one")[0].text == "▸ One (1)"


def test_rows_stand_still_while_nothing_they_are_arranged_by_changes() -> None:
    shown = large(200, 1)
    first = devices(Look(shown))
    later = devices(Look(replace(shown, at=shown.at + 2_000)))  # type: ignore[arg-type]  # an instant plus milliseconds
    assert later.keys is first.keys
    assert devices(Look(shown, wanted="host-001")).keys is not first.keys
    moved = replace(shown, states=shown.states.moved([]))
    assert Arranged(Look(moved)) != Arranged(Look(shown))
    assert Arranged(Look(shown)) != Arranged(Look(replace(shown, configuration=configuration())))
    assert Arranged(Look(shown)) != "another thing"


def test_the_help_says_what_a_key_does_on_this_screen() -> None:
    own = [("a", "approve"), ("z", "of its own")]
    said = ["".join(cell.text for cell in line) for line in help_lines(Look(in_trouble()), "", own, [], acts=True)]
    assert [line for line in said if line.startswith("a ")] == ["a           approve"]
    assert "z           of its own" in said
