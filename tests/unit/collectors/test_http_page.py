import pytest
from pydantic import ValidationError

from wenyam.collectors.contract import Target
from wenyam.collectors.http import HttpCollector, HttpOptions, holds
from wenyam.links.http_page import Request, decode_page

LOGIN = "เข้าสู่ระบบ"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (LOGIN.encode(), "text/html; charset=utf-8"),
        (LOGIN.encode(), "text/html"),
        (LOGIN.encode("cp874"), "text/html; charset=TIS-620"),
        (LOGIN.encode("cp874"), 'text/html; charset="windows-874"'),
        (b'<meta http-equiv="Content-Type" content="text/html; charset=tis-620">' + LOGIN.encode("cp874"), "text/html"),
        (LOGIN.encode("cp874"), "text/html"),
        (LOGIN.encode(), "text/html; charset=no-such-charset"),
    ],
)
def test_thai_is_read_in_every_encoding_that_thai_pages_use(body: bytes, content_type: str) -> None:
    assert LOGIN in decode_page(body, content_type)


@pytest.mark.parametrize("page", ["ทํา", "ทำ", "&#3607;&#3635;"])
def test_text_is_found_however_the_page_composed_it(page: str) -> None:
    assert holds(f"<p>{page}</p>", "ทำ")
    assert not holds(f"<p>{page}</p>", "ทา")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"url": "ftp://a/"}, "http:// or https://"),
        ({"url": "https://"}, "name a host"),
        ({"url": "https://user:secret@a/"}, "http-basic"),
        ({"url": "http://a/", "method": "HEAD", "expect_text": "x"}, "use GET"),
        ({"url": "http://a/", "method": "POST"}, "GET"),
        ({"url": "http://a/", "nonsense": 1}, "Extra inputs"),
    ],
)
def test_options_that_cannot_be_right_are_refused_in_words(options: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        HttpOptions.model_validate(options)


@pytest.mark.parametrize(
    ("options", "address", "url"),
    [
        ({}, "10.0.0.1", "http://10.0.0.1/"),
        ({"port": 8080}, "10.0.0.1", "http://10.0.0.1:8080/"),
        ({"url": "https://{address}/x?a=1", "port": 8443}, "2001:db8::1", "https://[2001:db8::1]:8443/x?a=1"),
        ({"url": "https://erp.example/login"}, "10.0.0.1", "https://erp.example/login"),
    ],
)
def test_the_address_and_port_of_the_device_are_put_into_the_url(options: dict[str, object], address: str, url: str) -> None:
    assert HttpCollector(HttpOptions.model_validate(options)).url(Target("web", address)) == url


def test_a_request_shows_no_password() -> None:
    assert "canary" not in repr(Request("http://a/", username="u", password="canary"))
