"""The Redfish collector over real HTTPS, on mock-ups made after DMTF's schemas: values, every fault red and then green."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from wenyam.collectors.contract import Target
from wenyam.collectors.redfish import RedfishCollector, RedfishOptions
from wenyam.engine.board import Board
from wenyam.engine.credentials import CredentialGuard
from wenyam.engine.runner import Runner
from wenyam.errors import (
    BudgetSpentError,
    CertificateError,
    CollectError,
    ConnectionRefusedByDeviceError,
    CredentialsRefusedError,
    MalformedReplyError,
    NoAnswerError,
    SecretError,
)
from wenyam.links.pools import Links
from wenyam.model.inventory import Credential, ReadPlan
from wenyam.model.samples import FailureReason, Reading
from wenyam.testing.certificates import TestAuthority
from wenyam.testing.collecting import CLOCK, make_context, make_credential, value
from wenyam.testing.receivers import HttpReceiver, Reply
from wenyam.testing.redfish_service import RedfishService

pytestmark = pytest.mark.real
MOCKUPS = Path(__file__).parents[1] / "cases" / "redfish"
BMC = Target("erp-1-bmc", "127.0.0.1")
STATUSES = ("component_status", "disk_status", "fan_status", "power_supply_status", "volume_status")


@pytest.fixture(scope="module")
def certificate(authority: TestAuthority) -> tuple[Path, Path]:
    return authority.issue("good", "127.0.0.1")


@pytest.fixture
def service(certificate: tuple[Path, Path]) -> Iterator[RedfishService]:
    with _serve(certificate, "newer") as running:
        yield running


def _serve(certificate: tuple[Path, Path], mockup: str) -> RedfishService:
    return RedfishService(MOCKUPS / f"{mockup}.json", certificate)


async def _read(
    service: HttpReceiver,
    links: Links,
    credential: Credential | None,
    authority: TestAuthority,
    *,
    seconds: float = 20.0,
    **options: Any,
) -> Reading:
    trust = {} if "fingerprint" in options else {"authority": str(authority.certificate)}
    made = RedfishOptions.model_validate({"port": service.port, **trust, **options})
    return await RedfishCollector(made).collect(BMC, make_context(links, seconds, credential))


def _rows(reading: Reading, *names: str) -> dict[str, float]:
    return {
        f"{sample.name} {' '.join(text for _, text in sample.labels)}".strip(): sample.value
        for family in reading.families
        if family.name in names
        for sample in family
    }


NEWER = {
    "component_status system": 2,
    "component_status processors": 1,
    "component_status memory": 2,
    "component_status DIMM A1": 1,
    "component_status DIMM A2": 2,
    "component_status storage RAID Adapter": 3,
    "component_status controller Adapter 0": 1,
    "component_status chassis Rack Chassis": 1,
    "component_status fan redundancy": 1,
    "component_status power supply redundancy": 2,
    "component_status manager BMC": 1,
    "disk_status Disk 0": 1,
    "disk_status Disk 1": 2,
    "disk_status Disk 2": 3,
    "disk_status Disk 3": 4,
    "fan_status Fan 1": 1,
    "fan_status Fan 2": 3,
    "fan_status Fan 3": 4,
    "power_supply_status PSU 1": 1,
    "power_supply_status PSU 2": 3,
    "volume_status system": 2,
}
NEWER_NUMBERS = {
    "temperature_celsius Inlet Temp": 24.5,
    "temperature_celsius CPU1 Temp": 61,
    "fan_speed_rpm Fan 1": 7200,
    "fan_speed_rpm Fan 2": 0,
    "voltage_volts Board 12V": 12.06,
    "humidity_ratio Inlet Humidity": 0.48,
    "power_watts Rack Chassis": 374,
    "power_watts PSU 1 input": 374.5,
    "power_watts PSU 1 output": 351,
    "volume_size_bytes system": 960_197_124_096,
    "memory_total_bytes": 256 << 30,
    "power_state System": 1,
    "system_uptime_seconds": 7 * 86_400,
}
DEPRECATED = {
    "component_status system": 1,
    "component_status Proc 1": 1,
    "component_status memory": 1,
    "component_status chassis Chassis": 1,
    "component_status fan redundancy": 1,
    "component_status manager Manager": 1,
    "disk_status SATA Bay 1": 1,
    "disk_status SATA Bay 2": 4,
    "fan_status Fan 1": 1,
    "fan_status Fan 2": 2,
    "power_supply_status Supply": 1,
    "power_supply_status Supply #2": 4,
}
DEPRECATED_NUMBERS = {
    "temperature_celsius 01-Inlet Ambient": 22,
    "temperature_celsius 02-CPU 1": 40,
    "fan_speed_rpm Fan 2": 3000,
    "power_watts Supply output": 97,
    "power_watts Server Power Control": 97,
    "voltage_volts VRM 1": 12.1,
    "memory_total_bytes": 16 << 30,
    "power_state Computer System": 3,
}


@pytest.mark.parametrize("way", ["basic", "session"])
async def test_a_controller_of_today_tells_everything(
    service: RedfishService, links: Links, login: Credential, authority: TestAuthority, way: str
) -> None:
    reading = await _read(service, links, login, authority, login=way)
    assert reading.failures == ()
    assert not reading.refused
    assert _rows(reading, *STATUSES) == NEWER
    numbers = {name.partition(" ")[0] for name in NEWER_NUMBERS}
    assert _rows(reading, *numbers) == pytest.approx(NEWER_NUMBERS)
    assert "not proven here" in reading.facts["evidence"]
    assert {key: said for key, said in reading.facts.items() if key != "evidence"} == {
        "name": "erp-1", "vendor": "Example Works", "model": "EW-2000", "serial": "EW123456", "os_version": "5.10.30",
        "manager": "Example BMC 5", "bios_version": "2.4.1", "power_state": "On", "indicator": "lit", "redfish_version": "1.17.0",
    }  # fmt: skip
    assert service.sessions == set()
    assert not any(heard.path.endswith(("/Thermal", "/Power", "/Bay1/Assembly")) for heard in service.heard)


async def test_a_controller_with_the_deprecated_resources_tells_the_same_kinds_of_things(
    links: Links, login: Credential, authority: TestAuthority, certificate: tuple[Path, Path]
) -> None:
    with _serve(certificate, "deprecated") as service:
        reading = await _read(service, links, login, authority)
    assert reading.failures == ()
    assert _rows(reading, *STATUSES) == DEPRECATED
    numbers = {name.partition(" ")[0] for name in DEPRECATED_NUMBERS}
    assert _rows(reading, *numbers) == pytest.approx(DEPRECATED_NUMBERS)
    assert (reading.facts["name"], reading.facts["indicator"]) == ("Computer System", "blinking")


async def test_a_collection_comes_in_one_question_where_the_service_can_and_one_by_one_where_not(
    service: RedfishService, links: Links, login: Credential, authority: TestAuthority
) -> None:
    await _read(service, links, login, authority)
    expanded = len(service.heard)
    service.heard.clear()
    service.resources["/redfish/v1/"].pop("ProtocolFeaturesSupported")
    reading = await _read(service, links, login, authority)
    assert _rows(reading, *STATUSES) == NEWER
    assert expanded < 30 < len(service.heard) < 60


async def test_a_wrong_password_is_tried_once_and_shown_nowhere(
    service: RedfishService, links: Links, tmp_path: Path, authority: TestAuthority
) -> None:
    wrong = make_credential(tmp_path, "http-basic", "watch", password="canary-wrong")
    for way in ("basic", "session"):
        service.refused = 0
        with pytest.raises(CredentialsRefusedError, match="test-login") as refused:
            await _read(service, links, wrong, authority, login=way)
        assert service.refused == 1
        assert "canary" not in str(refused.value) + repr(refused.value) + repr(refused.value.__cause__)
    right = make_credential(tmp_path, "http-basic", "watch", password="s3cret")
    assert (await _read(service, links, right, authority)).complete


async def test_a_refused_login_rests_before_it_is_tried_again(
    service: RedfishService, links: Links, tmp_path: Path, authority: TestAuthority
) -> None:
    wrong = make_credential(tmp_path, "http-basic", "watch", password="wrong")
    options = RedfishOptions(port=service.port, authority=str(authority.certificate))
    plan = ReadPlan("bmc", "redfish", 60.0, 10.0, options, wrong.name)
    runner = Runner(CLOCK, links, CredentialGuard(CLOCK, Board(CLOCK, {}), retry=600.0))
    runner.configure({}, {wrong.name: wrong})
    for words in ("refused the credentials", "next try in"):
        collection = await runner.read("erp-1", None, BMC, plan)
        assert collection.failure is not None
        assert collection.failure.reason is FailureReason.CREDENTIALS
        assert words in collection.failure.sentence
    assert service.refused == 1


async def test_without_a_credential_nothing_but_the_root_is_asked(
    service: RedfishService, links: Links, authority: TestAuthority
) -> None:
    with pytest.raises(SecretError, match="http-basic"):
        await _read(service, links, None, authority)
    assert service.asked() == ["/redfish/v1/"]
    collector = RedfishCollector(RedfishOptions(port=service.port, authority=str(authority.certificate)))
    assert await collector.probe(BMC, make_context(links)) > 0


async def test_a_session_is_ended_also_when_the_reading_fails(
    service: RedfishService, links: Links, login: Credential, authority: TestAuthority
) -> None:
    for name in ("Systems", "Chassis", "Managers"):
        service.odd[f"/redfish/v1/{name}"] = Reply(503, b"busy")
    with pytest.raises(CollectError, match="503"):
        await _read(service, links, login, authority, login="session")
    assert len(service.asked("DELETE")) == 1
    assert service.sessions == set()


async def test_a_session_is_ended_also_when_the_controller_was_too_slow(
    service: RedfishService, links: Links, login: Credential, authority: TestAuthority
) -> None:
    for name in ("Systems", "Chassis", "Managers"):
        service.odd[f"/redfish/v1/{name}"] = Reply(stall=30.0)
    with pytest.raises(NoAnswerError):
        await _read(service, links, login, authority, seconds=4.0, login="session")
    assert len(service.asked("DELETE")) == 1
    assert service.sessions == set()


@pytest.mark.parametrize(
    ("kind", "words"), [("self-signed", "self-signed"), ("other name", "another name"), ("expired", "expired")]
)
async def test_a_certificate_that_is_not_good_stops_everything_before_a_login(
    links: Links, login: Credential, authority: TestAuthority, kind: str, words: str
) -> None:
    made = {
        "self-signed": lambda: authority.self_signed("self", "127.0.0.1"),
        "other name": lambda: authority.issue("other", "bmc.example"),
        "expired": lambda: authority.issue("expired", "127.0.0.1", ended=True),
    }[kind]()
    with RedfishService(MOCKUPS / "newer.json", made) as service:
        with pytest.raises(CertificateError, match=words):
            await _read(service, links, login, authority)
        assert service.heard == []
        if kind == "other name":
            assert (await _read(service, links, login, authority, certificate_name="bmc.example")).complete


async def test_a_pinned_certificate_is_believed_and_another_one_is_not(
    links: Links, login: Credential, authority: TestAuthority
) -> None:
    from cryptography import x509  # noqa: PLC0415  # one test reads a certificate
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415  # the same

    made = authority.self_signed("pinned", "bmc.example")
    digest = x509.load_pem_x509_certificate(made[0].read_bytes()).fingerprint(SHA256()).hex(":").upper()
    with RedfishService(MOCKUPS / "newer.json", made) as service:
        assert (await _read(service, links, login, authority, fingerprint=digest)).complete
        service.heard.clear()
        with pytest.raises(CertificateError, match=f"shows {digest}"):
            await _read(service, links, login, authority, fingerprint="0" * 64)
        assert service.heard == []


@pytest.mark.parametrize("options", [{"fingerprint": "12:34"}, {"fingerprint": "0" * 64, "authority": "x"}, {"verify": False}])
def test_a_certificate_cannot_go_unchecked(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RedfishOptions.model_validate(options)


CHASSIS = "/redfish/v1/Chassis/1U"
STORAGE = "/redfish/v1/Systems/1/Storage/RAID1"


@pytest.mark.parametrize(
    ("path", "reply", "words"),
    [
        (f"{STORAGE}/Volumes", Reply(500, b"oops"), "HTTP status 500"),
        (f"{STORAGE}/Volumes", Reply(401, b""), "HTTP status 401"),
        (f"{STORAGE}/Volumes", Reply(302, b"", {"Location": "http://127.0.0.1:9/"}), "redirects elsewhere"),
        (f"{STORAGE}/Volumes", Reply(200, b"<html>"), "no valid JSON"),
        (f"{STORAGE}/Volumes", Reply(200, b"[" * 200_000), "no valid JSON"),
        (f"{STORAGE}/Volumes", Reply(200, b"[1]"), "is no resource"),
        (f"{STORAGE}/Volumes", Reply(200, b""), "is no resource"),
        (f"{STORAGE}/Volumes", Reply(200, b'{"Members": [', cut=True), "no valid HTTP"),
        (f"{STORAGE}/Volumes", Reply(hang_up=True), "no valid HTTP"),
        (f"{STORAGE}/Volumes", Reply(200, b" " * (100 << 20)), "more than 4194304 bytes was cut off"),
        (f"{STORAGE}/Drives/1", Reply(404, b""), "HTTP status 404"),
    ],
)
async def test_a_part_that_answers_nonsense_fails_alone(  # noqa: PLR0917  # fixtures and the three of a case
    service: RedfishService, links: Links, login: Credential, authority: TestAuthority, path: str, reply: Reply, words: str
) -> None:
    service.odd[path] = reply
    reading = await _read(service, links, login, authority)
    assert [words in failure.sentence for failure in reading.failures] == [True]
    assert reading.partial == ({"volume_status", "volume_size_bytes"} if "Volumes" in path else {"disk_status"})
    missing = "volume_status system" if "Volumes" in path else "disk_status Disk 1"
    assert _rows(reading, *STATUSES) == {name: state for name, state in NEWER.items() if name != missing}
    del service.odd[path]
    whole = await _read(service, links, login, authority)
    assert whole.complete
    assert not whole.partial


@pytest.mark.parametrize(
    ("path", "lacking"),
    [
        ("/redfish/v1/Chassis", {"fan_status", "power_supply_status", "temperature_celsius", "component_status"}),
        ("/redfish/v1/Systems", {"disk_status", "volume_status", "power_state", "component_status"}),
        ("/redfish/v1/Managers", {"component_status"}),
    ],
)
async def test_what_is_missing_for_a_part_of_the_root_is_known(  # noqa: PLR0917  # fixtures and the two of a case
    service: RedfishService, links: Links, login: Credential, authority: TestAuthority, path: str, lacking: set[str]
) -> None:
    service.odd[path] = Reply(503, b"")
    reading = await _read(service, links, login, authority)
    assert len(reading.failures) == 1
    assert lacking <= reading.partial
    assert {"Chassis": "disk_status", "Systems": "fan_status", "Managers": "disk_status"}[
        path.rpartition("/")[2]
    ] not in reading.partial


@pytest.mark.parametrize(
    "link",
    [
        "https://127.0.0.1:9/redfish/v1/x",
        "//127.0.0.1:9/x",
        "http://127.0.0.1/x",
        "x",
        "/x y",
        "/x\r\nHost: y",
        "https://[",
        "/\\evil",
    ],
)
async def test_a_link_to_another_host_is_never_followed(
    service: RedfishService, links: Links, login: Credential, authority: TestAuthority, link: str
) -> None:
    service.resources[STORAGE]["Volumes"] = {"@odata.id": link}
    reading = await _read(service, links, login, authority)
    assert len(reading.failures) == 1
    assert "a link that" in reading.failures[0].sentence
    assert not any("x" in heard.path.rpartition("/")[2].split("?")[0][:1] for heard in service.heard)


async def test_links_in_a_circle_end(service: RedfishService, links: Links, login: Credential, authority: TestAuthority) -> None:
    drives = f"{STORAGE}/Drives"
    service.resources[STORAGE]["Drives"] = [{"@odata.id": f"{drives}/0"}] * 1000 + [{"@odata.id": STORAGE}]
    service.resources[f"{STORAGE}/Volumes"] |= {"Members@odata.nextLink": f"{STORAGE}/Volumes?$skip=1"}
    service.resources[f"{STORAGE}/Controllers"] |= {"Members": [{"@odata.id": f"{STORAGE}/Controllers"}]}
    reading = await _read(service, links, login, authority)
    assert len(service.heard) < 60
    assert _rows(reading, "volume_status") == {"volume_status system": 2}


async def test_a_service_without_end_is_left_when_the_budget_is_spent(
    service: RedfishService, links: Links, login: Credential, authority: TestAuthority
) -> None:
    service.resources[STORAGE]["Drives"] = [{"@odata.id": f"{STORAGE}/Drives/{number}"} for number in range(5000)]
    for number in range(5000):
        service.resources[f"{STORAGE}/Drives/{number}"] = {"@odata.id": "x", "Name": f"Disk {number}", "Status": {"Health": "OK"}}
    reading = await _read(service, links, login, authority, requests=60)
    assert len(service.heard) == 60
    assert [failure.reason for failure in reading.failures] == [BudgetSpentError.reason]
    assert "more than 60 requests" in reading.failures[0].sentence


ODD: list[Any] = [None, True, "", "x", "/redfish/v1/Systems/1", [], [[]], {}, {"@odata.id": "/"}, float("nan"), 1e999]
HOSTILE = ["61", "", True, [1], {"a": 1}, 1e999, 10**400, float("nan"), -300, "NaN"]


@pytest.mark.parametrize("odd", HOSTILE, ids=repr)
async def test_a_number_that_cannot_be_right_is_refused_and_counted(
    service: RedfishService, links: Links, login: Credential, authority: TestAuthority, odd: Any
) -> None:
    service.resources[f"{CHASSIS}/Sensors/CPU1"]["Reading"] = odd
    reading = await _read(service, links, login, authority)
    assert _rows(reading, "temperature_celsius") == {"temperature_celsius Inlet Temp": 24.5}
    assert dict(reading.refused) == {"temperature_celsius": 1}
    service.resources[f"{CHASSIS}/Sensors/CPU1"]["Reading"] = 61
    assert value(await _read(service, links, login, authority), "temperature_celsius", {"sensor": "CPU1 Temp"}) == 61


async def test_a_sensor_that_is_absent_or_tells_nothing_is_no_sample(
    service: RedfishService, links: Links, login: Credential, authority: TestAuthority
) -> None:
    service.resources[f"{CHASSIS}/Sensors/CPU1"]["Reading"] = None
    service.resources[f"{CHASSIS}/Sensors/Inlet"]["Status"] = {"State": "UnavailableOffline"}
    reading = await _read(service, links, login, authority)
    assert _rows(reading, "temperature_celsius") == {"temperature_celsius Intake": 24.5}
    assert not reading.refused


async def test_a_slow_part_costs_its_own_time_and_a_silent_controller_the_whole(
    service: RedfishService, links: Links, login: Credential, authority: TestAuthority
) -> None:
    service.odd[f"{STORAGE}/Volumes"] = Reply(stall=30.0)
    reading = await _read(service, links, login, authority, request_timeout=0.5)
    assert [failure.reason for failure in reading.failures] == [NoAnswerError.reason]
    assert _rows(reading, "disk_status")
    service.odd["/redfish/v1/Systems"] = Reply(stall=30.0)
    service.odd["/redfish/v1/Chassis"] = Reply(stall=30.0)
    with pytest.raises(NoAnswerError):
        await _read(service, links, login, authority, seconds=1.0)


@pytest.mark.parametrize("mockup", ["newer", "deprecated"])
async def test_no_value_of_another_type_breaks_a_reading_or_becomes_a_number(
    links: Links, login: Credential, authority: TestAuthority, certificate: tuple[Path, Path], mockup: str
) -> None:
    chance = random.Random(mockup)
    with _serve(certificate, mockup) as service:
        whole = json.dumps(service.resources)
        good = await _read(service, links, login, authority)
        numbers = {sample.value for family in good.families for sample in family}
        for _ in range(15):
            service.resources = json.loads(whole)
            for holder, key in chance.sample(list(_leaves(service.resources)), 12):
                holder[key] = chance.choice(ODD)
            try:
                reading = await _read(service, links, login, authority)
            except CollectError:
                continue
            told = {sample.value for family in reading.families for sample in family if family.name != "system_uptime_seconds"}
            assert told - numbers <= {0, 2, 3, 4}  # a status that got worse, never a number nobody told


def _leaves(inside: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place in the resources that holds a value."""
    for key, held in list(inside.items() if isinstance(inside, dict) else enumerate(inside)):
        yield inside, key
        if isinstance(held, dict | list):
            yield from _leaves(held)


async def test_what_is_no_redfish_service_is_said_so(
    links: Links, login: Credential, authority: TestAuthority, certificate: tuple[Path, Path]
) -> None:
    with HttpReceiver(certificate) as server:
        with pytest.raises(MalformedReplyError, match="no Redfish service"):
            await _read(server, links, login, authority)
        port = server.port
    options = RedfishOptions(port=port, authority=str(authority.certificate))
    with pytest.raises(ConnectionRefusedByDeviceError):
        await RedfishCollector(options).collect(BMC, make_context(links, 5.0, login))
