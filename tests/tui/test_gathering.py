"""Where the picture comes from when there is no watcher, no database, or a part that cannot be read: sentences, never a crash."""

from pathlib import Path

import pytest

from wenyam.errors import WatcherSilentError
from wenyam.model.instants import after
from wenyam.settings.loader import load
from wenyam.store.sqlite import open_writer
from wenyam.testing.clock import FakeClock
from wenyam.testing.screens import settled, text_of
from wenyam.tui.app import WenyamApp
from wenyam.tui.gathering import PARTS, WatcherSource
from wenyam.tui.picture import Picture, Wishes

CONFIGURATION = """\
instance: {{name: alone, site: here, language: en, state_directory: {place}/state, run_directory: {place}/run, ballast: 1MiB}}
sites: {{here: }}
people: {{anong: {{name: Anong}}}}
defaults: {{owner: anong, duty_officer: anong}}
devices: {{box: {{kind: other, address: 127.0.0.1}}}}
"""
EVERYTHING = Wishes(frozenset(part.name for part in PARTS), "device:box")


def source_at(place: Path, clock: FakeClock) -> tuple[WatcherSource, Picture]:
    (place / "wenyam.yaml").write_text(CONFIGURATION.format(place=place), encoding="utf-8")
    configuration = load(place)
    return WatcherSource(configuration, clock), Picture(configuration)


def filled(source: WatcherSource, wishes: Wishes, picture: Picture) -> Picture:
    """Fill until nothing waits, as the dashboard does."""
    picture = source.fill(wishes, picture)(picture)
    while picture.unfilled:
        picture = source.fill(wishes, picture)(picture)
    return picture


def test_the_parts_come_one_by_one_so_that_the_quick_ones_are_seen_first(tmp_path: Path) -> None:
    source, picture = source_at(tmp_path, FakeClock())
    first = source.fill(EVERYTHING, picture)(picture)
    assert (len(first.troubles), first.unfilled) == (1, True)
    assert not filled(source, EVERYTHING, first).unfilled


def test_without_watcher_and_database_everything_says_why(tmp_path: Path) -> None:
    source, picture = source_at(tmp_path, FakeClock())
    seen = source.look(EVERYTHING, picture)(picture)
    assert (seen.looked, seen.live, seen.states.by_subject) == (True, False, {})
    assert str(tmp_path / "state") in seen.silence
    seen = filled(source, EVERYTHING, seen)
    assert "incidents" in seen.troubles
    assert all(sentence.endswith((".", "…")) or len(sentence) > 20 for sentence in seen.troubles.values())


def test_a_part_is_gathered_again_only_when_it_is_due_or_forgotten(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    clock = FakeClock()
    source, picture = source_at(tmp_path, clock)
    open_writer(tmp_path / "state", clock, "alone", ballast_bytes=1 << 20).close()
    first = filled(source, EVERYTHING, picture)
    assert first.incidents == ()
    assert first.troubles.get("incidents") is None
    emptied = filled(source, EVERYTHING, picture)
    assert emptied.incidents is None, "nothing was gathered again"
    clock.step(6)
    assert filled(source, EVERYTHING, picture).incidents == ()
    assert filled(source, Wishes(), picture).incidents is None, "nobody looks"
    source.forget()
    assert filled(source, EVERYTHING, picture).incidents == ()
    clock.step(-3_600)
    assert filled(source, EVERYTHING, picture).incidents == (), "a clock that was set back hides nothing"


def test_a_trouble_goes_when_the_part_can_be_read_again(tmp_path: Path) -> None:
    clock = FakeClock()
    source, picture = source_at(tmp_path, clock)
    seen = filled(source, EVERYTHING, picture)
    assert "incidents" in seen.troubles
    (tmp_path / "state").mkdir()
    open_writer(tmp_path / "state", clock, "alone", ballast_bytes=1 << 20).close()
    clock.step(10)
    seen = filled(source, EVERYTHING, seen)
    assert "incidents" not in seen.troubles


def test_an_act_without_a_watcher_is_refused_with_a_sentence(tmp_path: Path) -> None:
    source, picture = source_at(tmp_path, FakeClock())
    with pytest.raises(WatcherSilentError, match=r"control\.sock"):
        source.act({"action": "recheck", "name": "box"})
    assert picture.at < after(picture.at, 1)


async def test_the_dashboard_opens_beside_nothing_at_all(tmp_path: Path) -> None:
    source, picture = source_at(tmp_path, FakeClock())
    app = WenyamApp(source, picture, "en")
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        assert "The watcher is silent; last sign of life: never" in text_of(app)
        for key in ("2", "3", "5", "6", "7", "8", "9", "0", "o", "1"):
            await pilot.press(key)
            await settled(pilot)
            assert app.is_running
