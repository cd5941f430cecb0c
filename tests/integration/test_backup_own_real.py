"""Wenyam's own database and configuration: stored by restic, verified to the last fact, and no secret inside unless asked for."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from wenyam.backup.comparison import LEFT_OUT, compare
from wenyam.backup.contract import Dump
from wenyam.backup.sources.own import OwnOptions, OwnSource
from wenyam.clock import SystemClock
from wenyam.errors import RestoreError, SourceError
from wenyam.model.backup import Manifest
from wenyam.model.facts import Fact
from wenyam.model.instants import Instant
from wenyam.settings.starter import write_starter
from wenyam.store.sqlite import open_writer
from wenyam.store.writer import SqliteWriter
from wenyam.testing.backups import Restic, make_workplace

pytestmark = pytest.mark.real
CANARY = "canary-of-a-secret"


@pytest.fixture(scope="module")
def restic(tmp_path_factory: pytest.TempPathFactory) -> Restic:
    return Restic(tmp_path_factory.mktemp("restic"))


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[SqliteWriter]:
    """Make an installation in use: a database with facts whose writer is open, a configuration, secrets, host keys."""
    folder = tmp_path / "etc"
    write_starter(folder)
    (folder / "secrets/password").touch(0o600)
    (folder / "secrets/password").write_text(CANARY, encoding="ascii")
    (folder / "loose-key").touch(0o600)
    (folder / "loose-key").write_text(CANARY, encoding="ascii")
    (tmp_path / "outside").touch(0o600)
    (tmp_path / "outside").write_text(CANARY, encoding="ascii")
    (folder / "credentials.yaml").write_text(
        "credentials:\n"
        "  inside: {kind: ssh-password, username: u, password: 'file:secrets/password'}\n"
        f"  outside: {{kind: ssh-password, username: u, password: 'file:{tmp_path}/outside'}}\n",
        encoding="utf-8",
    )
    (folder / "credentials.yaml").chmod(0o644)
    (folder / "authority.pem").write_text("everybody may read this", encoding="ascii")
    (folder / "authority.pem").chmod(0o644)
    (tmp_path / "known_hosts").write_text("host ssh-ed25519 AAAA\n", encoding="ascii")
    opened = open_writer(tmp_path / "state", SystemClock(), "lab", ballast_bytes=0)
    for number in range(20):
        opened.append(Fact("note", Instant(number), "p1", {"text": f"ข้อ {number}"}))
    yield opened
    opened.close()


async def dump_of(folder: Path, **options: bool) -> Dump:
    config = OwnOptions(state_directory=f"{folder}/state", configuration=f"{folder}/etc", **options)
    return await OwnSource(config).dump(make_workplace(folder))


async def measured(folder: Path, root: Path, manifest: Manifest) -> Manifest:
    async with OwnSource(OwnOptions()).restored(make_workplace(folder), root, manifest) as restored:
        assert await restored.answer("SELECT count(*) FROM fact") != ""
        return await restored.manifest()


def all_bytes(place: Path) -> bytes:
    return b"".join(path.read_bytes() for path in place.rglob("*") if path.is_file())


@pytest.mark.usefixtures("writer")
async def test_everything_comes_back_and_no_secret_was_stored(tmp_path: Path, restic: Restic) -> None:
    dump = await dump_of(tmp_path)
    parts = dump.manifest.parts
    configured = {f"configuration/{path.name}" for path in (tmp_path / "etc").glob("*.yaml")}
    assert set(parts["files"]) == {"state/wenyam.db", "known_hosts", "configuration/authority.pem", *configured}
    assert "configuration/credentials.yaml" in configured
    assert parts[LEFT_OUT] == {
        "configuration/secrets/password": "a secret",
        "configuration/loose-key": "may be a secret: only its owner may read it",
    }
    assert parts["chain"]["instance"] == "lab"
    assert int(parts["chain"]["facts"]) >= 20
    assert CANARY.encode() not in all_bytes(tmp_path / "spool")
    restic.store(dump)
    root = restic.fetch(tmp_path / "fetched")
    assert compare(dump.manifest, await measured(tmp_path, root, dump.manifest)) == ()


@pytest.mark.usefixtures("writer")
async def test_secrets_are_stored_when_that_is_asked_for(tmp_path: Path) -> None:
    dump = await dump_of(tmp_path, include_secrets=True)
    files = dump.manifest.parts["files"]
    assert {"configuration/secrets/password", "configuration/loose-key", f"secrets{tmp_path}/outside"} <= files.keys()
    assert LEFT_OUT not in dump.manifest.parts
    assert CANARY.encode() in all_bytes(tmp_path / "spool")


async def test_a_rewritten_fact_a_changed_file_and_a_broken_configuration_are_red(tmp_path: Path, writer: SqliteWriter) -> None:
    dump = await dump_of(tmp_path)
    writer.append(Fact("note", Instant(99), "p1", {"text": "later"}))
    root = tmp_path / "fetched"
    inside = root / str(tmp_path / "spool/job").lstrip("/")
    inside.parent.mkdir(parents=True)
    (tmp_path / "spool/job").rename(inside)
    (tmp_path / "spool/job").mkdir(mode=0o700)
    assert compare(dump.manifest, await measured(tmp_path, root, dump.manifest)) == ()
    (inside / "known_hosts").write_text("another", encoding="ascii")
    assert (
        "files of known_hosts: size 7, at backup time 22"
        in compare(dump.manifest, await measured(tmp_path, root, dump.manifest))[0]
    )
    text = (inside / "configuration/wenyam.yaml").read_text(encoding="utf-8")
    (inside / "configuration/wenyam.yaml").write_text(text + "\nnonsense: 1\n", encoding="utf-8")
    with pytest.raises(RestoreError, match="nonsense"):
        await measured(tmp_path, root, dump.manifest)
    (inside / "configuration/wenyam.yaml").write_text(text, encoding="utf-8")
    assert (await measured(tmp_path, root, dump.manifest)).items
    with closing(sqlite3.connect(inside / "state/wenyam.db", isolation_level=None)) as connection:
        triggers = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'fact'"
        ).fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE fact SET text = replace(text, 'ข้อ 3', 'ข้อ 4')")
        for _, statement in triggers:
            connection.execute(statement)
    with pytest.raises(RestoreError, match="does not follow from the one before: it was changed"):
        await measured(tmp_path, root, dump.manifest)
    (inside / "state/wenyam.db").unlink()
    with pytest.raises(RestoreError, match="did not come back"):
        await measured(tmp_path, root, dump.manifest)


async def test_what_is_missing_at_the_source_is_a_sentence(tmp_path: Path, writer: SqliteWriter) -> None:
    writer.append(Fact("note", Instant(99), "p1", {"text": "x"}))
    config = OwnOptions(state_directory=f"{tmp_path}/absent", configuration=f"{tmp_path}/etc")
    with pytest.raises(SourceError, match=f"{tmp_path}/absent does not exist"):
        await OwnSource(config).dump(make_workplace(tmp_path))
    config = OwnOptions(state_directory=f"{tmp_path}/state", configuration=f"{tmp_path}/absent")
    with pytest.raises(SourceError, match=f"there is no folder {tmp_path}/absent"):
        await OwnSource(config).dump(make_workplace(tmp_path))
