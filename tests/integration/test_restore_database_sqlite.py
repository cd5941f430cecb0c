"""An SQLite database really restored: beside the present file, or in its place when that was put aside."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from wenyam.cli.main import main
from wenyam.testing.backup_site import MAIN, SECRETS, BackupSite
from wenyam.testing.quick_key import make_quick

pytestmark = [pytest.mark.real, pytest.mark.long]
Verb = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BackupSite]:
    """Give a site with one backup of a database; each test finds the database as it was then."""
    site = BackupSite(tmp_path_factory.mktemp("site"))
    database = lay(site)
    site.job("app", "sqlite", path=str(database))
    site.job("share", "files", paths=[str(database)])
    site.configure()
    site.call("backup", "init", MAIN)
    make_quick(site.repositories[MAIN], SECRETS[MAIN])
    assert site.call("backup", "run", "--all", "--again").returncode == 0
    yield site
    assert site.chain_problem() == ""


def lay(site: BackupSite) -> Path:
    place = site.directory / "data"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    path = place / "ทะเบียน app.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1)")
    path.chmod(0o640)
    return path


@pytest.fixture
def database(site: BackupSite) -> Path:
    return lay(site)


@pytest.fixture
def verb(site: BackupSite, capsys: pytest.CaptureFixture[str]) -> Verb:
    def call(*words: str) -> tuple[int, str]:
        code = main(["--config", str(site.folder), "restore", "database", *words])
        said = capsys.readouterr()
        return code, said.out + said.err

    return call


def value(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        found: int = connection.execute("SELECT sum(a) FROM t").fetchone()[0]
        return found


def test_a_database_comes_back_beside_the_present_one_or_in_its_place(database: Path, verb: Verb) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE t SET a = 2")
        connection.commit()
        code, said = verb("app", "--in-place", "--confirm", str(database))
        assert (code, "is in use: a program (database is locked)" in said) == (1, True), said
    code, said = verb("app")
    assert code == 0, said
    (copy,) = database.parent.glob("*_restored_*.db")
    assert (value(copy), value(database), copy.stat().st_mode & 0o777) == (1, 2, 0o640)
    assert verb("app", "--in-place", "--confirm", database.name)[0] == 2
    assert verb("app", "--in-place", "--confirm", str(database))[0] == 0
    (kept,) = database.parent.glob("*_before_*.db")
    assert (value(kept), value(database)) == (2, 1)


def test_a_damaged_database_and_a_lost_one_are_replaced(database: Path, verb: Verb) -> None:
    database.write_bytes(b"no database " * 500)
    assert verb("app", "--in-place", "--confirm", str(database))[0] == 0
    assert value(database) == 1
    database.rename(f"{database}.gone")
    journal = Path(f"{database}-wal")
    journal.write_bytes(b"left behind")
    code, said = verb("app", "--as", str(database))
    assert (code, "exists and is not empty" in said) == (1, True), said
    assert verb("app", "--in-place", "--confirm", str(database))[0] == 0
    assert value(database) == 1
    assert any(path.read_bytes() == b"left behind" for path in database.parent.glob("*_before_*.db-wal"))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("app", "--port", "3"), "sqlite does not take --port"),
        (("app", "--as", "relative.db"), "is no absolute path"),
        (("share",), "share is no database (files); get its files back with: wenyam restore files share --to DIRECTORY"),
    ],
)
def test_what_cannot_be_meant_is_a_sentence(verb: Verb, words: tuple[str, ...], sentence: str) -> None:
    code, said = verb(*words)
    assert (code, sentence in said) == (2, True), said
