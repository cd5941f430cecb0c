"""Keys and ciphers against the RFCs' own numbers."""

import random

import pytest

from wenyam.errors import ConfigurationError, MalformedReplyError
from wenyam.links.snmp import usm
from wenyam.links.snmp.v3 import User

ENGINE = bytes.fromhex("000000000000000000000002")


@pytest.mark.parametrize(
    ("protocol", "key"),
    [
        ("md5", "526f5eed9fcce26f8964c2930787d82b"),  # RFC 3414, A.3.1
        ("sha1", "6695febc9288e36282235fc7151f128497b38f3f"),  # RFC 3414, A.3.2
    ],
)
def test_localized_keys_are_those_of_rfc_3414(protocol: str, key: str) -> None:
    assert usm.localized_key(protocol, b"maplesyrup", ENGINE).hex() == key


@pytest.mark.parametrize("privacy", usm.PRIVACY)
@pytest.mark.parametrize("authentication", usm.AUTHENTICATION)
def test_what_is_encrypted_is_decrypted(authentication: str, privacy: str) -> None:
    key = usm.privacy_key(privacy, authentication, b"maplesyrup", ENGINE)
    assert len(key) == usm.PRIVACY[privacy]
    content, salt = usm.encrypt(privacy, key, (3, 4_000), 7, b"\x30\x03abc")
    assert content[:5] != b"\x30\x03abc"
    assert usm.decrypt(privacy, key, (3, 4_000), salt, content)[:5] == b"\x30\x03abc"


@pytest.mark.parametrize("protocol", usm.PRIVACY)
def test_contexts_that_are_kept_give_what_new_ones_give_for_messages_of_any_length_in_any_order(protocol: str) -> None:
    chance = random.Random(protocol)
    key = usm.privacy_key(protocol, "sha256", b"maplesyrup", ENGINE)
    privacy = usm.Privacy(protocol, key)
    for salt in range(150):
        clock, plain = (chance.randrange(2**31), chance.randrange(2**31)), chance.randbytes(chance.randrange(200))
        content, parameters = usm.encrypt(protocol, key, clock, salt, plain)
        if chance.random() < 0.5:
            assert privacy.encrypt(clock, salt, plain) == (content, parameters)
        if chance.random() < 0.5:
            assert privacy.decrypt(clock, parameters, content)[: len(plain)] == plain
    assert privacy.decrypt((1, 1), bytes(8), b"") == b""
    with pytest.raises(MalformedReplyError):
        privacy.decrypt((1, 1), bytes(7), bytes(8))


def test_a_clock_that_no_engine_may_have_breaks_nothing() -> None:
    privacy = usm.Privacy("aes128", bytes(16))
    content, salt = privacy.encrypt((2**40 + 3, -1), 7, b"plain")
    assert privacy.decrypt((3, 2**32 - 1), salt, content) == b"plain"


@pytest.mark.parametrize("protocol", usm.AUTHENTICATION)
def test_a_signer_signs_as_rfc_2104_says(protocol: str) -> None:
    key = usm.localized_key(protocol, b"maplesyrup", ENGINE)
    signer = usm.Signer(protocol, key)
    for length in (0, 1, 55, 64, 127, 128, 129, 1_400):
        before, behind = bytes(length), b"behind" * length
        assert signer.sign(before, behind) == usm.signature(protocol, key, before + bytes(signer.size) + behind)


def test_the_two_ways_to_stretch_a_key_differ() -> None:
    standard = usm.privacy_key("aes256", "sha1", b"maplesyrup", ENGINE)
    cisco = usm.privacy_key("aes256-cisco", "sha1", b"maplesyrup", ENGINE)
    assert standard[:20] == cisco[:20]
    assert standard[20:] != cisco[20:]


def test_sizes_that_cannot_be_are_malformed() -> None:
    key = usm.privacy_key("des", "md5", b"maplesyrup", ENGINE)
    for salt, content in ((b"short", b"x" * 8), (b"8 bytes!", b"x" * 7)):
        with pytest.raises(MalformedReplyError):
            usm.decrypt("des", key, (0, 0), salt, content)


def test_salts_never_repeat() -> None:
    salts = usm.Salts(2**64 - 2)
    assert [salts.next() for _ in range(3)] == [2**64 - 1, 0, 1]


@pytest.mark.parametrize(
    ("user", "sentence"),
    [
        (User(""), "has no username"),
        (User("a", "sha3", b"12345678"), "authentication 'sha3' is not one of md5, sha1"),
        (User("a", "md5", b"12345678", "rot13", b"12345678"), "privacy 'rot13' is not one of des, aes128"),
        (User("a", privacy="des", privacy_key=b"12345678"), "privacy needs authentication"),
        (User("a", "md5", b"short"), "authentication_key is shorter than 8 characters"),
    ],
)
def test_a_user_that_cannot_be_is_refused_with_a_sentence(user: User, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence) as caught:
        user.check("credential 'x'")
    assert "12345678" not in str(caught.value)


def test_keys_show_in_no_repr() -> None:
    assert "canary" not in repr(User("a", "md5", b"canary-key", "des", b"canary-key"))
