"""Services under a real systemd: started, seen, stopped; what fails or is not there is told."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from wenyam.dr.contract import StepError
from wenyam.dr.steps.fence import FenceStep
from wenyam.dr.steps.start_service import StartServiceStep
from wenyam.model.backup import Verdict
from wenyam.model.recovery import Mode
from wenyam.testing.recovery import TwoSites
from wenyam.testing.user_units import SshdWithUnits

pytestmark = [pytest.mark.real, pytest.mark.long]


@pytest.fixture(scope="module")
def server() -> Iterator[SshdWithUnits]:
    made = SshdWithUnits()
    made.unit("erp.service", "[Service]\nExecStart=/bin/sleep 600\n")
    made.unit("weak.service", "[Service]\nExecStart=/bin/false\n")
    with made as running:
        yield running


@pytest_asyncio.fixture
async def sites(tmp_path: Path, server: SshdWithUnits) -> AsyncIterator[TwoSites]:
    made = TwoSites(tmp_path)
    made.device("app-dr", "dr")
    made.trust(server, "dr-ssh")
    yield made
    await made.close()


def _start(server: SshdWithUnits, service: str) -> StartServiceStep:
    login = {"host": "app-dr", "credential": "dr-ssh", "port": server.port}
    return StartServiceStep(StartServiceStep.Config.model_validate({**login, "service": service, "within": "3s", "steady": "1s"}))


async def test_a_unit_is_started_seen_and_stopped_again(sites: TwoSites, server: SshdWithUnits) -> None:
    step = _start(server, "erp.service")
    rehearsed = await step.rehearse(sites.place(Mode.REHEARSAL))
    assert (rehearsed.summary, rehearsed.evidence["state"]) == (
        "erp.service on app-dr is stopped and could be started, as root",
        "loaded inactive",
    )
    assert (await step.run(sites.place())).evidence["state"] == "loaded active"
    proof = {"proof": "service_stopped", "host": "app-dr", "credential": "dr-ssh", "port": server.port, "service": "erp.service"}
    fence = FenceStep(FenceStep.Config.model_validate({"site": "dr", "proofs": [proof]}))
    with pytest.raises(StepError, match=r"site dr can still write: erp\.service on app-dr is running"):
        await fence.run(sites.place())
    assert (await step.undo(sites.place())).verdict is Verdict.PASS
    assert "erp.service on app-dr is stopped" in (await fence.run(sites.place())).summary


async def test_a_unit_that_fails_or_is_not_there_is_red(sites: TwoSites, server: SshdWithUnits) -> None:
    outcome = await _start(server, "weak.service").run(sites.place())
    assert (outcome.verdict, outcome.evidence["state"]) == (Verdict.FAIL, "loaded failed")
    with pytest.raises(StepError, match=r"app-dr knows no service 'nowhere\.service': not-found inactive"):
        await _start(server, "nowhere.service").rehearse(sites.place(Mode.REHEARSAL))
    proof = {
        "proof": "service_stopped",
        "host": "app-dr",
        "credential": "dr-ssh",
        "port": server.port,
        "service": "nowhere.service",
    }
    with pytest.raises(StepError, match=r"it is not proven .* is not seen"):
        await FenceStep(FenceStep.Config.model_validate({"site": "dr", "proofs": [proof]})).run(sites.place())
