"""100,000 files with odd names, sparse files, links and rights through restic and back: equal, and how long each part takes."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from wenyam.backup.comparison import compare
from wenyam.backup.manifests import digest, from_bytes, to_bytes
from wenyam.backup.sources.files import FilesOptions, FilesSource
from wenyam.testing.backups import Restic, make_workplace

pytestmark = [pytest.mark.real, pytest.mark.long]
COUNT = 100_000
ODD = ("plain", "ไฟล์", "new\nline", "tab\t", "qu'o\"te", "-rf", "\udcff\udcfe", "sp ace", "%41")


def make_tree(top: Path) -> None:
    for number in range(COUNT):
        folder = top / f"{number % 250}"
        if number < 250:
            folder.mkdir(parents=True)
        path = folder / f"{ODD[number % len(ODD)]}-{number}"
        if number % 50 == 49:
            path.symlink_to(f"target {number}")
        elif number % 50 == 48:
            path.hardlink_to(top / f"{(number - 1) % 250}" / f"{ODD[(number - 1) % len(ODD)]}-{number - 1}")
        else:
            path.write_bytes(path.name.encode("utf-8", "surrogateescape") * 20)
            if number % 1000 == 10:
                os.truncate(path, 1 << 20)
            path.chmod(0o600 | number % 0o100)


@contextmanager
def timed(what: str, times: dict[str, float]) -> Iterator[None]:
    begun = time.monotonic()
    yield
    times[what] = time.monotonic() - begun


async def test_a_hundred_thousand_files_are_measured_stored_restored_and_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    top, times = tmp_path / "data", dict[str, float]()
    make_tree(top)
    source = FilesSource(FilesOptions(paths=(str(top),), exclude=("no such name", "*.none")))
    with timed("measure", times):
        dump = await source.dump(make_workplace(tmp_path, seconds=60))
    assert len(dump.manifest.parts["files"]) == COUNT + 251
    with timed("write, hash and read the manifest", times):
        assert from_bytes(to_bytes(dump.manifest)) == dump.manifest
        assert len(digest(dump.manifest)) == 64
    restic = Restic(tmp_path / "restic")
    with timed("store", times):
        restic.store(dump)
    fetched = tmp_path / "fetched"
    with timed("restore", times):
        restic.fetch(fetched)
    back = fetched / top.relative_to("/")
    broken = next(path for path in sorted((back / "7").iterdir()) if not path.is_symlink() and path.stat().st_nlink == 1)
    broken.chmod(0o777)
    async with source.restored(make_workplace(tmp_path, seconds=60), fetched, dump.manifest) as restored:
        with timed("measure again", times):
            again = await restored.manifest()
    with timed("compare", times):
        said = compare(dump.manifest, again)
    assert len(said) == 1
    assert "mode 0777, at backup time" in said[0]
    with capsys.disabled():
        print("".join(f"\n  {what}: {seconds:.2f} s" for what, seconds in times.items()))  # noqa: T201  # asked for
