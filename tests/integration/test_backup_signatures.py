"""Signatures by the real ssh-keygen: who signed, with which key, when it counts, and every way in which it does not."""

import base64
import os
import re
import tempfile
from pathlib import Path

import pytest

from wenyam.links.signatures import Signer, allowed_signers, fingerprint, has_valid_key, verify
from wenyam.links.signed_text import SignatureRefusedError
from wenyam.model.instants import Instant, after
from wenyam.model.inventory import Person
from wenyam.testing.signing import SSH_KEYGEN, make_key, person, public_line, sign

pytestmark = pytest.mark.real

NOW = Instant(1_792_000_000_000)
TEXT = "ข้อความ\nwith two lines\n".encode()


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_key(tmp_path_factory.mktemp("keys") / "malee")


async def ask(people: list[Person], signature: bytes, content: bytes = TEXT, now: Instant = NOW) -> Signer:
    return await verify(content, signature, people, now=now, ssh_keygen=SSH_KEYGEN)


async def refused(people: list[Person], signature: bytes, content: bytes = TEXT, now: Instant = NOW) -> str:
    with pytest.raises(SignatureRefusedError) as caught:
        await ask(people, signature, content, now)
    return str(caught.value)


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
async def test_a_good_signature_names_person_and_key(tmp_path: Path, kind: str) -> None:
    signing = make_key(tmp_path / "key", kind)
    other = make_key(tmp_path / "other")
    signer = await ask([person("anong", other), person("malee", other.with_name("key"))], sign(signing, TEXT))
    assert (signer.person.id, signer.key) == ("malee", fingerprint(public_line(signing)))


async def test_a_person_with_two_keys_may_sign_with_either(tmp_path: Path, key: Path) -> None:
    second = make_key(tmp_path / "second")
    for signing in (key, second):
        assert (await ask([person("malee", key, second)], sign(signing, TEXT))).person.id == "malee"


async def test_the_name_of_a_stranger_or_of_two_proves_nothing(tmp_path: Path, key: Path) -> None:
    stranger = make_key(tmp_path / "stranger")
    assert "belongs to nobody in 'people'" in await refused([person("malee", key)], sign(stranger, TEXT))
    assert "belongs to anong and malee" in await refused([person("malee", key), person("anong", key)], sign(key, TEXT))


async def test_a_text_changed_by_one_byte_is_refused(key: Path) -> None:
    signature = sign(key, TEXT)
    for place in range(len(TEXT)):
        if place % 7 == 0:
            changed = TEXT[:place] + bytes([TEXT[place] ^ 1]) + TEXT[place + 1 :]
            assert "it is not malee's over this text" in await refused([person("malee", key)], signature, changed)
    assert "it is not malee's" in await refused([person("malee", key)], signature, TEXT + b"\n")


async def test_a_signature_made_for_something_else_is_refused(key: Path) -> None:
    said = await refused([person("malee", key)], sign(key, TEXT, "file"))
    assert "it was made for 'file', not for 'wenyam'" in said
    assert "-n wenyam FILE" in said


async def test_a_signature_that_only_claims_our_namespace_is_refused(key: Path) -> None:
    """The claim finds the sentence; ssh-keygen finds the fraud."""
    other = sign(key, TEXT, "wenyem")
    forged = _changed(other, b"wenyem", b"wenyam")
    assert "it is not malee's" in await refused([person("malee", key)], forged)


def _changed(signature: bytes, old: bytes, new: bytes) -> bytes:
    lines = signature.splitlines()
    blob = base64.b64decode(b"".join(lines[1:-1]))
    assert old in blob
    text = base64.b64encode(blob.replace(old, new))
    return b"\n".join([lines[0], *(text[at : at + 70] for at in range(0, len(text), 70)), lines[-1], b""])


async def test_a_key_counts_from_its_first_to_its_last_moment(key: Path) -> None:
    begin, end = after(NOW, 3600), after(NOW, 7200)
    malee = person("malee", key, valid_from=begin, valid_until=end)
    signature = sign(key, TEXT)
    assert "is not valid before 2026-10-1" in await refused([malee], signature, now=Instant(begin - 1))
    assert (await ask([malee], signature, now=begin)).person == malee
    assert (await ask([malee], signature, now=Instant(end - 1))).person == malee
    assert "expired at 2026-10-1" in await refused([malee], signature, now=end)
    assert [has_valid_key(malee, at) for at in (Instant(begin - 1), begin, end)] == [False, True, False]


async def test_ssh_keygen_itself_is_told_the_times(key: Path) -> None:
    """Our own reading of the times is not all there is."""
    malee = person("malee", key, valid_from=Instant(NOW + 1), valid_until=Instant(NOW + 60_000))
    line = allowed_signers([malee])
    assert re.fullmatch(r'malee namespaces="wenyam",valid-after="\d{14}Z",valid-before="\d{14}Z" ssh-ed25519 \S+\n', line)


@pytest.mark.parametrize(
    "broken", [b"", b"words", b"-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n", b"\0" * 70_000]
)
async def test_what_is_no_signature_is_said(key: Path, broken: bytes) -> None:
    assert "the file holds no OpenSSH signature" in await refused([person("malee", key)], broken)


async def test_a_cut_signature_is_refused(key: Path) -> None:
    lines = sign(key, TEXT).splitlines()
    cut = b"\n".join([*lines[:-2], lines[-1], b""])
    said = await refused([person("malee", key)], cut)
    assert "it is not malee's" in said or "no OpenSSH signature" in said


async def test_nothing_is_left_behind(key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    await ask([person("malee", key)], sign(key, TEXT))
    await refused([person("malee", key)], sign(key, TEXT), b"other")
    assert os.listdir(tmp_path) == []  # noqa: PTH208  # as short as it gets
