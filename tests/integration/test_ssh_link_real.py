"""The SSH link against a real OpenSSH server: keys, host keys, passwords, hanging and huge commands."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from wenyam.clock import SystemClock
from wenyam.errors import (
    BudgetSpentError,
    CollectError,
    ConnectionRefusedByDeviceError,
    CredentialsRefusedError,
    HostKeyChangedError,
    HostKeyUnknownError,
    NoAnswerError,
    SecretError,
    UnknownHostError,
)
from wenyam.links.host_keys import shown_key
from wenyam.links.programs import Completed
from wenyam.links.ssh import SshPool
from wenyam.model.inventory import Credential, SecretReference
from wenyam.settings.secrets import SecretReader
from wenyam.testing.collecting import make_credential
from wenyam.testing.sshd import Sshd

pytestmark = pytest.mark.real
CLOCK = SystemClock()


@pytest.fixture(scope="module")
def sshd() -> Iterator[Sshd]:
    with Sshd(passwords={"watcher": "s3cret"}) as server:
        yield server


@pytest_asyncio.fixture
async def pool(sshd: Sshd) -> AsyncIterator[SshPool]:
    made = _pool(sshd.known_hosts)
    yield made
    await made.close()


def _pool(known_hosts: Path) -> SshPool:
    return SshPool(CLOCK, SecretReader({}), str(known_hosts))


def _key(server: Sshd, path: Path | None = None, passphrase: SecretReference | None = None) -> Credential:
    secrets = {"key": SecretReference("file", str(path or server.client_key))}
    if passphrase is not None:
        secrets["passphrase"] = passphrase
    return Credential("test-key", "ssh-key", {"username": server.username}, secrets)


async def _run(
    pool: SshPool, server: Sshd, command: Sequence[str], credential: Credential | None = None, seconds: float = 10.0
) -> Completed:
    return await pool.run(
        server.address, server.port, credential or _key(server), command, CLOCK.monotonic() + seconds, output_limit=100_000
    )


async def test_a_command_brings_both_outputs_and_its_status(pool: SshPool, sshd: Sshd) -> None:
    done = await _run(pool, sshd, ["sh", "-c", "echo out; echo err >&2; exit 3"])
    assert (done.stdout, done.stderr, done.exit_status) == (b"out\n", b"err\n", 3)
    assert done.started <= done.ended


@pytest.mark.parametrize("word", ["; id", "$(id)", "`id`", "a b", "'", '"', "\\", "|", "&", "a\nb", "ไทย", "*"])
async def test_no_word_whatever_is_seen_by_a_shell(pool: SshPool, sshd: Sshd, word: str) -> None:
    assert (await _run(pool, sshd, ["printf", "%s", word])).stdout == word.encode()


async def test_the_connection_is_kept_between_commands(pool: SshPool, sshd: Sshd) -> None:
    first, second = [(await _run(pool, sshd, ["printenv", "SSH_CONNECTION"])).stdout for _ in range(2)]
    assert first == second


async def test_ten_commands_at_once_share_one_connection(pool: SshPool, sshd: Sshd) -> None:
    done = await asyncio.gather(*(_run(pool, sshd, ["printenv", "SSH_CONNECTION"]) for _ in range(10)))
    assert len({completed.stdout for completed in done}) == 1


async def test_a_connection_that_the_server_ended_is_made_anew(pool: SshPool) -> None:
    with Sshd() as own:
        own_pool = _pool(own.known_hosts)
        await _run(own_pool, own, ["true"])
        own.stop()
        with pytest.raises(ConnectionRefusedByDeviceError):
            await _run(own_pool, own, ["true"])
        own.start()
        assert (await _run(own_pool, own, ["echo", "back"])).stdout == b"back\n"
        await own_pool.close()


async def test_a_hanging_command_ends_at_the_deadline_and_the_error_says_it_may_still_run(pool: SshPool, sshd: Sshd) -> None:
    begun = time.monotonic()
    with pytest.raises(NoAnswerError, match="may still be running"):
        await _run(pool, sshd, ["sleep", "60"], seconds=1.0)
    assert time.monotonic() - begun < 2
    assert (await _run(pool, sshd, ["echo", "good"])).stdout == b"good\n"


async def test_a_command_that_closes_its_outputs_and_hangs_ends_at_the_deadline(pool: SshPool, sshd: Sshd) -> None:
    begun = time.monotonic()
    with pytest.raises(NoAnswerError):
        await _run(pool, sshd, ["sh", "-c", "exec sleep 60 >&- 2>&-"], seconds=1.0)
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("script", ["yes", "yes >&2", "head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2"])
async def test_huge_output_is_cut_off(pool: SshPool, sshd: Sshd, script: str) -> None:
    with pytest.raises(BudgetSpentError, match="more than 100000 bytes"):
        await _run(pool, sshd, ["sh", "-c", script])
    assert (await _run(pool, sshd, ["echo", "good"])).stdout == b"good\n"


async def test_a_frozen_server_is_silence_and_frees_the_caller(sshd: Sshd) -> None:
    with Sshd() as own:
        own_pool = _pool(own.known_hosts)
        await _run(own_pool, own, ["true"])
        own.freeze()
        begun = time.monotonic()
        other = _pool(own.known_hosts)
        with pytest.raises(NoAnswerError):
            await _run(other, own, ["true"], seconds=1.0)
        assert time.monotonic() - begun < 2
        own.thaw()
        assert (await _run(other, own, ["true"])).exit_status == 0
        await own_pool.close()
        await other.close()


async def test_an_unknown_host_key_is_refused_with_the_line_that_records_it(sshd: Sshd, tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    pool = _pool(known)
    with pytest.raises(HostKeyUnknownError) as unknown:
        await _run(pool, sshd, ["true"])
    assert sshd.fingerprint in str(unknown.value)
    scanned = await shown_key(known, sshd.address, sshd.port, 10.0)
    assert scanned.fingerprint == sshd.fingerprint
    assert scanned.line in str(unknown.value)
    known.write_text(scanned.line + "\n", encoding="ascii")
    assert (await _run(pool, sshd, ["true"])).exit_status == 0
    await pool.close()


async def test_a_changed_host_key_stops_the_login_and_shows_both_fingerprints(tmp_path: Path) -> None:
    with Sshd() as own:
        recorded = tmp_path / "known_hosts"
        recorded.write_text(own.host_key_line, encoding="ascii")
        before = own.fingerprint
        own.rotate_host_key()
        pool = _pool(recorded)
        unreadable = _key(own, tmp_path / "never-read")
        with pytest.raises(HostKeyChangedError) as changed:
            await _run(pool, own, ["true"], unreadable)  # the key is not even read
        assert before in str(changed.value)
        assert own.fingerprint in str(changed.value)
        recorded.write_text(own.host_key_line, encoding="ascii")
        assert (await _run(pool, own, ["true"])).exit_status == 0
        await pool.close()


async def test_a_password_is_accepted_refused_and_accepted_again(pool: SshPool, sshd: Sshd, tmp_path: Path) -> None:
    good = make_credential(tmp_path, "ssh-password", "watcher", password="s3cret")
    assert (await _run(pool, sshd, ["true"], good)).exit_status == 0
    other = _pool(sshd.known_hosts)
    wrong = make_credential(tmp_path, "ssh-password", "watcher", password="canary-wrong")
    with pytest.raises(CredentialsRefusedError, match="test-login") as refused:
        await _run(other, sshd, ["true"], wrong)
    assert "canary" not in f"{refused.value} {refused.value!r} {refused.value.__cause__!r}"
    good = make_credential(tmp_path, "ssh-password", "watcher", password="s3cret")
    assert (await _run(other, sshd, ["true"], good)).exit_status == 0
    await other.close()


async def test_a_key_that_is_not_authorised_is_refused_until_it_is(sshd: Sshd) -> None:
    pool = _pool(sshd.known_hosts)
    stranger = sshd.make_key("stranger")
    with pytest.raises(CredentialsRefusedError, match="test-key"):
        await _run(pool, sshd, ["true"], _key(sshd, stranger))
    sshd.authorise(stranger)
    assert (await _run(pool, sshd, ["true"], _key(sshd, stranger))).exit_status == 0
    await pool.close()


async def test_a_key_file_that_is_absent_open_to_others_or_no_key_is_named(sshd: Sshd, tmp_path: Path) -> None:
    pool = _pool(sshd.known_hosts)
    with pytest.raises(SecretError, match="No such file"):
        await _run(pool, sshd, ["true"], _key(sshd, tmp_path / "absent"))
    wide = sshd.make_key("wide")
    wide.chmod(0o644)
    with pytest.raises(SecretError, match="chmod 0600"):
        await _run(pool, sshd, ["true"], _key(sshd, wide))
    rubbish = tmp_path / "rubbish"
    rubbish.touch(0o600)
    rubbish.write_text("no key", encoding="ascii")
    with pytest.raises(SecretError, match="cannot be read"):
        await _run(pool, sshd, ["true"], _key(sshd, rubbish))
    await pool.close()


async def test_an_encrypted_key_needs_its_passphrase(sshd: Sshd, tmp_path: Path) -> None:
    pool = _pool(sshd.known_hosts)
    key = sshd.make_key("encrypted", "open sesame")
    sshd.authorise(key)
    with pytest.raises(SecretError, match="passphrase"):
        await _run(pool, sshd, ["true"], _key(sshd, key))
    for text, accepted in (("canary-wrong", False), ("open sesame", True)):
        secret = tmp_path / "passphrase"
        secret.touch(0o600)
        secret.write_text(text, encoding="utf-8")
        credential = _key(sshd, key, SecretReference("file", str(secret)))
        if accepted:
            assert (await _run(pool, sshd, ["true"], credential)).exit_status == 0
        else:
            with pytest.raises(SecretError, match="wrong"):
                await _run(pool, sshd, ["true"], credential)
    await pool.close()


@pytest.mark.parametrize(
    "setting", ["KexAlgorithms diffie-hellman-group14-sha1", "HostKeyAlgorithms ssh-rsa", "Ciphers aes128-cbc", "MACs hmac-sha1"]
)
async def test_old_algorithms_are_used_only_with_legacy_crypto(setting: str) -> None:
    with Sshd(settings=[setting], host_key_type="rsa") as old:
        pool = _pool(old.known_hosts)
        with pytest.raises(CollectError, match="legacy_crypto"):
            await _run(pool, old, ["true"])
        done = await pool.run(old.address, old.port, _key(old), ["echo", "old"], CLOCK.monotonic() + 10, legacy_crypto=True)
        assert done.stdout == b"old\n"
        await pool.close()


async def test_what_is_no_ssh_server_is_said_so(tmp_path: Path) -> None:
    from wenyam.testing.nginx import Nginx  # noqa: PLC0415  # one test needs a server that speaks something else

    pool = _pool(tmp_path / "known_hosts")
    with Nginx() as web:
        login = make_credential(tmp_path, "ssh-password", "x", password="x")
        with pytest.raises(CollectError, match=r"does not speak SSH|closed during|no handshake"):
            await pool.run(web.address, web.http_port, login, ["true"], CLOCK.monotonic() + 3)
    await pool.close()


async def test_a_closed_port_and_an_unknown_name_have_their_own_errors(tmp_path: Path) -> None:
    pool = _pool(tmp_path / "known_hosts")
    login = make_credential(tmp_path, "ssh-password", "x", password="x")
    with pytest.raises(ConnectionRefusedByDeviceError):
        await pool.run("127.0.0.1", 1, login, ["true"], CLOCK.monotonic() + 3)
    with pytest.raises(UnknownHostError):
        await pool.run("nosuch.invalid", 22, login, ["true"], CLOCK.monotonic() + 3)
    await pool.close()
