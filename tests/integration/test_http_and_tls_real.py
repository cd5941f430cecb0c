"""HTTP, TLS and TCP collectors against a real nginx: every fault red, then green again."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from wenyam.collectors.contract import Target
from wenyam.collectors.http import HttpCollector, HttpOptions
from wenyam.collectors.tcp import TcpCollector, TcpOptions
from wenyam.collectors.tls import TlsCollector, TlsOptions
from wenyam.errors import (
    CertificateError,
    CollectError,
    ConnectionRefusedByDeviceError,
    CredentialsRefusedError,
    MalformedReplyError,
    NoAnswerError,
    UnknownHostError,
)
from wenyam.links.pools import Links
from wenyam.model.samples import Reading
from wenyam.testing.collecting import make_context, make_credential, value
from wenyam.testing.nginx import Nginx

pytestmark = pytest.mark.real
HERE = Target("web", "127.0.0.1")


@pytest.fixture(scope="module")
def nginx() -> Iterator[Nginx]:
    with Nginx(users={"wenyam": "s3cret"}, pages={"/private/index.html": "inside", "/big": "x" * 3_000_000}) as server:
        yield server


async def _http(links: Links, url: str, **options: object) -> Reading:
    collector = HttpCollector(HttpOptions.model_validate({"url": url, **options}))
    return await collector.collect(HERE, make_context(links, 5.0))


async def _tls(links: Links, nginx: Nginx, name: str | None = None) -> Reading:
    options = TlsOptions(port=nginx.https_port, server_name=name, authority=str(nginx.authority))
    return await TlsCollector(options).collect(HERE, make_context(links, 5.0))


async def test_a_good_page_brings_status_time_and_its_thai_text(nginx: Nginx, links: Links) -> None:
    url = nginx.http_url + "/"
    reading = await _http(links, url, expect_text="เข้าสู่ระบบ")
    assert value(reading, "http_status_code", {"url": url}) == 200
    assert value(reading, "http_content_matches", {"url": url}) == 1
    assert 0 < (value(reading, "http_duration_seconds", {"url": url}) or 0) < 5


async def test_wrong_text_is_a_page_that_does_not_match_until_it_is_put_right(nginx: Nginx, links: Links) -> None:
    url = nginx.http_url + "/page.html"
    nginx.write_page("/page.html", "Database error")
    assert value(await _http(links, url, expect_text="Welcome"), "http_content_matches", {"url": url}) == 0
    nginx.write_page("/page.html", "Welcome")
    assert value(await _http(links, url, expect_text="Welcome"), "http_content_matches", {"url": url}) == 1


@pytest.mark.parametrize("status", [403, 404, 500, 503])
async def test_a_refused_or_broken_page_is_a_reading_with_its_status(nginx: Nginx, links: Links, status: int) -> None:
    url = f"{nginx.http_url}/status/{status}"
    assert value(await _http(links, url), "http_status_code", {"url": url}) == status


async def test_a_redirect_is_followed_and_a_loop_is_an_error(nginx: Nginx, links: Links) -> None:
    url = nginx.http_url + "/redirect"
    assert value(await _http(links, url), "http_status_code", {"url": url}) == 200
    assert value(await _http(links, url, redirects=0), "http_status_code", {"url": url}) == 302
    assert value(await _http(links, url, redirects=1), "http_status_code", {"url": url}) == 200
    with pytest.raises(MalformedReplyError, match="redirected more than 3 times"):
        await _http(links, nginx.http_url + "/loop", redirects=3)


async def test_at_address_is_where_it_is_asked_even_when_the_url_holds_another_address(nginx: Nginx, links: Links) -> None:
    elsewhere = f"http://127.0.0.77:{nginx.http_port}/"
    with pytest.raises(ConnectionRefusedByDeviceError):
        await _http(links, elsewhere)
    reading = await _http(links, elsewhere, at_address=True)
    assert value(reading, "http_status_code", {"url": elsewhere}) == 200


async def test_only_the_first_bytes_of_a_huge_page_are_read(nginx: Nginx, links: Links) -> None:
    from wenyam.links.http_page import Request  # noqa: PLC0415  # one test looks at the page itself

    page = await links.http.fetch(Request(nginx.http_url + "/big", size_limit=2000), 5.0)
    assert (len(page.body), page.complete) == (2000, False)


async def test_basic_auth_is_accepted_refused_and_accepted_again(nginx: Nginx, links: Links, tmp_path: Path) -> None:
    url = nginx.http_url + "/private/"
    collector = HttpCollector(HttpOptions(url=url))
    credential = make_credential(tmp_path, "http-basic", "wenyam", password="s3cret")
    reading = await collector.collect(HERE, make_context(links, credential=credential))
    assert value(reading, "http_status_code", {"url": url}) == 200
    wrong = make_credential(tmp_path, "http-basic", "wenyam", password="canary-wrong")
    with pytest.raises(CredentialsRefusedError, match="test-login") as refused:
        await collector.collect(HERE, make_context(links, credential=wrong))
    assert "canary" not in str(refused.value)
    assert value(await _http(links, url), "http_status_code", {"url": url}) == 401


async def test_a_login_is_not_sent_to_where_a_redirect_leads(nginx: Nginx, links: Links, tmp_path: Path) -> None:
    credential = make_credential(tmp_path, "http-basic", "wenyam", password="s3cret")
    with Nginx(settings=[f"location = /away {{ return 302 {nginx.http_url}/private/; }}"]) as elsewhere:
        collector = HttpCollector(HttpOptions(url=elsewhere.http_url + "/away"))
        with pytest.raises(CredentialsRefusedError):
            await collector.collect(HERE, make_context(links, credential=credential))


async def test_head_asks_for_no_page(nginx: Nginx, links: Links) -> None:
    url = nginx.http_url + "/big"
    assert value(await _http(links, url, method="HEAD"), "http_status_code", {"url": url}) == 200


async def test_a_stopped_server_refuses_and_a_started_one_answers(nginx: Nginx, links: Links) -> None:
    url = nginx.http_url + "/"
    nginx.stop()
    with pytest.raises(ConnectionRefusedByDeviceError):
        await _http(links, url)
    with pytest.raises(ConnectionRefusedByDeviceError):
        await TcpCollector(TcpOptions(port=nginx.http_port)).collect(HERE, make_context(links))
    nginx.start()
    assert value(await _http(links, url), "http_status_code", {"url": url}) == 200
    reading = await TcpCollector(TcpOptions(port=nginx.http_port)).collect(HERE, make_context(links))
    assert value(reading, "tcp_connect_seconds", {"port": str(nginx.http_port)}) is not None


async def test_a_frozen_server_is_silence_at_the_deadline(nginx: Nginx, links: Links) -> None:
    nginx.freeze()
    begun = time.monotonic()
    with pytest.raises(NoAnswerError):
        await HttpCollector(HttpOptions(url=nginx.http_url + "/")).collect(HERE, make_context(links, 0.5))
    with pytest.raises(NoAnswerError):
        await TlsCollector(TlsOptions(port=nginx.https_port)).collect(HERE, make_context(links, 0.5))
    assert time.monotonic() - begun < 2
    nginx.thaw()
    assert (await _http(links, nginx.http_url + "/")).complete


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://nosuch.invalid/", UnknownHostError),
        ("http://127.0.0.1:1/", ConnectionRefusedByDeviceError),
    ],
)
async def test_what_cannot_be_reached_has_its_own_error(links: Links, url: str, error: type[CollectError]) -> None:
    with pytest.raises(error):
        await _http(links, url)


async def test_tls_spoken_to_a_plain_port_is_said_so(nginx: Nginx, links: Links) -> None:
    with pytest.raises(MalformedReplyError, match="does not speak TLS"):
        await _http(links, f"https://127.0.0.1:{nginx.http_port}/")
    with pytest.raises(MalformedReplyError, match="does not speak TLS"):
        await TlsCollector(TlsOptions(port=nginx.http_port)).collect(HERE, make_context(links))


BAD_CERTIFICATES = [
    ("expired", "has expired"),
    ("self_signed", "self-signed"),
    ("wrong_name", "another name than '127.0.0.1'"),
]


@pytest.mark.parametrize(("kind", "words"), BAD_CERTIFICATES)
async def test_a_bad_certificate_stops_https_and_is_read_by_tls(nginx: Nginx, links: Links, kind: str, words: str) -> None:
    server = {"server": f"127.0.0.1:{nginx.https_port}"}
    nginx.use_certificate(kind)
    try:
        with pytest.raises(CertificateError, match=words):
            await _http(links, nginx.https_url + "/", authority=str(nginx.authority))
        unverified = await _http(links, nginx.https_url + "/", verify=False)
        reading = await _tls(links, nginx)
    finally:
        nginx.use_certificate("good")
    assert value(unverified, "http_status_code", {"url": nginx.https_url + "/"}) == 200
    assert value(reading, "tls_certificate_valid", server) == 0
    assert words in reading.failures[0].sentence
    assert ((value(reading, "tls_certificate_expiry_timestamp_seconds", server) or 0) < time.time()) == (kind == "expired")
    good = await _tls(links, nginx)
    assert value(good, "tls_certificate_valid", server) == 1
    assert good.complete


async def test_the_first_certificate_of_the_chain_to_end_counts(nginx: Nginx, links: Links) -> None:
    nginx.use_certificate("good", days=3000)  # longer than its authority, which lives 365 days
    try:
        end = value(
            await _tls(links, nginx), "tls_certificate_expiry_timestamp_seconds", {"server": f"127.0.0.1:{nginx.https_port}"}
        )
    finally:
        nginx.use_certificate("good")
    assert end is not None
    assert 364 * 86_400 < end - time.time() < 366 * 86_400


async def test_an_authority_that_is_not_trusted_or_not_there_is_said_so(nginx: Nginx, links: Links, tmp_path: Path) -> None:
    with pytest.raises(CertificateError, match="not trusted here"):
        await _http(links, nginx.https_url + "/")
    with pytest.raises(CertificateError, match="no such file"):
        await _http(links, nginx.https_url + "/", authority=str(tmp_path / "absent.pem"))
    (tmp_path / "empty.pem").write_text("nothing", encoding="ascii")
    with pytest.raises(CertificateError, match="holds no certificate"):
        await _http(links, nginx.https_url + "/", authority=str(tmp_path / "empty.pem"))
