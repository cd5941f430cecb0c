"""Files restored where they were: what is in the way is kept in a named folder, what is not in the backup is left alone."""

import asyncio
import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wenyam.cli.main import main
from wenyam.operations.restore_records import BEGUN, RESTORED
from wenyam.testing.backup_site import MAIN, SECRETS, BackupSite, kill
from wenyam.testing.database_backups import until
from wenyam.testing.quick_key import make_quick

pytestmark = pytest.mark.real
Verb = Callable[[str], tuple[int, str]]
ODD = os.fsdecode("ชื่อ \n\t'\"".encode() + b"\xff")


def lay(site: BackupSite) -> Path:
    """Lay the files as they were when they were backed up."""
    place = site.directory / "data"
    for each in site.directory.glob("data*"):
        shutil.rmtree(each)
    (place / "sub" / "deep").mkdir(parents=True)
    (place / "sub").chmod(0o2750)
    for name, text in (("a.txt", "one"), ("sub/b.txt", "two"), (f"sub/{ODD}", "odd"), ("sub/deep/c.txt", "three")):
        (place / name).write_text(text, encoding="utf-8")
        os.utime(place / name, ns=(10**18, 10**18))
    (place / "a.txt").chmod(0o640)
    os.link(place / "a.txt", place / "sub" / "same.txt")
    (place / "link").symlink_to("sub/b.txt")
    return place


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BackupSite]:
    site = BackupSite(tmp_path_factory.mktemp("site"))
    place = lay(site)
    site.job("share", "files", paths=[str(place)])
    site.job("own", "own")
    site.configure()
    site.call("backup", "init", MAIN)
    make_quick(site.repositories[MAIN], SECRETS[MAIN])
    assert site.call("backup", "run", "share", "--again").returncode == 0
    yield site
    assert site.chain_problem() == ""


@pytest.fixture
def place(site: BackupSite) -> Path:
    return lay(site)


@pytest.fixture
def verb(site: BackupSite, capsys: pytest.CaptureFixture[str]) -> Verb:
    def call(words: str) -> tuple[int, str]:
        code = main(["--config", str(site.folder), "restore", "files", *shlex.split(words)])
        said = capsys.readouterr()
        return code, said.out + said.err

    return call


def kept_in(place: Path) -> Path:
    (found,) = place.parent.glob("data-before-*")
    return found


def test_what_changed_comes_back_and_what_was_there_is_kept(site: BackupSite, place: Path, verb: Verb) -> None:
    (place / "a.txt").write_text("later", encoding="utf-8")
    (place / "sub" / ODD).unlink()
    (place / "new.txt").write_text("not in the backup", encoding="utf-8")
    shutil.rmtree(place / "sub" / "deep")
    (place / "sub" / "deep").symlink_to("/etc")
    (place / "sub").chmod(0o700)
    (place / "link").unlink()
    (place / "link").mkdir()
    before = len(site.facts(BEGUN))
    code, said = verb("share --in-place --plan")
    assert (code, len(site.facts(BEGUN)), [*place.parent.glob("data-*")]) == (0, before, [])
    assert "4 things would be put aside and replaced:" in said, said
    assert f"    {place}/sub/deep\n" in said
    code, said = verb("share --in-place --confirm share")
    assert (code, "share: PASS: " in said) == (0, True), said
    assert (place / "a.txt").read_text(encoding="utf-8") == "one"
    assert (place / "a.txt").stat().st_ino == (place / "sub" / "same.txt").stat().st_ino
    assert ((place / "sub").stat().st_mode & 0o7777, (place / "link").readlink()) == (0o2750, Path("sub/b.txt"))
    assert (place / "sub" / "deep" / "c.txt").read_text(encoding="utf-8") == "three"
    assert (place / "new.txt").read_text(encoding="utf-8") == "not in the backup"
    kept = kept_in(place)
    assert ((kept / "a.txt").read_text(encoding="utf-8"), (kept / "sub" / "deep").readlink()) == ("later", Path("/etc"))
    assert not (kept / "sub" / "b.txt").exists()
    assert [*place.parent.glob(".data-restoring-*")] == []
    body = site.facts(RESTORED)[-1].fact.body
    assert (body["verdict"], body["kept"]) == ("pass", 4)
    code, said = verb("share --in-place --confirm share")
    assert (code, "nothing to do: " in said) == (0, True), said


def test_only_what_is_included_is_touched_and_a_lost_tree_comes_back(place: Path, verb: Verb) -> None:
    (place / "a.txt").write_text("later", encoding="utf-8")
    shutil.rmtree(place / "sub" / "deep")
    assert verb(f"share --in-place --confirm share --include {place}/sub/deep")[0] == 0
    assert (place / "sub" / "deep" / "c.txt").exists()
    assert (place / "a.txt").read_text(encoding="utf-8") == "later"
    shutil.rmtree(place)
    code, said = verb("share --in-place --confirm share")
    assert code == 0, said
    assert (place / "sub" / ODD).read_text(encoding="utf-8") == "odd"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("share --in-place", "is replaced only when somebody types its name"),
        ("share --in-place --confirm shared", "the name is 'share', not 'shared'; nothing was changed"),
        ("share --in-place --include /nosuch", "nothing in the backup is named /nosuch"),
        ("own --in-place", "holds no files but a dump (own)"),
        ("share --to /tmp/x --confirm share", "--confirm belongs to --in-place"),
    ],
)
def test_what_cannot_be_meant_changes_nothing(place: Path, verb: Verb, words: str, sentence: str) -> None:
    (place / "a.txt").write_text("later", encoding="utf-8")
    code, said = verb(words)
    assert (code, sentence in said) == (2, True), said
    assert ((place / "a.txt").read_text(encoding="utf-8"), [*place.parent.glob("data-*")]) == ("later", [])


def test_a_mounted_file_system_is_refused(site: BackupSite, place: Path) -> None:
    alone = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "-m"]
    mount = f'mount -t tmpfs tmpfs {place}/sub && exec "$@"'
    words = [*alone, "sh", "-c", mount, "sh", *site.command("restore", "files", "share", "--in-place", "--plan")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, f"a file system is mounted at {place}/sub" in done.stderr) == (2, True), done.stderr


def test_a_plan_for_another_place_makes_nothing(site: BackupSite, place: Path, verb: Verb) -> None:
    code, said = verb(f"share --to {site.directory}/elsewhere --plan")
    assert (code, f"would be laid into {site.directory}/elsewhere" in said, "share: 7 files (" in said) == (0, True, True), said
    assert not (site.directory / "elsewhere").exists()
    assert verb(f"share --to {place} --plan")[0] == 2


@pytest.mark.long
def test_a_restore_that_was_killed_leaves_everything_and_the_next_one_says_so(site: BackupSite, place: Path) -> None:
    for number in range(1000):
        (place / f"n{number}").touch()
    site.call("backup", "run", "share", "--again")
    for number in range(1000):
        (place / f"n{number}").write_text("later", encoding="utf-8")
    process = site.start("restore", "files", "share", "--in-place", "--confirm", "share")
    try:
        begun = until(lambda: any(each.is_dir() and any(each.iterdir()) for each in place.parent.glob("data-before-*")), 90)
        asyncio.run(begun)
    finally:
        kill(process)
    kept = kept_in(place)
    for number in range(1000):
        texts = {path.read_text(encoding="utf-8") for path in (place / f"n{number}", kept / f"n{number}") if path.exists()}
        assert "later" in texts
        assert (place / f"n{number}").exists()
    done = site.call("restore", "files", "share", "--in-place", "--plan")
    assert "did not end; it left: " in done.stdout, done.stdout
    assert str(kept) in done.stdout
    assert site.call("restore", "files", "share", "--in-place", "--confirm", "share").returncode == 0
