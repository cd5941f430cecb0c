"""What doctor says of the status page: each trouble is caused, seen, put right and seen again."""

import os
from pathlib import Path

from wenyam.clock import SystemClock
from wenyam.operations.doctor_pages import status_page
from wenyam.operations.findings import Finding, Surroundings, Verdict
from wenyam.settings.loader import load

CONFIGURATION = """\
instance: {name: test, site: office}
sites: {office: }
people: {somchai: {name: Somchai}}
defaults: {owner: somchai, duty_officer: somchai}
"""


def look(folder: Path) -> list[Finding]:
    return list(status_page(Surroundings(SystemClock(), folder, load(folder))))


def test_nothing_is_said_where_no_page_is_wanted(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "wenyam.yaml").write_text(CONFIGURATION, encoding="utf-8")
    assert look(tmp_path) == []
    assert [found.verdict for found in status_page(Surroundings(SystemClock(), tmp_path, None))] == [Verdict.NOT_TESTED]


def test_a_missing_directory_a_page_never_written_and_an_old_one_are_told(tmp_path: Path) -> None:
    folder, place = tmp_path / "etc", tmp_path / "www"
    folder.mkdir(mode=0o755)
    (folder / "wenyam.yaml").write_text(f"{CONFIGURATION}status_page: {{directory: {place}}}\n", encoding="utf-8")
    (missing,) = look(folder)
    assert (missing.verdict, missing.sentence) == (Verdict.FAIL, f"{place} does not exist")
    assert str(place) in missing.advice
    place.mkdir()
    assert look(folder)[0].verdict is Verdict.NOT_TESTED
    page = place / "index.html"
    page.write_text("page", encoding="utf-8")
    assert look(folder)[0].verdict is Verdict.PASS
    before = SystemClock().now() / 1000 - 600
    os.utime(page, (before, before))
    (old,) = look(folder)
    assert (old.verdict, old.sentence) == (Verdict.FAIL, f"{page} is 10 m old, and one is due every 1 m")
    os.utime(page, (before + 7800, before + 7800))
    (ahead,) = look(folder)
    assert ahead.verdict is Verdict.FAIL
    assert "in the future" in ahead.sentence
