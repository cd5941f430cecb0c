"""A site that is lost against a path that is broken, and an address that moves, over real lines between namespaces."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from wenyam.dr.contract import StepError
from wenyam.dr.steps.confirm_site_down import ConfirmSiteDownStep
from wenyam.dr.steps.fence import FenceStep
from wenyam.dr.steps.switch_address import SwitchAddressStep
from wenyam.model.backup import Verdict
from wenyam.model.inventory import Witness
from wenyam.model.recovery import Mode
from wenyam.testing.recovery import STEP, TwoSites
from wenyam.testing.triangle import IP, SSH_PORT, ListenerThere, SshdThere, Triangle

pytestmark = pytest.mark.real
PORT = 8080


@pytest.fixture(scope="module")
def net() -> Iterator[Triangle]:
    with Triangle() as made:
        yield made


@pytest.fixture(scope="module")
def users(net: Triangle) -> Iterator[SshdThere]:
    with SshdThere(net, "users", net.users) as running:
        yield running


@pytest.fixture(scope="module")
def web(net: Triangle) -> Iterator[ListenerThere]:
    with ListenerThere(net, "main", net.main, PORT) as running:
        yield running


@pytest_asyncio.fixture
async def sites(tmp_path: Path, net: Triangle, users: SshdThere, web: ListenerThere) -> AsyncIterator[TwoSites]:
    made = TwoSites(tmp_path)
    made.device("web-main", "main", net.main)
    made.device("user-1", "users", net.users)
    made.trust(users, "user-ssh")
    made.witnesses["elsewhere"] = Witness("elsewhere", net.witness)
    yield made
    await made.close()


def _confirm(**options: object) -> ConfirmSiteDownStep:
    given = {
        "things": [{"host": "web-main"}, {"host": "web-main", "port": PORT}],
        "here": {"path": "inter-site line", "witnesses": ["elsewhere"]},
        "others": [{"host": "user-1", "credential": "user-ssh", "port": SSH_PORT, "path": "internet"}],
        "rounds": 1,
        "pause": "1s",
        **options,
    }
    return ConfirmSiteDownStep(ConfirmSiteDownStep.Config.model_validate(given))


async def test_the_three_answers_over_real_lines(sites: TwoSites, net: Triangle) -> None:
    rehearsed = await _confirm().rehearse(sites.place(Mode.REHEARSAL))
    assert "2 vantage points can look; now site main answers on every path" in rehearsed.summary
    up = await _confirm().run(sites.place(Mode.FAILOVER))
    assert (up.verdict, up.summary[:8]) == (Verdict.FAIL, "site up:")
    net.cut_direct()
    try:
        fault = await _confirm().run(sites.place(Mode.FAILOVER))
    finally:
        net.mend_direct()
    assert fault.verdict is Verdict.FAIL
    assert fault.summary.startswith(
        "path fault: site main lives: user-1 (internet) sees it, this machine (inter-site line) does not"
    )
    net.power_off_main()
    try:
        down = await _confirm(rounds=2).run(sites.place(Mode.FAILOVER))
    finally:
        net.power_on_main()
    assert (down.verdict, down.summary.startswith("site down: nothing of site main answers on 2 paths")) == (Verdict.PASS, True)
    assert "user-1 (internet): nothing answered" in down.evidence["seen"]


@pytest.mark.long
async def test_a_vantage_point_that_is_silent_makes_no_second_path(sites: TwoSites, net: Triangle) -> None:
    net.power_off_main()
    net.cut_side()
    try:
        found = await _confirm().run(sites.place(Mode.FAILOVER, seconds=30))
        assert found.verdict is Verdict.FAIL
        assert found.summary.startswith("path fault: it is not known whether site main lives")
    finally:
        net.mend_side()
        net.power_on_main()
    assert (await _confirm().rehearse(sites.place(Mode.REHEARSAL))).verdict is Verdict.PASS


async def test_a_vantage_point_with_a_wrong_key_is_found_by_the_rehearsal(sites: TwoSites, users: SshdThere) -> None:
    stranger = users.make_key("stranger")
    sites.login("user-ssh", "ssh-key", {"username": users.username}, key=stranger.read_text())
    with pytest.raises(StepError, match="refused the credentials"):
        await _confirm().rehearse(sites.place(Mode.REHEARSAL))
    found = await _confirm().run(sites.place(Mode.FAILOVER))
    assert found.verdict is Verdict.FAIL
    assert "user-1 (internet): sees nothing at all" in found.evidence["seen"]


def test_vantage_points_of_one_path_or_of_the_site_itself_are_refused(tmp_path: Path) -> None:
    sites = TwoSites(tmp_path)
    sites.device("web-main", "main")
    sites.device("user-1", "main")
    sites.login("user-ssh", "ssh-key", {"username": "dr"}, key="x")
    sites.witnesses["elsewhere"] = Witness("elsewhere", "192.0.2.1")
    assert _confirm().unknown(sites.configuration) == ("vantage point 'user-1' lies at the site it should look at",)
    with pytest.raises(ValueError, match="look along the same path"):
        _confirm(others=[{"host": "user-1", "credential": "user-ssh", "path": "inter-site line"}])


def _address(net: Triangle, **options: object) -> SwitchAddressStep:
    login = {"host": "user-1", "credential": "user-ssh", "port": SSH_PORT}
    given = {**login, "address": f"{net.moving}/32", "interface": "u1", "within": "2s", **options}
    return SwitchAddressStep(SwitchAddressStep.Config.model_validate(given))


@pytest.mark.long
async def test_an_address_moves_only_when_nobody_holds_it_and_neighbours_are_told(sites: TwoSites, net: Triangle) -> None:
    step = _address(net)
    assert (await step.rehearse(sites.place(Mode.REHEARSAL))).summary == (
        f"user-1 does not hold {net.moving} now; arping announces it"
    )
    net.at("main", IP, "address", "add", f"{net.moving}/32", "dev", "m1")
    with pytest.raises(StepError, match=f"somebody else holds {net.moving}"):
        await step.run(sites.place())
    net.at("main", IP, "address", "delete", f"{net.moving}/32", "dev", "m1")
    net.at("main", IP, "neighbour", "replace", net.moving, "lladdr", "02:00:00:00:00:01", "dev", "m1", "nud", "stale")
    outcome = await step.run(sites.place())
    assert outcome.verdict is Verdict.PASS
    assert "announced by arping" in outcome.summary
    assert _hardware(net) in net.at("main", IP, "neighbour", "show", net.moving)
    assert await step.was_done(sites.place()) is True
    assert (await step.run(sites.place())).verdict is Verdict.PASS
    assert (await step.undo(sites.place())).summary == f"user-1 no longer holds {net.moving}"
    assert await step.was_done(sites.place()) is False


def _hardware(net: Triangle) -> str:
    return net.at("users", IP, "-o", "link", "show", "dev", "u1").split("link/ether ")[1].split()[0]


@pytest.mark.long
async def test_an_address_that_was_held_before_is_not_taken_away_and_one_that_answers_nothing_is_no_success(
    sites: TwoSites, net: Triangle
) -> None:
    net.at("users", IP, "address", "add", f"{net.moving}/32", "dev", "u1")
    silent = await _address(net, answers_on=9).run(sites.place())
    assert (silent.verdict, "but it does not answer here" in silent.summary) == (Verdict.FAIL, True)
    assert "so it keeps it" in (await _address(net).undo(sites.place())).summary
    (sites.evidence / f"{STEP}-held.json").unlink()
    net.at("users", IP, "address", "delete", f"{net.moving}/32", "dev", "u1")
    with pytest.raises(StepError, match='Device "eth7" does not exist'):
        await _address(net, interface="eth7").rehearse(sites.place(Mode.REHEARSAL))


def _fence(*proofs: dict[str, object]) -> FenceStep:
    return FenceStep(FenceStep.Config.model_validate({"site": "main", "proofs": proofs}))


@pytest.mark.long
async def test_a_port_is_closed_only_when_the_host_itself_says_so(sites: TwoSites, net: Triangle) -> None:
    fence = _fence({"proof": "port_closed", "host": "user-1", "credential": "user-ssh", "port": SSH_PORT, "closed": PORT})
    writes = "site main can still write: somebody listens on port 8080 of user-1"
    with ListenerThere(net, "users", net.users, PORT), pytest.raises(StepError, match=writes):
        await fence.run(sites.place())
    net.cut_side()
    try:
        with pytest.raises(StepError, match="not seen whether nobody listens"):
            await fence.run(sites.place(seconds=5))
    finally:
        net.mend_side()
    assert "nobody listens on port 8080" in (await fence.run(sites.place())).summary
    assert sites.said == {f"{STEP}.fenced": "main"}


@pytest.mark.long
async def test_an_address_is_withdrawn_only_when_the_host_says_so(sites: TwoSites, net: Triangle) -> None:
    proof = {"proof": "address_withdrawn", "host": "user-1", "credential": "user-ssh", "port": SSH_PORT, "address": net.moving}
    net.at("users", IP, "address", "add", f"{net.moving}/32", "dev", "u1")
    with pytest.raises(StepError, match=f"still holds {net.moving}"):
        await _fence(proof).run(sites.place())
    net.at("users", IP, "address", "delete", f"{net.moving}/32", "dev", "u1")
    assert f"no longer holds {net.moving}" in (await _fence(proof).run(sites.place())).summary
    net.cut_side()
    try:
        with pytest.raises(StepError, match="not seen whether"):
            await _fence(proof).run(sites.place(seconds=5))
    finally:
        net.mend_side()
