"""The text people sign: one form only, for one act, not for ever, once."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyam.links.signed_text import LIFE, SignatureRefusedError, SignedText, new_text, parse, require
from wenyam.model.instants import Instant, after

NOW = Instant(1_792_000_000_123)


def a_text(reason: str = "ตรวจแล้วครบถ้วน", life: float = LIFE, mode: str = "complete") -> SignedText:
    return new_text(
        purpose="restore-confirm", site="pwo", about="erp-db, restore test 12, PASS", digest="ab" * 32, mode=mode,
        run="12", reason=reason, now=NOW, life=life,
    )  # fmt: skip


def test_the_text_is_read_back_as_it_was_written() -> None:
    text = a_text()
    assert str(text).splitlines()[:3] == ["wenyam text to sign, version 1", "purpose: restore-confirm", "site: pwo"]
    assert parse(str(text).encode()) == text
    assert parse(str(a_text(reason="")).encode()).reason == ""


@given(st.text(max_size=400))
def test_whatever_a_person_types_becomes_one_line_that_is_read_back(reason: str) -> None:
    text = a_text(reason=reason)
    assert parse(str(text).encode()) == text
    assert str(text).count("\n") == 10


def test_no_two_texts_have_one_nonce_and_none_lives_longer_than_a_week() -> None:
    assert a_text().nonce != a_text().nonce
    assert a_text(life=1e9).expires <= after(NOW, LIFE)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-1],
        lambda text: text + "\n",
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("mode: complete", "mode:  complete"),
        lambda text: text.replace("version 1", "version 2"),
        lambda text: text.replace("site: pwo\n", ""),
        lambda text: text.replace("site: pwo\n", "site: pwo\nsite: dr\n"),
        lambda text: text.replace("site: pwo", "site:"),
        lambda text: text.replace("Z\n", "+00:00\n"),
        lambda text: text.replace("expires: 2", "expires: never 2"),
        lambda text: text.replace("sha256:ab", "sha256:AB"),
        lambda _: "",
        lambda _: "\n" * 12,
        lambda _: "\x00" * 99,
    ],
)  # fmt: skip
def test_a_text_in_any_other_form_is_refused(change: "object") -> None:
    changed: str = change(str(a_text()))  # type: ignore[operator]  # one of the functions above
    with pytest.raises(SignatureRefusedError, match="the text is none that Wenyam wrote"):
        parse(changed.encode())


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(SignatureRefusedError, match="none that Wenyam wrote"):
        parse(b"\xff\xfe" * 40)


@pytest.mark.parametrize("field", ["purpose", "site", "about", "what", "mode", "run"])
def test_a_text_for_something_else_is_refused_and_the_line_is_named(field: str) -> None:
    text = a_text()
    with pytest.raises(SignatureRefusedError, match=f"the text says '{field}: "):
        require(replace(text, **{field: "other"}), a_text(), now=NOW, used=())  # type: ignore[arg-type]  # a field by its name


def test_a_text_serves_once_in_its_time_and_not_for_ever() -> None:
    text = a_text()
    require(text, a_text(), now=NOW, used={"0" * 32})
    with pytest.raises(SignatureRefusedError, match="handed in before"):
        require(text, a_text(), now=NOW, used={text.nonce})
    with pytest.raises(SignatureRefusedError, match="the text expired at "):
        require(text, a_text(), now=text.expires, used=())
    require(text, a_text(), now=Instant(text.expires - 1), used=())
    with pytest.raises(SignatureRefusedError, match="later than any"):
        require(replace(text, expires=after(NOW, LIFE + 1)), a_text(), now=NOW, used=())
