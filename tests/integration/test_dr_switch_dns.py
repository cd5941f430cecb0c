"""A name pointed at another site on real BIND servers: by signed update and in the file, every refusal red and then green."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from wenyam.dr.contract import StepError
from wenyam.dr.steps.switch_dns import SwitchDnsStep
from wenyam.model.backup import Verdict
from wenyam.model.recovery import Mode
from wenyam.testing.named import ZONE
from wenyam.testing.recovery import TwoSites
from wenyam.testing.sshd import Sshd
from wenyam.testing.zones import KEY, SECRET, ZoneServer, edit

pytestmark = pytest.mark.real
NAME, MAIN, DR = f"erp.{ZONE}", "10.41.1.100", "10.42.1.100"


@pytest.fixture(scope="module")
def ssh() -> Iterator[Sshd]:
    with Sshd(settings=["Subsystem sftp internal-sftp"]) as running:
        yield running


@pytest.fixture
def primary() -> Iterator[ZoneServer]:
    with ZoneServer() as running:
        yield running


@pytest_asyncio.fixture
async def sites(tmp_path: Path, ssh: Sshd) -> AsyncIterator[TwoSites]:
    made = TwoSites(tmp_path)
    made.device("names", "users")
    made.trust(ssh, "dr-ssh")
    made.login("dns-key", "tsig", {"key_name": KEY, "algorithm": "hmac-sha256"}, secret=SECRET)
    yield made
    await made.close()


def _step(primary: ZoneServer, *others: ZoneServer, **options: object) -> SwitchDnsStep:
    update = {"address": primary.address, "port": primary.port, "credential": "dns-key"}
    servers = [{"address": server.address, "port": server.port} for server in (primary, *others)]
    given = {"zone": ZONE, "name": NAME, "to": [DR], "ttl": "5s", "settle": "5s", "servers": servers, "update": update, **options}
    return SwitchDnsStep(SwitchDnsStep.Config.model_validate({key: value for key, value in given.items() if value is not None}))


def _by_file(primary: ZoneServer, ssh: Sshd, *others: ZoneServer, **options: object) -> SwitchDnsStep:
    file = {"host": "names", "credential": "dr-ssh", "port": ssh.port, "path": str(primary.zone_file), "reload": primary.reload}
    return _step(primary, *others, update=None, zone_file={**file, **options})


async def test_an_update_is_rehearsed_done_and_taken_back(sites: TwoSites, primary: ZoneServer) -> None:
    step = _step(primary)
    rehearsed = await step.rehearse(sites.place(Mode.REHEARSAL))
    assert (rehearsed.verdict, MAIN in rehearsed.evidence["answers"]) == (Verdict.PASS, True)
    assert await step.was_done(sites.place()) is False
    outcome = await step.run(sites.place())
    assert (outcome.verdict, outcome.summary) == (Verdict.PASS, f"all 1 servers answer {DR} for {NAME}")
    assert await step.was_done(sites.place()) is True
    assert (await step.run(sites.place())).verdict is Verdict.PASS
    assert (await step.undo(sites.place())).summary == f"all 1 servers answer {MAIN} for {NAME}"
    assert SECRET not in repr(outcome) + repr(rehearsed)


async def test_a_wrong_secret_or_name_of_the_key_is_refused_and_never_shown(sites: TwoSites, primary: ZoneServer) -> None:
    wrong = "d3Jvbmctd3Jvbmctd3Jvbmctd3Jvbmctd3Jvbmctd3I="
    sites.login("dns-key", "tsig", {"key_name": KEY, "algorithm": "hmac-sha256"}, secret=wrong)
    for act in (_step(primary).rehearse, _step(primary).run):
        with pytest.raises(StepError, match=r"credentials.*the secret is another one") as failed:
            await act(sites.place())
        assert wrong not in repr(failed.value) + str(failed.value) + repr(failed.value.__cause__)
    sites.login("dns-key", "tsig", {"key_name": "another.", "algorithm": "hmac-sha256"}, secret=SECRET)
    with pytest.raises(StepError, match="it does not know the key"):
        await _step(primary).rehearse(sites.place())
    sites.login("dns-key", "tsig", {"key_name": KEY, "algorithm": "hmac-sha256"}, secret="no base64 !")
    with pytest.raises(StepError, match="the secret is no base64"):
        await _step(primary).rehearse(sites.place())
    assert await _step(primary).was_done(sites.place()) is False
    sites.login("dns-key", "tsig", {"key_name": KEY, "algorithm": "hmac-sha256"}, secret=SECRET)
    assert (await _step(primary).run(sites.place())).verdict is Verdict.PASS


async def test_a_key_without_the_right_is_found_by_the_rehearsal(sites: TwoSites) -> None:
    with ZoneServer(allowed=f"grant {KEY} name www.{ZONE}. A;") as primary:
        for act in (_step(primary).rehearse, _step(primary).run):
            with pytest.raises(StepError, match="has no right to this change"):
                await act(sites.place())
        assert (await _step(primary, name=f"www.{ZONE}").rehearse(sites.place())).verdict is Verdict.PASS


async def test_one_of_two_servers_that_stays_behind_fails_until_it_follows(sites: TwoSites, primary: ZoneServer) -> None:
    with ZoneServer(primary=primary) as secondary:
        secondary.wait_until(secondary.loaded)
        step = _step(primary, secondary, settle="2s")
        outcome = await step.run(sites.place())
        assert outcome.verdict is Verdict.FAIL
        assert outcome.summary.endswith(f"127.0.0.1 port {secondary.port} still answers {MAIN}")
        assert await step.was_done(sites.place()) is False
        secondary.rndc("refresh", ZONE)
        assert (await _step(primary, secondary).run(sites.place())).verdict is Verdict.PASS


async def test_a_silent_server_is_red_until_it_answers(sites: TwoSites, primary: ZoneServer) -> None:
    with ZoneServer() as other:
        other.stop()
        step = _step(primary, other, settle="1s")
        with pytest.raises(StepError, match="could not be asked"):
            await step.rehearse(sites.place(Mode.REHEARSAL))
        assert await step.was_done(sites.place()) is None
        other.start()
        assert (await step.rehearse(sites.place(Mode.REHEARSAL))).verdict is Verdict.PASS


@pytest.mark.long
async def test_a_zone_file_is_changed_with_its_serial_and_nothing_else(sites: TwoSites, ssh: Sshd) -> None:
    with ZoneServer(updates=False) as primary, ZoneServer(primary=primary) as secondary:
        primary.stop()
        primary.notify(secondary)
        primary.start()
        secondary.rndc("refresh", ZONE)
        secondary.wait_until(secondary.loaded)
        before = primary.zone_file.read_text()
        mode = primary.zone_file.stat().st_mode
        step = _by_file(primary, ssh, secondary)
        assert (await step.rehearse(sites.place(Mode.REHEARSAL))).verdict is Verdict.PASS
        assert primary.zone_file.read_text() == before
        outcome = await step.run(sites.place())
        assert (outcome.verdict, outcome.evidence["answers"].count("serial 2026010102")) == (Verdict.PASS, 2)
        expected = before.replace(MAIN, DR).replace("2026010101", "2026010102")
        assert primary.zone_file.read_text() == expected
        assert primary.zone_file.stat().st_mode == mode
        assert (await step.undo(sites.place())).verdict is Verdict.PASS
        assert primary.zone_file.read_text() == before.replace("2026010101", "2026010103")
        assert not list(primary.directory.glob("*wenyam*"))


@pytest.mark.long
async def test_a_serial_that_fell_behind_in_the_file_is_raised_over_the_served_one(sites: TwoSites, ssh: Sshd) -> None:
    with ZoneServer(updates=False) as primary:
        edit(primary, "2026010101", "2026010001")
        outcome = await _by_file(primary, ssh).run(sites.place())
        assert (outcome.verdict, "serial 2026010102" in outcome.evidence["answers"]) == (Verdict.PASS, True)


@pytest.mark.long
async def test_a_reload_that_loads_nothing_is_no_success(sites: TwoSites, ssh: Sshd) -> None:
    with ZoneServer(updates=False) as primary:
        step = _by_file(primary, ssh, reload=["/bin/true"])
        outcome = await step.run(sites.place(seconds=8))
        assert (outcome.verdict, outcome.summary.endswith(f"still answers {MAIN}")) == (Verdict.FAIL, True)
        primary.rndc("reload", ZONE)
        assert await step.was_done(sites.place()) is True


@pytest.mark.long
async def test_a_reload_that_fails_is_told_in_its_own_words(sites: TwoSites, ssh: Sshd) -> None:
    with ZoneServer(updates=False) as primary:
        with pytest.raises(StepError, match="has no program '/usr/sbin/no-rndc'"):
            await _by_file(primary, ssh, reload=["/usr/sbin/no-rndc"]).rehearse(sites.place())
        with pytest.raises(StepError, match=r"rndc.* ended with exit code 1"):
            await _by_file(primary, ssh, reload=[*primary.reload[:-1], "no.such.zone"]).run(sites.place())


@pytest.mark.long
async def test_a_host_without_sftp_is_found_by_the_rehearsal(sites: TwoSites, ssh: Sshd) -> None:
    with ZoneServer(updates=False) as primary, Sshd() as bare:
        sites.trust(bare, "dr-ssh")
        with pytest.raises(StepError, match="offers no files to this account"):
            await _by_file(primary, bare).rehearse(sites.place())
        sites.trust(ssh, "dr-ssh")
        assert (await _by_file(primary, ssh).rehearse(sites.place())).verdict is Verdict.PASS
