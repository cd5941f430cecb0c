"""The pages of backups, of one job and of restore tests."""

from dataclasses import replace
from pathlib import Path

import pytest

from wenyam.model.backup import Verdict
from wenyam.model.instants import after
from wenyam.testing.pictures import NOW, FixedSource, picture
from wenyam.testing.pictures_backups import view
from wenyam.testing.screens import require_same, settled, text_of
from wenyam.tui.actions.run_job import run_job
from wenyam.tui.app import WenyamApp
from wenyam.tui.picture import Picture

SNAPSHOTS = Path(__file__).parent / "snapshots"


def app_of(shown: Picture, language: str = "en", first: str = "backups") -> WenyamApp:
    return WenyamApp(FixedSource(shown), shown, language, first)


@pytest.mark.parametrize(("page", "language", "size"), [
    ("backups", "en", (80, 24)), ("backups", "th", (160, 48)), ("restores", "th", (80, 24)), ("restores", "en", (160, 48)),
])  # fmt: skip
async def test_backups_and_proofs_look_as_reviewed(page: str, language: str, size: tuple[int, int]) -> None:
    app = app_of(picture(backups=view()), language, page)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        require_same(app, SNAPSHOTS / f"{page}-{size[0]}-{language}.svg")


async def test_trouble_comes_first_with_its_reasons_and_what_is_not_covered_is_said() -> None:
    app = app_of(picture(backups=view()))
    async with app.run_test(size=(160, 40)) as pilot:
        await settled(pilot)
        shown = text_of(app)
        assert shown.index("files") < shown.index("erp-db")
        assert "✖ last restore test: fail: 12 rows of register.person are missing" in shown
        assert "✖ never backed up" in shown
        assert "device:nas-1: covered by no job" in shown


async def test_enter_opens_the_job_with_its_history_and_escape_goes_back() -> None:
    app = app_of(picture(backups=view()))
    async with app.run_test(size=(160, 48)) as pilot:
        await settled(pilot)
        await pilot.press("slash", *"files", "enter", "enter")
        await settled(pilot)
        shown = text_of(app)
        assert "Restore tests (2)" in shown
        assert "✖ incomplete" in shown
        assert "locked by pid 4711" in shown
        await pilot.press("escape")
        await settled(pilot)
        assert app.page is not None
        assert app.page.NAME == "backups"


async def test_what_was_never_proven_stands_first_among_the_proofs() -> None:
    app = app_of(picture(backups=view()), first="restores")
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        shown = text_of(app)
        assert shown.index("core-1-config") < shown.index("files") < shown.index("erp-db")
        assert "✖ too old" in shown
        assert "confirmed by Somchai Rakngan" in shown


async def test_a_reason_that_is_longer_than_the_terminal_says_so_and_is_read_below() -> None:
    found = view()
    line = replace(found.lines[0], troubles=("last run: " + "the disk of the spool is full " * 5,))
    app = app_of(picture(backups=replace(found, lines=(line,))))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("down")
        lines = text_of(app).splitlines()
        assert next(each for each in lines if "✖ last run" in each).endswith("…")
        assert "full" in lines[-2]


async def test_a_job_whose_last_restore_test_failed_is_not_shown_as_proven() -> None:
    found = view()
    line = next(each for each in found.lines if each.job.name == "erp-db")
    failed = replace(line.history.restores[-1], verdict=Verdict.FAIL, problem="12 rows are missing", at=after(NOW, -60))
    history = replace(line.history, restores=[*line.history.restores, failed])
    app = app_of(picture(backups=replace(found, lines=(replace(line, history=history),))), first="restores")
    async with app.run_test(size=(120, 24)) as pilot:
        await settled(pilot)
        row = next(each for each in text_of(app).splitlines() if each.startswith("erp-db"))
        assert "✖ FAIL" in row
        assert "last proven" in row


@pytest.mark.parametrize(("verdict", "proof"), [(Verdict.PASS, "● PASS"), (Verdict.FAIL, "✖ FAIL")])
async def test_an_older_backup_that_a_person_chose_is_listed_and_red_when_it_fails_but_no_proof(
    verdict: Verdict, proof: str
) -> None:
    line = next(each for each in view().lines if each.job.name == "erp-db")
    picked = replace(line.history.restores[-1], sequence=2, verdict=verdict, at=after(NOW, -60), picked_older=True)
    history = replace(line.history, restores=[*line.history.restores, picked])
    app = app_of(picture(backups=replace(view(), lines=(replace(line, history=history),))), first="restores")
    async with app.run_test(size=(160, 24)) as pilot:
        await settled(pilot)
        shown = text_of(app)
        row = next(each for each in shown.splitlines() if each.startswith("erp-db"))
        assert proof in row
        assert "6 d" in row, "the age is that of the proof"
        assert "an older one that a person chose" in shown


async def test_without_jobs_the_page_says_where_they_are_written() -> None:
    app = app_of(picture())
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        assert "section 'backups'" in text_of(app)


async def test_a_backup_is_asked_for_and_goes_to_the_watcher_only_after_the_question() -> None:
    source = FixedSource(picture(backups=view()))
    app = WenyamApp(source, source.shown, "en", "backups")
    async with app.run_test(size=(160, 40)) as pilot:
        await settled(pilot)
        await pilot.press("slash", *"erp-db", "enter", "b")
        await settled(pilot)
        assert "Back up now · erp-db" in text_of(app)
        assert source.asked == []
        await pilot.press("enter")
        await settled(pilot)
        assert source.asked == [{"action": "job-run", "job": "backup-erp-db"}]
        await pilot.press("v")
        await settled(pilot)
        assert len(source.asked) == 1
        page = app.page
        assert page is not None
        refusal = run_job(page.look(), source.act, "erp-db", restore=True)
        assert refusal == "This job has no schedule for restore tests; run: wenyam restore test erp-db"
