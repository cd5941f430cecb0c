"""The envelope's text, its numbered lines, what is sealed, and what is known of it: pure."""

import base64
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyam.backup import escrow, escrow_contents, escrow_facts, escrow_lines
from wenyam.backup.by_hand import loading
from wenyam.backup.escrow import Envelope, Opener, SealedJob, SealedRepository
from wenyam.backup.escrow_lines import EnvelopeError
from wenyam.links.age import BEGIN, END
from wenyam.model.backup import BackupJob
from wenyam.model.calendar import Schedule
from wenyam.model.instants import Instant

NOW = Instant(1_792_000_000_000)


def armored(content: bytes) -> str:
    text = base64.b64encode(content).decode("ascii")
    return "\n".join([BEGIN, *(text[at : at + 64] for at in range(0, len(text), 64)), END, ""])


def an_envelope(content: bytes = b"sealed " * 40, place: str = "/srv/สำรอง 1") -> Envelope:
    repository = SealedRepository("main", "local", place, "bkk", armored(content), ("a note",))
    job = SealedJob("erp-db", "postgresql", "main", ("dr",), "job=erp-db", "/spool/erp-db", ("first", "then"))
    return Envelope(
        "pwo", "bkk", NOW, "ab" * 32, "0.14.0", (Opener("somsri", "ssh-rsa", "SHA256:x"),), {"main": repository}, {"erp-db": job}
    )


@given(st.binary(min_size=1, max_size=600))
def test_a_page_is_read_back_as_it_was_written(content: bytes) -> None:
    envelope = an_envelope(content)
    text = escrow.write(envelope)
    assert escrow.read(text) == envelope
    assert escrow.digest(text) == escrow.digest(text.replace("\n", "  \n\n"))


@given(st.integers(min_value=0, max_value=10_000))
def test_no_line_can_go_unseen(which: int) -> None:
    lines = [line for line in escrow.write(an_envelope()).splitlines() if line]
    at = which % len(lines)
    with pytest.raises(EnvelopeError):
        escrow.read("\n".join([*lines[:at], *lines[at + 1 :]]))


@given(st.integers(min_value=0, max_value=10_000), st.sampled_from("aZ9 /"))
def test_no_character_can_change_unseen(which: int, letter: str) -> None:
    text = escrow.write(an_envelope())
    at = which % len(text)
    changed = text[:at] + letter + text[at + 1 :]
    if escrow.digest_of(changed) == escrow.digest_of(text) and changed.splitlines()[-1].strip() == text.splitlines()[-1]:
        return  # the same letter, or a blank at the end of a line
    with pytest.raises(EnvelopeError):
        escrow.read(changed)


def test_the_page_speaks_thai_and_english() -> None:
    text = escrow.write(an_envelope())
    assert "ใส่ซองปิดผนึก" in text
    assert "Keep it on paper, in a sealed envelope" in text


@given(st.binary(min_size=1, max_size=400))
def test_typed_lines_give_the_same_block(content: bytes) -> None:
    sealed = armored(content)
    lines = escrow_lines.to_lines(sealed)
    assert escrow_lines.problems(sealed, lines, "it") == []
    assert base64.b64decode("".join("".join(line.split()[1:-1]) for line in lines)) == content
    assert all(map(escrow_lines.is_line, lines))


def test_a_block_that_differs_from_its_lines_is_found() -> None:
    lines = escrow_lines.to_lines(armored(b"x" * 60))
    assert escrow_lines.problems(armored(b"y" * 60), lines, "it") == ["the block and the numbered lines of it are not the same"]


@given(st.dictionaries(st.sampled_from(["AWS_ACCESS_KEY_ID", "LOGIN_KEY"]), st.text()), st.text(min_size=1))
def test_whatever_a_key_is_made_of_comes_back(more: dict[str, str], key: str) -> None:
    values = {"RESTIC_REPOSITORY": "/srv", "RESTIC_PASSWORD": key, **more}
    text = escrow_contents.to_text(values).encode("utf-8", "surrogatepass")
    assert escrow_contents.from_text(text) == values


@pytest.mark.parametrize(
    "content", [b"", b"words", b"RESTIC_REPOSITORY=x", b"RESTIC_PASSWORD='open", b"\xff", b"A=1 RESTIC_PASSWORD=canary"]
)
def test_what_was_not_sealed_by_us_is_refused_without_a_word_of_it(content: bytes) -> None:
    with pytest.raises(EnvelopeError) as caught:
        escrow_contents.from_text(content)
    assert str(caught.value) == "The sealed envelope does not serve: what was sealed is not what Wenyam seals"


def test_what_a_program_says_loses_every_line_of_what_was_sealed() -> None:
    values = {"RESTIC_PASSWORD": "canary", "LOGIN_KEY": "first line\nsecond line", "X": "abc"}
    said = "wrong: canary, second line; abc stays"
    assert escrow_contents.struck(said, values) == "wrong: •••, •••; abc stays"


def test_notes_name_what_must_be_typed_for_ssh_and_for_an_authority() -> None:
    assert escrow_contents.notes({}) == ()
    notes = escrow_contents.notes({"LOGIN_KEY": "k", "KNOWN_HOSTS": "h", "AUTHORITY_PEM": "p"})
    assert sum("LOGIN_KEY" in note for note in notes) == 1
    assert "restic --cacert authority.pem" in notes[-1]
    assert all(shlex.split(note.split(": ", 1)[-1].replace("…", "x")) for note in notes)


def test_a_key_is_on_record_only_as_a_slow_salted_digest() -> None:
    first, second = b"0" * 16, b"1" * 16
    kept = {"main": escrow_facts.Kept("/srv", "canary")}
    fact = escrow_facts.made(NOW, "anong", "d", "c", salt=first, kept=kept, openers=[("SHA256:x", "somsri")])
    assert "canary" not in repr(fact) + repr(kept)
    assert escrow_facts.key_digest(first, "canary") != escrow_facts.key_digest(second, "canary")
    assert fact.body["key:main"] == escrow_facts.key_digest(first, "canary")


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("postgresql", "pg_restore"),
        ("mariadb", "mariadb"),
        ("sqlite", "sqlite3"),
        ("own", "wenyam audit verify"),
        ("other", "another package"),
    ],
)
def test_every_kind_of_source_says_how_its_files_are_loaded(source: str, word: str) -> None:
    job = BackupJob("j", source, None, "anong", Schedule("every day 01:00"), "main")
    assert word in " ".join(loading(job))


def test_a_source_that_says_it_itself_is_believed() -> None:
    class Own:
        BY_HAND = ("turn it upside down",)

    job = BackupJob("j", "files", None, "anong", Schedule("every day 01:00"), "main")
    assert loading(job, Own) == ("turn it upside down",)
