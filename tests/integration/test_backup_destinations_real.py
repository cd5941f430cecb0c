"""Repositories on other machines: SFTP over a real OpenSSH server, REST over a real rclone that deletes nothing."""

import asyncio
import contextlib
import os
import time
from pathlib import Path

import pytest

from wenyam.backup.contract import no_progress
from wenyam.backup.repositories.restic import ResticRepository
from wenyam.errors import RepositoryAbsentError, RepositoryError, RepositoryRefusedError, RepositoryUnreachableError, SecretError
from wenyam.links.pools import Links
from wenyam.model.backup import RepositoryPlan
from wenyam.model.inventory import Credential, SecretReference
from wenyam.testing.certificates import TestAuthority
from wenyam.testing.collecting import make_credential
from wenyam.testing.quick_key import make_quick
from wenyam.testing.rclone import USER, RcloneServer
from wenyam.testing.repositories import NAMES, dump_of, lay_empty, make_plan, odd_files, opened
from wenyam.testing.sshd import Sshd

pytestmark = pytest.mark.real
SFTP = ("Subsystem sftp internal-sftp",)
PASSWORD = "canary/ pass:word@%41ไทย"


def _ssh_key(server: Sshd, key: Path | None = None) -> Credential:
    reference = SecretReference("file", str(key or server.client_key))
    return Credential("dr-login", "ssh-key", {"username": server.username}, {"key": reference})


def _sftp_plan(folder: Path, server: Sshd, name: str = "dr") -> RepositoryPlan:
    (folder / "far").mkdir(exist_ok=True)
    return make_plan(folder, "sftp", name, host=server.address, port=server.port, path=str(folder / "far" / name))


async def _created(repository: ResticRepository, place: Path, links: Links) -> ResticRepository:
    await repository.prepare(create=True)
    make_quick(place, links.secrets.read(repository._plan.key))
    return repository


def _command_lines() -> str:
    """Return the arguments of every process of the machine, as any of its users can read them."""
    shown = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            shown.append(path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
    return "\n".join(shown)


async def _round_trip(repository: ResticRepository, folder: Path) -> str:
    source = odd_files(folder)
    storing = repository.store(dump_of(source), job="files", run="r1", progress=no_progress, seconds=60)
    task, seen = asyncio.create_task(storing), ""
    while not task.done():
        seen += _command_lines()
        await asyncio.sleep(0.02)
    stored = await task
    assert "restic backup --cache-dir" in seen
    assert "canary" not in seen
    assert "key of" not in seen
    await repository.fetch(stored.snapshot, folder / "back", seconds=60)
    back = folder / "back" / source.relative_to("/")
    assert {os.fsencode(path.name): path.read_bytes() for path in back.iterdir()} == {name: name for name in NAMES}
    await repository.verify((1, 1), 60)
    return (await repository.listing(stored.snapshot)).snapshot.id


async def test_a_repository_at_the_other_site_over_sftp(tmp_path: Path, links: Links) -> None:
    with Sshd(settings=SFTP) as server:
        (tmp_path / "known_hosts").write_text(server.host_key_line, encoding="ascii")
        plan = _sftp_plan(tmp_path, server)
        repository = opened(plan, links, tmp_path, _ssh_key(server))
        with pytest.raises(RepositoryAbsentError, match=f"place: dr: sftp://127.0.0.1:{server.port}/"):
            await repository.prepare(create=False)
        await _created(repository, tmp_path / "far" / "dr", links)
        await _round_trip(repository, tmp_path)
        free = await repository.free_bytes()
        assert free is not None
        assert 0 < free < 1 << 60
        lost = opened(make_plan(tmp_path, "sftp", "x", host=server.address, port=server.port, path="/nowhere/x"), links, tmp_path,
                      _ssh_key(server))  # fmt: skip
        with pytest.raises(RepositoryAbsentError, match=r"/nowhere: stat remote: No such file"):
            await lost.prepare(create=True)


@pytest.mark.long
async def test_sftp_trusts_only_the_host_key_on_record_and_only_keys(tmp_path: Path, links: Links) -> None:
    known_hosts = tmp_path / "known_hosts"
    with Sshd(settings=SFTP) as server:
        repository = opened(_sftp_plan(tmp_path, server), links, tmp_path, _ssh_key(server))
        with pytest.raises(RepositoryRefusedError, match=r"host key is known for .*wenyam hostkey"):
            await repository.prepare(create=True)
        known_hosts.write_text(server.host_key_line, encoding="ascii")
        stranger = opened(_sftp_plan(tmp_path, server), links, tmp_path, _ssh_key(server, server.make_key("stranger")))
        with pytest.raises(RepositoryRefusedError, match=r"Permission denied \(publickey\)"):
            await stranger.prepare(create=True)
        lay_empty(tmp_path / "far" / "dr", repository._plan.key)
        await repository.prepare(create=False)
        server.rotate_host_key()
        with pytest.raises(RepositoryRefusedError, match=r"HAS CHANGED|has changed") as caught:
            await repository.prepare(create=False)
        assert "console" in caught.value.advice
        with pytest.raises(RepositoryRefusedError, match=r"HAS CHANGED|has changed"):
            await repository.snapshots()  # restic itself says no more than EOF here
        known_hosts.write_text(server.host_key_line, encoding="ascii")
        await repository.prepare(create=False)
        server.stop()
        with pytest.raises(RepositoryUnreachableError, match=r"[Cc]onnection refused"):
            await repository.prepare(create=False)
        server.start()
        await repository.prepare(create=False)


@pytest.mark.long
async def test_a_copy_goes_from_one_sftp_server_to_another_each_with_its_own_key(tmp_path: Path, links: Links) -> None:
    with Sshd(settings=SFTP) as main, Sshd(settings=SFTP) as away:
        (tmp_path / "known_hosts").write_text(main.host_key_line + away.host_key_line, encoding="ascii")
        first = opened(_sftp_plan(tmp_path, main, "near"), links, tmp_path, _ssh_key(main))
        second = opened(_sftp_plan(tmp_path, away, "far"), links, tmp_path, _ssh_key(away))
        lay_empty(tmp_path / "far" / "near", first._plan.key)
        await second.create(first)
        make_quick(tmp_path / "far" / "far", links.secrets.read(second._plan.key))
        stored = await first.store(dump_of(odd_files(tmp_path)), job="files", run="r1", progress=no_progress, seconds=60)
        snapshot = (await first.listing(stored.snapshot)).snapshot.id
        await first.copy_to(second, [snapshot], 60)
        assert [one.original for one in await second.snapshots()] == [snapshot]
        away.stop()
        with pytest.raises(RepositoryUnreachableError, match=f"port {away.port}: Connection refused"):
            await first.copy_to(second, [snapshot], 60)
    assert list((tmp_path / "cache").glob("ssh-*")) == []


@pytest.mark.long
async def test_sftp_refuses_logins_that_it_cannot_use(tmp_path: Path, links: Links) -> None:
    plan = make_plan(tmp_path, "sftp", "dr", host="127.0.0.1", path="/far/dr")
    with pytest.raises(RepositoryError, match="needs a credential of kind ssh-key"):
        await opened(plan, links, tmp_path).prepare(create=False)
    password = make_credential(tmp_path, "ssh-password", "root", password="x")
    with pytest.raises(RepositoryError, match="'test-login' is of kind ssh-password, not ssh-key"):
        await opened(plan, links, tmp_path, password).prepare(create=False)
    locked = make_credential(tmp_path, "ssh-key", "root", key="x", passphrase="y")
    with pytest.raises(RepositoryError, match="has a pass phrase"):
        await opened(plan, links, tmp_path, locked).prepare(create=False)
    odd = make_credential(tmp_path, "ssh-key", "root -oProxyCommand=x", key="x")
    with pytest.raises(RepositoryError, match="has characters that ssh would misread"):
        await opened(plan, links, tmp_path, odd).prepare(create=False)
    (tmp_path / "secret-key").chmod(0o644)
    with pytest.raises(SecretError, match="lets others read it"):
        await opened(plan, links, tmp_path, odd).prepare(create=False)


async def test_a_server_that_deletes_nothing_keeps_what_it_was_given(tmp_path: Path, links: Links) -> None:
    credential = make_credential(tmp_path, "http-basic", USER, password=PASSWORD)
    with RcloneServer(PASSWORD) as server:
        plan = make_plan(tmp_path, "rest", "vault", url=server.url)
        repository = opened(plan, links, tmp_path, credential, append_only=True)
        await _created(repository, server.data / "repository", links)
        snapshot = await _round_trip(repository, tmp_path)
        assert await repository.free_bytes() is None
        with pytest.raises(RepositoryError, match="vault: is append-only"):
            await repository.forget([snapshot], prune=True, seconds=60)
        rash = opened(plan, links, tmp_path, credential)
        begun = time.monotonic()
        with pytest.raises(
            RepositoryRefusedError, match=f"vault: the server does not let us remove snapshot/{snapshot[:10]}"
        ) as caught:
            await rash.forget([snapshot], prune=True, seconds=900)  # restic itself would try for a quarter of an hour
        assert time.monotonic() - begun < 60
        assert "say append_only: true" in str(caught.value)
        assert "canary" not in str(caught.value)
        assert await repository.locks.all() == ()
        assert [one.id for one in await repository.snapshots()] == [snapshot]


@pytest.mark.long
async def test_a_server_that_is_gone_or_knows_us_not_is_said_at_once(tmp_path: Path, links: Links) -> None:
    credential = make_credential(tmp_path, "http-basic", USER, password=PASSWORD)
    (tmp_path / "bad").mkdir()
    wrong = make_credential(tmp_path / "bad", "http-basic", USER, password="canary-wrong")
    authority = TestAuthority(tmp_path / "authority")
    with RcloneServer(PASSWORD, certificate=authority.issue("vault", "127.0.0.1")) as server:
        plan = make_plan(tmp_path, "rest", "vault", url=server.url, authority=str(authority.certificate))
        repository = opened(plan, links, tmp_path, credential)
        lay_empty(server.data / "repository", plan.key)
        await repository.prepare(create=False)
        with pytest.raises(RepositoryRefusedError, match="401 Unauthorized") as caught:
            await opened(plan, links, tmp_path, wrong).prepare(create=False)
        assert "canary" not in str(caught.value)
        untrusting = make_plan(tmp_path, "rest", "vault", url=server.url)
        with pytest.raises(RepositoryRefusedError, match="x509"):
            await opened(untrusting, links, tmp_path, credential).prepare(create=False)
        server.stop()
        with pytest.raises(RepositoryUnreachableError, match=f"{server.port}"):
            await repository.snapshots()
        server.start()
        await repository.prepare(create=False)
