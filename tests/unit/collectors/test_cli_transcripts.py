"""Answers of command lines: every family's good ones become the right samples; errors, pagers, cuts and hostile text none."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wenyam.collectors.cli_answers import LONGEST_LINE, MOST_BYTES, MOST_LINES, Row, rows, text_of
from wenyam.collectors.cli_reader import columns, outcome
from wenyam.collectors.cli_table import Command, shipped
from wenyam.errors import BudgetSpentError, CollectError, CommandFailedError, MalformedReplyError
from wenyam.links.cli_devices import PLATFORMS
from wenyam.model.samples import Reading
from wenyam.testing.cases import written
from wenyam.testing.cli_transcripts import Case, Transcript, cases, reading_of

FOLDER = Path(__file__).parents[2] / "cases" / "cli"
CASES = {case.family: case for case in cases(FOLDER)}
EACH = [(family, command.command) for family, asked in shipped().items() for command in asked.commands]
each_command = pytest.mark.parametrize(("family", "command"), EACH, ids=lambda value: str(value).replace(" ", "-"))


def _asked(family: str, command: str) -> Command:
    return next(each for each in shipped()[family].commands if each.command == command)


def _rows(asked: Command, answer: bytes) -> list[Row]:
    return rows(asked, outcome(asked.template, text_of(asked, answer)))


def _transcript(family: str, command: str) -> Transcript:
    return CASES[family].transcripts.commands[command]


def _said(reading: Reading) -> set[tuple[object, ...]]:
    """Return what a reading says, without aliases and the sample of the whole identity: they may stand late in an answer."""
    samples = {
        (each.name, tuple(label for label in each.labels if label[0] != "alias"), each.value)
        for family in reading.families
        for each in family
    }
    return {each for each in samples if each[0] != "system_info"} | set(reading.facts.items())


def test_every_command_of_every_family_has_a_transcript() -> None:
    assert {(family, command) for family, case in CASES.items() for command in case.transcripts.commands} == set(EACH)
    assert CASES.keys() <= PLATFORMS.keys()
    assert {"cisco_ios", "cisco_nxos", "hpe_procurve", "aruba_cx", "huawei_vrp", "fortinet", "paloalto"} < CASES.keys()


@each_command
def test_what_is_made_of_an_answer_are_columns_of_its_template(family: str, command: str) -> None:
    asked = _asked(family, command)
    of_template = set(columns(asked.template))
    assert asked.columns <= of_template | asked.joined.keys()
    assert not of_template & asked.joined.keys()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_good_answers_give_these_facts_and_samples(case: Case) -> None:
    reading = reading_of(case.family, case.good)
    assert written(reading) == case.expected.read_text(encoding="utf-8"), "see tests/cases/cli/README.md"
    assert reading.complete
    assert not reading.refused


@each_command
def test_an_error_of_the_device_is_told_and_gives_nothing(family: str, command: str) -> None:
    error = _transcript(family, command).error
    with pytest.raises(CommandFailedError, match=f"'{command}' was not understood or not allowed: '") as caught:
        _rows(_asked(family, command), error.encode())
    assert error.strip().splitlines()[-1].strip() in str(caught.value)
    assert "'without'" in str(caught.value)


@each_command
def test_a_pager_gives_nothing_wherever_it_stands(family: str, command: str) -> None:
    lines = _transcript(family, command).good.split("\n")
    for place in range(len(lines)):
        text = "\n".join([*lines[:place], " --More-- ", *lines[place:]])
        with pytest.raises(MalformedReplyError, match=r"cut by the device's pager: '--More--'"):
            _rows(_asked(family, command), text.encode())


@each_command
def test_an_answer_cut_after_any_line_says_nothing_that_the_whole_one_does_not(family: str, command: str) -> None:
    whole = _transcript(family, command).good
    good = _said(reading_of(family, {command: whole}))
    lines = whole.split("\n")
    for count in range(len(lines)):
        assert _said(reading_of(family, {command: "\n".join(lines[:count])})) <= good


@each_command
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_hostile_answers_end_in_rows_or_a_sentence(family: str, command: str, data: st.DataObject) -> None:
    good = _transcript(family, command).good
    place = data.draw(st.integers(0, len(good)))
    junk = data.draw(st.text(max_size=200) | st.sampled_from([" " * 90, "a " * 45, "\x9d" * 900, "\x1b]" * 400, "9" * 90]))
    reading = reading_of(family, {command: good[:place] + junk + good[place:]})
    assert written(reading).isprintable() or all(line.isprintable() for line in written(reading).splitlines())


def test_escape_sequences_and_controls_are_gone_before_anything_is_read() -> None:
    good = _transcript("frr", "show interface description").good
    dirty = "".join(f"\x1b[1m{line}\x1b[0m\x07\r\n" for line in good.split("\n"))
    assert _said(reading_of("frr", {"show interface description": dirty})) == _said(reading_of("frr", CASES["frr"].good))


def test_an_answer_that_no_template_knows_is_told() -> None:
    asked = _asked("cisco_ios", "show interface description")
    with pytest.raises(MalformedReplyError, match=r"a line in the answer to 'show interface description' .*: 'welcome to jail'"):
        _rows(asked, b"welcome to jail\n")
    with pytest.raises(MalformedReplyError, match="nothing in the answer to 'show version' is what its template knows"):
        _rows(_asked("cisco_ios", "show version"), b"welcome\n")
    with pytest.raises(MalformedReplyError, match="nothing in the answer"):
        _rows(asked, b"")


def test_an_answer_too_long_is_not_read() -> None:
    asked = _asked("cisco_ios", "show interface description")
    for answer in (b"x" * (LONGEST_LINE + 1), b"\n" * (MOST_LINES + 1), b"one line\n" * (MOST_BYTES // 9 + 1)):
        with pytest.raises(BudgetSpentError, match="the answer to 'show interface description' is longer than"):
            _rows(asked, answer)


def test_a_serial_number_is_not_a_word_of_a_description() -> None:
    text = "Item Version Part number Serial number Description\nChassis  CY0000AF0000  SRX340 Services Gateway\n"
    assert "serial" not in reading_of("juniper_junos", {"show chassis hardware": text}).facts


def test_a_cut_end_is_missed() -> None:
    transcript = _transcript("cisco_ios", "show version")
    with pytest.raises(MalformedReplyError, match=r"was cut: its end \('config_register'\) is missing"):
        _rows(_asked("cisco_ios", "show version"), transcript.cut_answer.encode())


def test_a_value_that_cannot_be_right_is_refused_and_counted() -> None:
    text = CASES["cisco_nxos"].good["show processes cpu"].replace("one minute: 14%", "one minute: 1400%")
    reading = reading_of("cisco_nxos", {"show processes cpu": text})
    assert reading.refused == {"cpu_utilization_ratio": 1}
    assert not reading.families


def test_a_failing_command_leaves_the_others() -> None:
    answers = CASES["mikrotik_routeros"].good | {"/system resource print": "bad command name resource\n"}
    reading = reading_of("mikrotik_routeros", answers)
    assert [failure.reason.value for failure in reading.failures] == ["error"]
    assert reading.facts == {"name": "branch-1", "serial": "000000A1B2C3"}
    assert {family.name for family in reading.families} == {"system_info", "interface_admin_status", "interface_oper_status"}
    assert isinstance(CommandFailedError(), CollectError)
