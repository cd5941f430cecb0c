"""The exporter over real HTTP: routes, refusals, limits, TLS, log-in, reload."""

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import bcrypt
import pytest

from wenyam.clock import SystemClock
from wenyam.errors import PortTakenError
from wenyam.exporter.basic_auth import BasicAuth, TooManyLoginsError
from wenyam.exporter.server import Exporter
from wenyam.exporter.snapshot import Exposed
from wenyam.links import http_listener
from wenyam.links.http_listener import CannotListenError
from wenyam.links.web_config import WebConfigError
from wenyam.model.instance import ExporterSettings
from wenyam.model.samples import single
from wenyam.testing.certificates import TestAuthority
from wenyam.testing.clock import FakeClock


class Pictures:
    """A snapshot that a test paints."""

    def __init__(self) -> None:
        self.present: dict[str, Exposed] = {}
        self.age = 0.5
        self.reason = ""
        self.show("core-1")

    def show(self, name: str, processes: float = 5.0) -> None:
        labels = (("site", "head-office"), ("device", name), ("kind", "switch"))
        self.present[name] = Exposed(name, labels, families=(single("processes", processes),))

    def subjects(self) -> Iterable[Exposed]:
        return list(self.present.values())

    def subject(self, name: str) -> Exposed | None:
        return self.present.get(name)

    def heartbeat_age(self) -> float:
        return self.age

    def not_ready(self) -> str:
        return self.reason


@asynccontextmanager
async def running(
    pictures: Pictures, web_config: Path | None = None, clock: SystemClock | FakeClock | None = None
) -> AsyncIterator[Exporter]:
    settings = ExporterSettings(port=0, web_config=None if web_config is None else str(web_config))
    exporter = Exporter(settings, pictures, clock or SystemClock())
    await exporter.start()
    try:
        yield exporter
    finally:
        await exporter.stop()


def url(exporter: Exporter, path: str, scheme: str = "http") -> str:
    host, port = exporter.address
    return f"{scheme}://{host}:{port}{path}"


async def ask(exporter: Exporter, path: str, method: str = "GET") -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.request(method, url(exporter, path)) as response:
        return response.status, await response.text()


async def test_metrics_shows_the_devices_and_the_process_itself() -> None:
    async with running(Pictures()) as exporter:
        status, text = await ask(exporter, "/metrics")
        assert status == 200
        assert 'wenyam_processes{site="head-office",device="core-1",kind="switch"} 5\n' in text
        assert "wenyam_process_cpu_seconds_total " in text
        assert "wenyam_process_open_fds " in text
        assert "python_gc" not in text
        _, again = await ask(exporter, "/metrics")
        assert f"wenyam_exporter_exposition_bytes {float(text.index('# HELP wenyam_process_'))}" in again


async def test_a_scrape_shows_the_present_not_the_past() -> None:
    pictures = Pictures()
    async with running(pictures) as exporter:
        await ask(exporter, "/metrics")
        pictures.show("core-1", 6.0)
        pictures.show("edge-1", 7.0)
        assert '"core-1",kind="switch"} 6\n' in (await ask(exporter, "/metrics"))[1]
        del pictures.present["edge-1"]
        assert "edge-1" not in (await ask(exporter, "/metrics"))[1]


async def test_one_device_by_name() -> None:
    pictures = Pictures()
    pictures.show("edge-1")
    async with running(pictures) as exporter:
        status, text = await ask(exporter, "/device?name=edge-1")
        assert (status, "edge-1" in text, "core-1" in text) == (200, True, False)
        assert await ask(exporter, "/device?name=ghost") == (404, "No device of this name is watched.\n")
        assert await ask(exporter, "/device") == (400, "Say which device: /device?name=NAME\n")
        assert (await ask(exporter, "/device?name=core-1&name=edge-1"))[0] == 400


async def test_health_follows_the_work_loop() -> None:
    pictures = Pictures()
    async with running(pictures) as exporter:
        assert await ask(exporter, "/healthz") == (200, "The watcher lives.\n")
        pictures.age = 61.0
        assert await ask(exporter, "/healthz") == (503, "The work loop has been silent for 61 seconds.\n")


async def test_readiness_tells_what_is_missing() -> None:
    pictures = Pictures()
    pictures.reason = "3 of 25 devices have not been read yet."
    async with running(pictures) as exporter:
        assert await ask(exporter, "/readyz") == (503, "3 of 25 devices have not been read yet.\n")
        pictures.reason = ""
        assert await ask(exporter, "/readyz") == (200, "The watcher is ready.\n")


async def test_the_index_lists_the_routes_and_anything_else_is_refused() -> None:
    async with running(Pictures()) as exporter:
        status, text = await ask(exporter, "/")
        assert status == 200
        assert "/device?name=NAME" in text
        for path in ("/admin", "/metrics/", "/device/core-1", "/%2e%2e/etc/passwd"):
            assert await ask(exporter, path) == (404, "There is no such page; / lists what there is.\n")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_only_reading_is_answered(method: str) -> None:
    async with running(Pictures()) as exporter:
        assert (await ask(exporter, "/metrics", method))[0] == 405


async def test_head_has_headers_and_no_body() -> None:
    async with running(Pictures()) as exporter, aiohttp.ClientSession() as session:
        response = await session.head(url(exporter, "/metrics"))
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert response.headers["Server"] == "wenyam"
        assert not await response.read()


async def test_a_request_line_or_header_that_is_too_long_is_refused() -> None:
    async with running(Pictures()) as exporter, aiohttp.ClientSession() as session:
        assert (await ask(exporter, "/device?name=" + "x" * 10_000))[0] == 400
        response = await session.get(url(exporter, "/"), headers={"X-Long": "x" * 10_000})
        assert response.status == 400


async def test_a_client_that_sends_no_request_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_listener, "FIRST_REQUEST_SECONDS", 0.2)  # the tool's own limit, scaled by 1/50
    async with running(Pictures()) as exporter:
        reader, writer = await asyncio.open_connection(*exporter.address)
        writer.write(b"GET /metrics HTTP/1.1\r\nHost:")
        assert await asyncio.wait_for(reader.read(), 5.0) == b""
        writer.close()


async def test_one_connection_too_many_is_closed_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_listener, "CONNECTION_LIMIT", 3)  # the tool's own limit, scaled
    async with running(Pictures()) as exporter:
        open_ones = [await asyncio.open_connection(*exporter.address) for _ in range(3)]
        for _, writer in open_ones:
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        for reader, _ in open_ones:
            assert b"200 OK" in await asyncio.wait_for(reader.readuntil(b"\r\n"), 5.0)
        reader, writer = await asyncio.open_connection(*exporter.address)
        assert await asyncio.wait_for(reader.read(), 5.0) == b""
        for each in (writer, *(each for _, each in open_ones)):
            each.close()


async def test_a_taken_port_is_named() -> None:
    async with running(Pictures()) as exporter:
        host, port = exporter.address
        with pytest.raises(PortTakenError, match=f"taken by another program: {host}:{port}"):
            await Exporter(ExporterSettings(port=port), Pictures(), SystemClock()).start()


async def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(CannotListenError, match=r"192\.0\.2\.1:9710"):
        await Exporter(ExporterSettings(host="192.0.2.1"), Pictures(), SystemClock()).start()


async def test_the_port_is_free_again_after_stop() -> None:
    async with running(Pictures()) as exporter:
        host, port = exporter.address
        assert (await ask(exporter, "/"))[0] == 200
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))


def hashed(password: str) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()


def write_config(folder: Path, text: str) -> Path:
    path = folder / "web.yaml"
    path.write_text(text, encoding="utf-8")
    return path


async def status_as(exporter: Exporter, user: str, password: str) -> int:
    async with aiohttp.ClientSession() as session:
        login = aiohttp.encode_basic_auth(user, password)
        async with session.get(url(exporter, "/metrics"), headers={"Authorization": login}) as response:
            return response.status


async def test_users_of_the_web_config_are_let_in_and_nobody_else(tmp_path: Path) -> None:
    config = write_config(tmp_path, f"basic_auth_users:\n  prometheus: {hashed('canary-1')}\n")
    async with running(Pictures(), config) as exporter:
        assert (await ask(exporter, "/metrics"))[0] == 401
        assert (await ask(exporter, "/healthz"))[0] == 401
        assert await status_as(exporter, "prometheus", "canary-1") == 200
        assert await status_as(exporter, "prometheus", "wrong") == 401
        assert await status_as(exporter, "nobody", "canary-1") == 401


async def test_a_proven_password_is_not_hashed_again_and_a_wrong_one_always_is(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[bytes] = []
    check = bcrypt.checkpw

    def counting(password: bytes, known: bytes) -> bool:
        counted.append(password)
        return check(password, known)

    monkeypatch.setattr(bcrypt, "checkpw", counting)
    auth = BasicAuth({"prometheus": hashed("canary-1")})
    good, bad = (aiohttp.encode_basic_auth("prometheus", word) for word in ("canary-1", "wrong"))
    assert [await auth.admits(good) for _ in range(3)] == [True, True, True]
    assert counted == [b"canary-1"]
    assert [await auth.admits(bad) for _ in range(2)] == [False, False]
    assert counted == [b"canary-1", b"wrong", b"wrong"]
    assert b"canary-1" not in repr(vars(auth)).encode()


@pytest.mark.parametrize(
    "header", [None, "", "Basic", "Basic %%%", "Basic cHJvbWV0aGV1cw==", "Bearer x", "Basic /w==", "Basic OmE="]
)
async def test_a_header_that_is_no_login_is_refused(header: str | None) -> None:
    assert not await BasicAuth({"prometheus": hashed("canary-1")}).admits(header)


async def test_a_password_longer_than_bcrypt_reads_is_refused() -> None:
    long = "a" * 72
    auth = BasicAuth({"prometheus": hashed(long)})
    assert await auth.admits(aiohttp.encode_basic_auth("prometheus", long))
    assert not await auth.admits(aiohttp.encode_basic_auth("prometheus", long + "b"))


async def test_a_flood_of_wrong_logins_is_turned_away() -> None:
    auth = BasicAuth({"prometheus": bcrypt.hashpw(b"canary-1", bcrypt.gensalt(8)).decode()})
    bad = [auth.admits(aiohttp.encode_basic_auth("prometheus", f"wrong-{number}")) for number in range(20)]
    answers = await asyncio.gather(*bad, return_exceptions=True)
    assert answers.count(False) == 8
    assert sum(isinstance(answer, TooManyLoginsError) for answer in answers) == 12


def trusting(authority: TestAuthority) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(authority.certificate))


async def serial(exporter: Exporter, context: ssl.SSLContext) -> str:
    _, writer = await asyncio.open_connection(*exporter.address, ssl=context, server_hostname="127.0.0.1")
    certificate = writer.get_extra_info("peercert")
    writer.close()
    await writer.wait_closed()
    return str(certificate["serialNumber"])


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> TestAuthority:
    return TestAuthority(tmp_path_factory.mktemp("authority"))


def tls_config(folder: Path, authority: TestAuthority, name: str, more: str = "") -> Path:
    certificate, key = authority.issue(name, "127.0.0.1")
    (folder / "exporter.pem").write_bytes(certificate.read_bytes())
    (folder / "exporter.key").write_bytes(key.read_bytes())
    (folder / "exporter.key").chmod(0o600)
    return write_config(folder, f"tls_server_config:\n  cert_file: exporter.pem\n  key_file: exporter.key\n{more}")


async def test_tls_is_served_and_plain_http_is_not(tmp_path: Path, authority: TestAuthority) -> None:
    async with running(Pictures(), tls_config(tmp_path, authority, "tls-1")) as exporter, aiohttp.ClientSession() as session:
        async with session.get(url(exporter, "/metrics", "https"), ssl=trusting(authority)) as response:
            assert response.status == 200
        with pytest.raises(aiohttp.ClientError):
            await session.get(url(exporter, "/metrics"))


async def test_a_client_certificate_is_asked_for_when_the_file_says_so(tmp_path: Path, authority: TestAuthority) -> None:
    certificate, key = authority.self_signed("scraper", "scraper")
    more = f"  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: {certificate}\n"
    async with running(Pictures(), tls_config(tmp_path, authority, "tls-2", more)) as exporter:
        bare, known = trusting(authority), trusting(authority)
        known.load_cert_chain(certificate, key)
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientError):
                async with session.get(url(exporter, "/metrics", "https"), ssl=bare) as response:
                    await response.read()
            async with session.get(url(exporter, "/metrics", "https"), ssl=known) as response:
                assert response.status == 200


async def test_reload_swaps_certificate_and_users_and_keeps_the_port(tmp_path: Path, authority: TestAuthority) -> None:
    config = tls_config(tmp_path, authority, "tls-3")
    async with running(Pictures(), config) as exporter:
        before, first = exporter.address, await serial(exporter, trusting(authority))
        tls_config(tmp_path, authority, "tls-4", f"basic_auth_users:\n  prometheus: {hashed('canary-2')}\n")
        exporter.reload()
        assert await serial(exporter, trusting(authority)) != first
        assert exporter.address == before
        async with aiohttp.ClientSession() as session:
            response = await session.get(url(exporter, "/metrics", "https"), ssl=trusting(authority))
            assert response.status == 401


async def test_no_client_is_lost_while_reloads_go_on(tmp_path: Path, authority: TestAuthority) -> None:
    async with running(Pictures(), tls_config(tmp_path, authority, "tls-6")) as exporter:

        async def visit() -> str:
            return await asyncio.wait_for(serial(exporter, trusting(authority)), 5.0)

        visits = [asyncio.create_task(visit()) for _ in range(20)]
        while not all(task.done() for task in visits):
            exporter.reload()
            await asyncio.sleep(0)
        assert len({task.result() for task in visits}) == 1


async def test_a_broken_reload_leaves_the_old_one_in_force_and_says_so(tmp_path: Path) -> None:
    config = write_config(tmp_path, f"basic_auth_users:\n  prometheus: {hashed('canary-1')}\n")
    async with running(Pictures(), config) as exporter:
        write_config(tmp_path, "basic_auth_userz: {}\n")
        with pytest.raises(WebConfigError, match="basic_auth_userz is not supported"):
            exporter.reload()
        assert "basic_auth_userz" in exporter.problem
        assert await status_as(exporter, "prometheus", "canary-1") == 200
        write_config(tmp_path, "{}\n")
        exporter.reload()
        assert exporter.problem == ""
        assert (await ask(exporter, "/metrics"))[0] == 200


async def test_a_changed_file_is_noticed_without_being_told(tmp_path: Path) -> None:
    clock = FakeClock()
    config = write_config(tmp_path, f"basic_auth_users:\n  prometheus: {hashed('canary-1')}\n")
    async with running(Pictures(), config, clock) as exporter:
        write_config(tmp_path, "basic_auth_users: {}\n")
        os.utime(config, ns=(1, 1))
        assert (await ask(exporter, "/metrics"))[0] == 401
        await clock.advance(10.0)
        assert (await ask(exporter, "/metrics"))[0] == 200


KEY = "tls_server_config:\n  cert_file: a.pem\n  key_file: a.key\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "web.yaml:1: is not YAML"),
        (
            "tls_server_config:\n  cert_file: a\n  key_file: b\n  cipher_suites: [x]\n",
            "tls_server_config.cipher_suites is not supported",
        ),
        ("http_server_config: {http2: true}\n", "http_server_config is not supported"),
        ("tls_server_config:\n  cert_file: a.pem\n", "tls_server_config.key_file: Field required"),
        ("basic_auth_users: {a: plain}\n", "the password of 'a' is not a bcrypt hash"),
        ('basic_auth_users: {"a:b": x}\n', "cannot be empty or hold a colon"),
        ("basic_auth_users: [a]\n", "basic_auth_users: Input should be a valid dictionary"),
        ("- 1\n", "the file: Input should be a valid dictionary"),
        (KEY, "a.key: No such file"),
        (KEY + "  client_auth_type: RequestClientCert\n", "tls_server_config.client_auth_type: Input should be"),
    ],
)
async def test_a_broken_web_config_is_told_by_file_and_key(tmp_path: Path, text: str, words: str) -> None:
    config = write_config(tmp_path, text)
    with pytest.raises(WebConfigError) as caught:
        await Exporter(ExporterSettings(port=0, web_config=str(config)), Pictures(), SystemClock()).start()
    assert words in str(caught.value)


async def test_a_key_that_others_can_read_is_refused(tmp_path: Path, authority: TestAuthority) -> None:
    config = tls_config(tmp_path, authority, "tls-5")
    (tmp_path / "exporter.key").chmod(0o640)
    with pytest.raises(WebConfigError, match="mode 0640 lets others read it"):
        await Exporter(ExporterSettings(port=0, web_config=str(config)), Pictures(), SystemClock()).start()


async def test_a_missing_web_config_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(WebConfigError, match=r"absent\.yaml: No such file"):
        await Exporter(ExporterSettings(port=0, web_config=str(tmp_path / "absent.yaml")), Pictures(), SystemClock()).start()
