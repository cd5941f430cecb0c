"""Masks: no secret stays readable, a changed one shows as changed, and what is no secret stays as it was. Lines made by hand."""

import re
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from wenyam.backup.sources.network_masks import COVERED, hidden, masked

KEY, OTHER = b"k" * 32, b"o" * 32
VALUE = "S3cr3tValue"
HERE = Path(__file__).parents[2] / "cases" / "network_configurations"


def _listed(name: str) -> list[str]:
    lines = (HERE / name).read_text(encoding="utf-8").removesuffix("\n").split("\n")
    return [line.replace("\\n", "\n").replace("\\t", "\t") for line in lines]


LINES, PLAIN = _listed("secret-lines.list"), _listed("plain-lines.list")
PEM = "-----BEGIN {0}PRIVATE KEY-----\nMIIEvQIBADANBg{1}\nkqhkiG9w0BAQEF\n-----END {0}PRIVATE KEY-----"
VALUES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=4, max_size=40) | st.text(
    st.characters(min_codepoint=0xE01, max_codepoint=0xE2E), min_size=4, max_size=20
)


@pytest.mark.parametrize("line", LINES)
def test_a_secret_is_covered_and_its_change_shows(line: str) -> None:
    then, now = (masked(line.replace("{}", value), KEY) for value in (VALUE, "An0therOne"))
    assert VALUE not in then
    assert VALUE not in hidden(line.replace("{}", VALUE).split("\n")[-1]) or "\n" in line
    assert COVERED.search(then)
    assert then != now
    assert then == masked(line.replace("{}", VALUE), KEY) != masked(line.replace("{}", VALUE), OTHER)
    assert COVERED.sub("", then) == COVERED.sub("", now)


@given(st.sampled_from(LINES), VALUES)
def test_no_value_of_any_announced_secret_stays(line: str, value: str) -> None:
    assume(value.rstrip("{;").strip() and value not in line.replace("{}", ""))
    made = masked(line.replace("{}", value), KEY)
    assert value not in COVERED.sub("", made)
    assert COVERED.search(made)


@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=20))
def test_a_whole_configuration_of_secrets_keeps_none(lines: list[str]) -> None:
    text = "\n".join(line.replace("{}", f"{VALUE}{number}") for number, line in enumerate(lines))
    made = masked(text, KEY)
    assert VALUE not in made
    assert len(made.split("\n")) == len(text.split("\n"))


@given(st.text(max_size=300))
def test_masking_never_raises_and_shows_only_printable_lines(text: str) -> None:
    assert all(character.isprintable() or character == "\n" for character in masked(text, KEY))
    hidden(text)


@pytest.mark.parametrize("line", PLAIN)
def test_what_is_no_secret_stays(line: str) -> None:
    assert masked(line, KEY) == line.replace("\t", "    ")


@pytest.mark.parametrize("kind", ["", "RSA ", "EC ", "ENCRYPTED ", "OPENSSH "])
def test_a_private_key_is_one_covered_line_and_a_certificate_stays(kind: str) -> None:
    text = f"begin\n{PEM.format(kind, 'canary')}\n-----BEGIN CERTIFICATE-----\nMIIDpub\n-----END CERTIFICATE-----\nend"
    made = masked(text, KEY).split("\n")
    assert made[0] == "begin"
    assert COVERED.fullmatch(made[1])
    assert made[2:] == ["-----BEGIN CERTIFICATE-----", "MIIDpub", "-----END CERTIFICATE-----", "end"]
    cut = masked(text.split("kqhk", maxsplit=1)[0], KEY)
    assert re.fullmatch(r"begin\n<secret [0-9a-f]{16}>", cut)


def test_one_secret_in_two_places_does_not_show_as_one() -> None:
    first, second = (
        COVERED.search(masked(line.replace("{}", VALUE), KEY)) for line in ("enable secret 0 {}", "tacacs-server key {}")
    )
    assert first is not None
    assert second is not None
    assert first[0] != second[0]


def test_bytes_that_are_no_utf_8_are_shown_as_escapes() -> None:
    made = masked(" description ชั้น".encode("tis-620").decode("utf-8", "surrogateescape"), KEY)
    assert made.startswith(" description \\xaa")
