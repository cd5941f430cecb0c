"""Secrets are read where they are kept, refused when others may read them, and never shown."""

from pathlib import Path

import pytest

from wenyam.errors import SecretError
from wenyam.model.inventory import Credential, SecretReference
from wenyam.settings.secrets import SecretReader

CANARY = "canary-51c2"


def file_with(path: Path, content: bytes, mode: int = 0o600) -> SecretReference:
    path.write_bytes(content)
    path.chmod(mode)
    return SecretReference("file", str(path))


def test_a_file_is_read_without_its_last_newline(tmp_path: Path) -> None:
    assert SecretReader().read(file_with(tmp_path / "s", b"a b\n\n")) == "a b\n"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o601])
def test_a_file_that_others_may_touch_is_refused(tmp_path: Path, mode: int) -> None:
    reference = file_with(tmp_path / "s", CANARY.encode(), mode)
    with pytest.raises(SecretError) as caught:
        SecretReader().read(reference)
    assert f"mode {mode:04o} lets others read it" in str(caught.value)
    assert f"chmod 0600 {tmp_path / 's'}" in str(caught.value)
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(("content", "sentence"), [(b"", "is empty"), (b"\n", "is empty"), (b"\xff\xfe", "is not text")])
def test_a_file_that_holds_no_secret_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(SecretError, match=sentence):
        SecretReader().read(file_with(tmp_path / "s", content))


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match="No such file"):
        SecretReader().read(SecretReference("file", str(tmp_path / "absent")))


def test_an_environment_variable_is_read_and_a_missing_one_refused() -> None:
    reader = SecretReader({"NAME": CANARY})
    assert reader.read(SecretReference("env", "NAME")) == CANARY
    with pytest.raises(SecretError, match="env:OTHER: the environment variable is not set"):
        reader.read(SecretReference("env", "OTHER"))


def test_a_systemd_credential_is_read_from_its_directory(tmp_path: Path) -> None:
    file_with(tmp_path / "snmp", CANARY.encode(), 0o400)
    assert SecretReader({"CREDENTIALS_DIRECTORY": str(tmp_path)}).read(SecretReference("credential", "snmp")) == CANARY
    with pytest.raises(SecretError, match="not started by a systemd unit"):
        SecretReader({}).read(SecretReference("credential", "snmp"))


def test_an_unknown_scheme_is_refused() -> None:
    with pytest.raises(SecretError, match="unknown scheme 'vault'"):
        SecretReader({}).read(SecretReference("vault", "x"))


def test_a_credential_without_the_secret_asked_for_says_so() -> None:
    credential = Credential("read", "snmp-community", {}, {"community": SecretReference("env", "X")})
    reader = SecretReader({"X": CANARY})
    assert reader.of(credential, "community") == CANARY
    with pytest.raises(SecretError, match=r"credential 'read' \(snmp-community\) has no 'password'"):
        reader.of(credential, "password")


def test_the_path_of_a_key_file_is_given_only_when_it_is_narrow(tmp_path: Path) -> None:
    key = file_with(tmp_path / "key", b"KEY")
    credential = Credential("shell", "ssh-key", {}, {"key": key})
    assert SecretReader().path_of(credential, "key") == tmp_path / "key"
    (tmp_path / "key").chmod(0o644)
    with pytest.raises(SecretError, match="0644"):
        SecretReader().path_of(credential, "key")


def test_neither_reader_nor_credential_shows_a_secret(tmp_path: Path) -> None:
    reader = SecretReader({"X": CANARY})
    credential = Credential("read", "snmp-community", {}, {"community": SecretReference("env", "X")})
    reader.of(credential, "community")
    assert CANARY not in repr(reader) + repr(credential) + str(credential)
