"""The sanity gate over configurations that were made by hand in the manner of each family; none of them is a recording."""

from pathlib import Path

import pytest

from wenyam.backup.sources.network_families import FAMILIES
from wenyam.backup.sources.network_gate import Gate, problem
from wenyam.backup.sources.network_masks import masked
from wenyam.backup.sources.network_text import Reading, decoded, grade, measure, settled

KEY = b"k" * 32
HERE = Path(__file__).parents[2] / "cases" / "network_configurations"
MADE = {path.stem: path.read_text(encoding="utf-8") for path in sorted(HERE.glob("*.txt"))}


def _judge(family: str, text: str, last_good: int | None = None) -> str:
    found = FAMILIES[family]
    decoded_text = decoded(text.encode("utf-8", "surrogateescape"))
    copy = masked("\n".join(settled(decoded_text, Reading.of(found))), KEY)
    return problem(decoded_text, copy.split("\n"), Gate(found.end, found.minimum_lines), last_good)


def test_there_is_a_made_text_for_each_family() -> None:
    assert MADE.keys() == FAMILIES.keys() - {"other"}


@pytest.mark.parametrize("family", MADE)
def test_a_whole_configuration_passes(family: str) -> None:
    assert _judge(family, MADE[family]) == ""


@pytest.mark.parametrize("family", [family for family, found in FAMILIES.items() if found.end])
@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
def test_a_configuration_that_was_cut_fails(family: str, share: float) -> None:
    text = MADE[family]
    wrong = _judge(family, text[: int(len(text) * share)])
    assert "does not end as a whole configuration does" in wrong or "has only" in wrong


@pytest.mark.parametrize("family", MADE)
@pytest.mark.parametrize(
    "pager",
    [
        " --More-- ",
        "  ---- More ----",
        "\x1b[42D --More--",
        "<--- More --->",
        "--More-- (q to quit)",
        "-- MORE --, next page: Space",
        "lines 1-24",
    ],
)
def test_a_pager_s_text_fails_wherever_it_stands(family: str, pager: str) -> None:
    lines = MADE[family].split("\n")
    for place in (0, len(lines) // 2, len(lines) - 1):
        littered = "\n".join([*lines[:place], pager, *lines[place:]])
        assert f"line {place + 1} is a pager's text" in _judge(family, littered)


@pytest.mark.parametrize("family", MADE)
@pytest.mark.parametrize(
    "error",
    [
        "% Invalid input detected at '^' marker.", "% Unknown command: show running-config",
        "Error: Unrecognized command found at '^' position.",
        "Unknown command.", "Permission denied", "% Permission denied", "Command fail. Return code -61", "Unknown action 0",
        "syntax error, expecting <command>.", "bad command name export (line 1 column 1)", "% [ZEBRA] Unknown command: agentx",
        "sh: 1: vtysh: not found", "bash: line 1: vtysh: command not found", "Exiting: failed to connect to any daemons.",
        "% Authorization failed.", "Invalid input: confg", "% bgpd is not running",
        "ERROR: % Invalid input detected at '^' marker.",
    ],
)  # fmt: skip
def test_an_error_of_the_device_fails(family: str, error: str) -> None:
    assert f"is an error of the device: '{error}'" in _judge(family, f"{error}\n{MADE[family]}")
    assert "is an error of the device" in _judge(family, error)


@pytest.mark.parametrize(
    ("family", "prompt"),
    [
        ("cisco_ios", "core-1#"), ("cisco_ios", "core-1#show running-config"),
        ("cisco_ios", "core-1(config)#end"), ("cisco_ios", "core-1>"),
        ("huawei_vrp", "<core-1>"), ("huawei_vrp", "[core-1]"), ("hpe_comware", "<core-1>display current-configuration"),
        ("juniper_junos", "admin@core-1> show configuration"), ("arista_eos", "core-1#exit"), ("fortinet", "fw-1 # show"),
        ("frr", "edge-1# show running-config"),
        ("mikrotik_routeros", "[admin@edge-1] > /export"), ("extreme_exos", "sw.1#show configuration"),
    ],
)  # fmt: skip
def test_a_prompt_fails(family: str, prompt: str) -> None:
    for text in (f"{prompt}\n{MADE[family]}", f"{MADE[family]}{prompt}\n"):
        assert "is a prompt" in _judge(family, text)


def test_words_that_only_look_like_trouble_pass() -> None:
    innocent = (
        "interface port99\n description error: see more # 100% of ชั้น 3 > 2, show nothing\n banner ^C unknown command centre ^C\n"
        "ip access-list standard MORE\n remark --- more or less ---\n!\n"
    )
    assert _judge("cisco_ios", MADE["cisco_ios"].replace("ntp clock", innocent + "ntp clock")) == ""


@pytest.mark.parametrize("text", ["", "\n", "  \n \n"])
def test_an_empty_answer_fails(text: str) -> None:
    assert _judge("cisco_nxos", text) == "the answer is empty"


def test_control_characters_fail() -> None:
    assert "control characters: 'hostname x'" in _judge("frr", MADE["frr"].replace("hostname edge-1", "hostname\x1b[0m x"))


def test_thai_in_another_encoding_passes_and_comes_back_byte_for_byte() -> None:
    raw = MADE["frr"].encode().replace("ชั้น".encode(), "ชั้น".encode("tis-620"))
    assert _judge("frr", raw.decode("utf-8", "surrogateescape")) == ""
    assert decoded(raw).encode("utf-8", "surrogateescape") == raw.strip(b"\n") + b"\n"


def test_the_size_is_compared_with_the_last_good_copy() -> None:
    text = MADE["frr"].replace("end\n", "".join(f"ip route 10.{number}.0.0/16 10.0.0.1\n" for number in range(200)) + "end\n")
    lines = len([line for line in settled(text, Reading.of(FAMILIES["frr"])) if line])
    assert _judge("frr", text, lines) == ""
    assert _judge("frr", text, round(lines / 0.71)) == ""
    assert f"it has {lines} lines, the last good copy {round(lines / 0.65)}" in _judge("frr", text, round(lines / 0.65))
    assert "the last good copy" in _judge("frr", text, round(lines / 2.1))
    assert _judge("frr", MADE["frr"], 70) == ""  # few lines more or less are a day's work


@pytest.mark.parametrize("family", MADE)
def test_lines_that_change_by_themselves_are_left_out_of_comparison(family: str) -> None:
    reading, text = Reading.of(FAMILIES[family]), MADE[family]
    later = (
        text.replace("10:00:00", "11:11:11")
        .replace("4711 bytes", "4712 bytes")
        .replace("clock-period 17180", "clock-period 17181")
    )
    later = later.replace("Cryptochecksum:1f2e", "Cryptochecksum:9999").replace("admin at 10:00", "admin at 11:00")
    later = later.replace("conf_file_ver=1", "conf_file_ver=2")
    assert measure(decoded(text.encode()), reading, KEY) == measure(decoded(later.encode()), reading, KEY)
    other = measure(
        decoded(text.replace("sw-3", "sw-33").replace("ชั้น 3", "ชั้น 33").replace("floor-3", "f-33").encode()), reading, KEY
    )
    assert other["text"] != measure(decoded(text.encode()), reading, KEY)["text"]


@pytest.mark.parametrize("family", MADE)
def test_stanzas_are_named_and_counted(family: str) -> None:
    parts = measure(MADE[family], Reading.of(FAMILIES[family]), KEY)
    assert len(parts["sections"]) >= {"paloalto": 1, "fortinet": 2, "juniper_junos": 3, "mikrotik_routeros": 3}.get(family, 9)
    assert not {"end", "}", "return", "exit", "!", "#"} & parts["sections"].keys()


def test_grades_are_loadable_text_only_or_without_secrets() -> None:
    assert grade(MADE["frr"], FAMILIES["frr"]) == "loadable"
    assert grade(MADE["cisco_ios"], FAMILIES["cisco_ios"]) == "text only"
    for line in ("tunnel-group x ipsec-attributes\n ikev1 pre-shared-key *****", "password <removed>", "set secret ********"):
        assert grade(MADE["cisco_asa"] + line, FAMILIES["cisco_asa"]) == "secrets removed"
