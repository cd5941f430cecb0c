"""States asserted by a fresh look and as a running watcher knows them, with the thing itself stopped and started."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from wenyam.dr.contract import StepError, StepPlace
from wenyam.dr.steps.assert_state import AssertStateStep
from wenyam.model.backup import Verdict
from wenyam.model.instance import Configuration
from wenyam.model.instants import after
from wenyam.model.recovery import Mode
from wenyam.settings.loader import load
from wenyam.testing.backup_site import BackupSite
from wenyam.testing.clock import FakeClock
from wenyam.testing.nginx import Nginx
from wenyam.testing.recovery import TwoSites
from wenyam.testing.watcher import Rows, RunningWatcher

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def web() -> Iterator[Nginx]:
    with Nginx() as running:
        yield running


@pytest.fixture(scope="module")
def configuration(web: Nginx, tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    site = BackupSite(tmp_path_factory.mktemp("site"))
    probe = {"collector": "http", "url": f"{web.http_url}/", "interval": "10s", "timeout": "5s"}
    site.content["devices"] = {
        "web-1": {
            "kind": "server", "address": "127.0.0.1",
            "alive": {"any_of": [f"tcp:{web.http_port}"], "interval": "1s", "timeout": "500ms", "after": 1, "of": 1},
        },
    }  # fmt: skip
    status = {"check": "threshold", "sample": "http_status_code", "crit": 500}
    portal = {"label": "Portal", "members": {"all": ["web-1"]}, "probes": {"page": probe}, "checks": {"status": status}}
    site.content["services"] = {"portal": portal}
    del site.content["backup"], site.content["repositories"], site.content["backups"]
    site.configure()
    return load(site.folder)


@pytest_asyncio.fixture
async def sites(tmp_path: Path) -> AsyncIterator[TwoSites]:
    made = TwoSites(tmp_path)
    yield made
    await made.close()


def _place(sites: TwoSites, configuration: Configuration, mode: Mode = Mode.DRILL) -> StepPlace:
    return replace(sites.place(mode), configuration=configuration)


def _is(state: str, rows: Rows | None) -> bool:
    return rows is not None and rows.get("device:web-1", {}).get("state") == state


def _step(subject: str, *states: str, **options: Any) -> AssertStateStep:
    return AssertStateStep(AssertStateStep.Config.model_validate({"subject": subject, "states": states, **options}))


async def test_a_fresh_look_sees_what_is_true_now(sites: TwoSites, configuration: Configuration, web: Nginx) -> None:
    good = {"device:web-1": "up", "service:portal": "up", "service:portal/status": "ok"}
    for subject, state in good.items():
        assert (await _step(subject, state).run(_place(sites, configuration))).verdict is Verdict.PASS, subject
    web.stop()
    try:
        for subject in ("device:web-1", "service:portal"):
            outcome = await _step(subject, "up").run(_place(sites, configuration))
            assert (outcome.verdict, outcome.evidence["state"]) == (Verdict.FAIL, "down")
            assert outcome.summary.endswith("wanted is up")
            assert (await _step(subject, "down").run(_place(sites, configuration))).verdict is Verdict.PASS
        unknown = await _step("service:portal/status", "ok").run(_place(sites, configuration))
        assert (unknown.verdict, unknown.evidence["state"]) == (Verdict.FAIL, "unknown")
        assert (await _step("device:web-1", "up").rehearse(_place(sites, configuration))).verdict is Verdict.PASS
    finally:
        web.start()


@pytest.mark.long
async def test_the_watchers_word_counts_while_it_runs_and_its_silence_does_not(
    sites: TwoSites, configuration: Configuration, web: Nginx, tmp_path: Path
) -> None:
    place = _place(sites, configuration)
    step = _step("device:web-1", "up", look="watcher")
    with pytest.raises(StepError, match="The watcher does not answer"):
        await step.rehearse(place)
    run = Path(configuration.instance.run_directory)
    with RunningWatcher(Path(configuration.folder), run, tmp_path / "watcher.log") as watcher:
        watcher.wait_for(partial(_is, "up"), 30, "web-1 is up")
        assert (await step.run(_place(sites, configuration))).verdict is Verdict.PASS
        with pytest.raises(StepError, match=r"was last observed .* at most 0.001 s"):
            await _step("device:web-1", "up", look="watcher", maximum_age="1ms").run(_place(sites, configuration))
        set_back = FakeClock(after(sites.clock.now(), -3600))
        with pytest.raises(StepError, match="lies in the future"):
            await step.run(replace(_place(sites, configuration), clock=set_back))
        web.stop()
        watcher.wait_for(partial(_is, "down"), 30, "web-1 is down")
        assert (await step.run(_place(sites, configuration))).verdict is Verdict.FAIL
        web.start()


def test_what_cannot_be_asserted_is_told_beforehand(configuration: Configuration) -> None:
    assert _step("device:web-2", "up").unknown(configuration) == ("there is no device 'web-2'; did you mean 'web-1'?",)
    assert _step("service:portal/stats", "ok").unknown(configuration) == (
        "there is no check of service:portal 'stats'; did you mean 'status'?",
    )
    with pytest.raises(ValueError, match="only devices and services"):
        _step("job:erp", "ok")
    with pytest.raises(ValueError, match="is no subject"):
        _step("machine:x", "ok")
