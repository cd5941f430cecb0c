"""A real FRR router: read over SSH, stored, restored into a scratch router, compared; and each way in which that goes wrong."""

import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pydantic import ValidationError

from wenyam.backup.comparison import LEFT_OUT, compare
from wenyam.backup.contract import Dump, Workplace
from wenyam.backup.sources import network_scratch
from wenyam.backup.sources.network_config import CONFIGURATION, NetworkConfigOptions, NetworkConfigSource
from wenyam.backup.sources.network_copies import FOLDER, copies, difference
from wenyam.backup.sources.network_families import FAMILIES
from wenyam.backup.sources.network_text import Reading, compared, measure
from wenyam.errors import CredentialsRefusedError, HostKeyChangedError, NotTestedError, RestoreError, SourceError
from wenyam.model.backup import Manifest
from wenyam.model.inventory import SecretReference
from wenyam.testing.backups import Restic, make_workplace
from wenyam.testing.frr import FrrRouter

pytestmark = pytest.mark.real
CASES = Path(__file__).parents[1] / "cases" / "network_configurations"
CANARY = "can4ryS3cret"
CONFIGURATION_OF_ROUTER = f"""frr defaults traditional
hostname edge-1
service integrated-vtysh-config
log syslog informational
!
password {CANARY}
!
ip route 10.30.0.0/16 10.21.0.2
ip route 0.0.0.0/0 198.51.100.1
!
interface lan0
 description to firewall ชั้น 3 ตู้ ฅๅ
 ip address 10.20.0.1/24
exit
!
router bgp 65001
 neighbor 10.20.0.2 remote-as 65002
 neighbor 10.20.0.2 description เวรยาม
 neighbor 10.20.0.2 password {CANARY}
 !
 address-family ipv4 unicast
  network 10.20.0.0/24
 exit-address-family
exit
!
"""


@pytest.fixture
def place() -> Iterator[Path]:
    root = Path(tempfile.mkdtemp(prefix="wy-"))
    root.chmod(0o711)  # the scratch router's account must pass through
    yield root
    shutil.rmtree(root)


@pytest.fixture
def router(place: Path) -> Iterator[FrrRouter]:
    with FrrRouter(place / "router", CONFIGURATION_OF_ROUTER) as running:
        yield running


@pytest_asyncio.fixture
async def workplace(router: FrrRouter, place: Path) -> AsyncIterator[Workplace]:
    made = make_workplace(place, router.sshd)
    yield made
    await made.links.close()


def _source(router: FrrRouter, **options: Any) -> NetworkConfigSource:
    return NetworkConfigSource(NetworkConfigOptions(family="frr", port=router.sshd.port, **options))


async def _proven(source: NetworkConfigSource, workplace: Workplace, fetched: Path, then: Manifest) -> tuple[str, ...]:
    async with source.restored(workplace, fetched, then) as restored:
        return compare(then, await restored.manifest())


def _stored(place: Path, dump: Dump) -> Path:
    restic = Restic(place / "restic")
    restic.store(dump)
    return restic.fetch(place / "fetched")


def _laid(place: Path, dump: Dump) -> Path:
    """Lay the dump where a repository would."""
    for path in dump.paths:
        target = place / "fetched" / path.relative_to("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return place / "fetched"


def _leaked() -> bool:
    """Tell whether the router's default route, by 198.51.100.1, is this machine's."""
    return "016433C6" in Path("/proc/net/route").read_text(encoding="ascii")


def _lives(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


def _texts_below(folder: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.txt"))


async def test_a_router_s_configuration_comes_back_in_a_scratch_router(
    router: FrrRouter, workplace: Workplace, place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = _source(router)
    with caplog.at_level("DEBUG"):
        dump = await source.dump(workplace)
        fetched = _stored(place, dump)
        async with source.restored(workplace, fetched, dump.manifest) as restored:
            now = await restored.manifest()
            assert not _leaked()
            answer = await restored.answer("show ip bgp neighbors 10.20.0.2")
            whole = await restored.answer("show running-config")
            with pytest.raises(RestoreError, match="is no question"):
                await restored.answer("configure terminal")
            with pytest.raises(RestoreError, match=r"does not know .*% Network not in table"):
                await restored.answer("show ip route 10.99.0.0/24")
    assert compare(dump.manifest, now) == ()
    assert "Description: เวรยาม" in answer
    assert dump.manifest.parts["grade"] == {"configuration": "loadable"}
    assert {"hostname name-of-the-kernel", "hostname edge-1"} <= dump.manifest.parts["sections"].keys()
    assert {"router bgp 65001", "interface lan0", "password <secret>"} <= dump.manifest.parts["sections"].keys()
    assert dump.manifest.parts[LEFT_OUT].keys() == {"log syslog informational"}
    assert dump.manifest.tools["frr"].startswith("8.")
    assert "ชั้น 3 ตู้ ฅๅ" in (workplace.spool / CONFIGURATION).read_text(encoding="utf-8")
    assert CANARY in (workplace.spool / CONFIGURATION).read_text(encoding="utf-8")
    assert whole.endswith("end")
    assert CANARY not in caplog.text + str(dump) + str(now) + answer + whole
    ended = [int(path.read_text(encoding="ascii")) for path in (workplace.scratch / "frr").glob("*.pid")]
    assert len(ended) == 3
    assert not [process for process in ended if _lives(process)]


async def test_a_change_shows_in_the_masked_copies_and_no_secret_does(
    router: FrrRouter, workplace: Workplace, place: Path
) -> None:
    source, state = _source(router), router.sshd.known_hosts.parent
    await source.dump(workplace)
    await source.dump(workplace)
    router.configure("ip route 10.31.0.0/16 10.21.0.2", "router bgp 65001", "neighbor 10.20.0.2 password other-can4ry")
    await source.dump(workplace)
    found = copies(state, workplace.job.name)
    assert len(found) == 2
    changed = difference(found[0].text(), found[1].text())
    assert "+ip route 10.31.0.0/16 10.21.0.2\n" in changed
    assert changed.count(" neighbor 10.20.0.2 password <secret ") == 2
    assert "can4ry" not in changed + _texts_below(state / FOLDER)
    assert "เวรยาม" in found[0].text()


@pytest.mark.long
async def test_a_line_that_frr_rejects_is_told_without_its_secret(router: FrrRouter, workplace: Workplace, place: Path) -> None:
    source = _source(router)
    dump = await source.dump(workplace)
    fetched = _laid(place, dump)
    path = fetched / (workplace.spool / CONFIGURATION).relative_to("/")
    whole = path.read_text(encoding="utf-8")
    changed = whole.replace("\nend\n", f"\nbogus password {CANARY}\nend\n")
    path.write_text(changed, encoding="utf-8")
    with pytest.raises(RestoreError, match="not what was read"):
        await _proven(source, workplace, fetched, dump.manifest)
    key = (fetched / (workplace.spool / "digest.key").relative_to("/")).read_bytes()
    accepted = replace(dump.manifest, parts=measure(changed, source._reading, key))
    with pytest.raises(RestoreError, match=r"rejected: .*bogus password <secret>") as caught:
        await _proven(source, workplace, fetched, accepted)
    assert CANARY not in str(caught.value)
    path.write_text(whole, encoding="utf-8")
    assert await _proven(source, workplace, fetched, dump.manifest) == ()


@pytest.mark.long
async def test_a_device_of_another_version_and_a_machine_without_frr_prove_nothing(
    router: FrrRouter, workplace: Workplace, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = _source(router)
    dump = await source.dump(workplace)
    fetched = _laid(place, dump)
    path = fetched / (workplace.spool / CONFIGURATION).relative_to("/")
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace("frr version 8.", "frr version 10."), encoding="utf-8")
    with pytest.raises(NotTestedError, match="wrong version: the device runs FRR 10"):
        await _proven(source, workplace, fetched, dump.manifest)
    path.write_text(whole, encoding="utf-8")
    monkeypatch.setattr(network_scratch, "DAEMONS", place)
    with pytest.raises(NotTestedError, match="no FRR on this machine"):
        await _proven(source, workplace, fetched, dump.manifest)
    monkeypatch.undo()
    assert await _proven(source, workplace, fetched, dump.manifest) == ()


async def test_netmiko_reads_the_same_from_the_router_s_own_command_line(
    router: FrrRouter, workplace: Workplace, place: Path
) -> None:
    through_shell, through_netmiko = _source(router), _source(router, device_type="cisco_ios", commands=("show running-config",))
    await through_shell.dump(workplace)
    read = (workplace.spool / CONFIGURATION).read_bytes()
    dump = await through_netmiko.dump(workplace)
    assert (workplace.spool / CONFIGURATION).read_bytes() == read
    assert len(copies(router.sshd.known_hosts.parent, workplace.job.name)) == 1
    assert await _proven(through_netmiko, workplace, _laid(place, dump), dump.manifest) == ()


async def test_a_router_whose_daemons_are_dead_gives_no_configuration(router: FrrRouter, workplace: Workplace) -> None:
    source, state = _source(router), router.sshd.known_hosts.parent
    await source.dump(workplace)
    good = copies(state, workplace.job.name)
    router.halt()
    with pytest.raises(SourceError, match="failed to connect to any daemons"):
        await source.dump(workplace)
    assert copies(state, workplace.job.name) == good
    router.boot()
    await source.dump(workplace)
    assert copies(state, workplace.job.name) == good


async def test_a_refused_key_and_a_changed_host_key_stop_the_run(router: FrrRouter, workplace: Workplace) -> None:
    source = _source(router)
    stranger = SecretReference("file", str(router.sshd.make_key("stranger")))
    assert workplace.credential is not None
    with pytest.raises(CredentialsRefusedError):
        await source.dump(replace(workplace, credential=replace(workplace.credential, name="other", secrets={"key": stranger})))
    await source.dump(workplace)
    router.sshd.rotate_host_key()
    with pytest.raises(HostKeyChangedError, match=r"on record is SHA256:"):
        await source.dump(workplace)
    router.sshd.known_hosts.write_text(router.sshd.host_key_line, encoding="ascii")
    await source.dump(workplace)


def test_options_are_judged_before_anything_is_asked() -> None:
    for options, words in (
        ({"family": "cisco"}, "'cisco' is no family; there are cisco_ios"),
        ({"family": "frr", "commands": ["configure terminal"]}, "is not a command that only reads"),
        ({"family": "frr", "commands": ["show running-config; reboot"]}, "is not a command that only reads"),
        ({"family": "frr", "commands": ["vtysh -c 'configure terminal'"]}, "is not a command that only reads"),
        ({"family": "cisco_ios", "device_type": "cisco_ios_telnet"}, "is no platform of netmiko over SSH"),
        ({"family": "frr", "ignore": ["("]}, "is no regular expression"),
        ({"family": "other"}, "needs 'device_type' and 'commands'"),
        ({"family": "frr", "push": True}, "Extra inputs"),
    ):
        with pytest.raises(ValidationError, match=re.escape(words)):
            NetworkConfigOptions.model_validate(options)


@pytest.mark.long
async def test_what_many_daemons_wrote_is_loaded_and_written_the_same_again(place: Path) -> None:
    workplace, reading = make_workplace(place), Reading.of(FAMILIES["frr"])
    text = (CASES / "frr-every-daemon.conf").read_text(encoding="utf-8")
    written = [text]
    for _ in range(2):
        async with network_scratch.scratch_router(workplace, written[-1], reading) as router:
            written.append(await router.running())
        shutil.rmtree(workplace.scratch / "frr")
    assert set(compared(text, reading)) == set(compared(written[1], reading))
    assert written[1] == written[2]
    with pytest.raises(NotTestedError, match="nhrpd"):
        async with network_scratch.scratch_router(workplace, text + "nhrp nflog-group 1\n", reading):
            pass
