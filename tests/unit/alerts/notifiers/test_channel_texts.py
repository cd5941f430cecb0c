"""How a message is written for each channel, and how an answer is read, without a network."""

from hypothesis import given
from hypothesis import strategies as st

from wenyam.alerts.notifiers import wording
from wenyam.alerts.notifiers.failures import hidden, of_answer, retry_after
from wenyam.alerts.notifiers.line_api import retry_key
from wenyam.alerts.notifiers.line_text import OBJECTS, UNITS, pieces, units
from wenyam.alerts.notifiers.mail_relays import share
from wenyam.alerts.notifiers.mail_text import Header, box, written
from wenyam.alerts.notifiers.webhook_data import fingerprint, payload
from wenyam.links.http_call import Answer
from wenyam.model.alerting import Event
from wenyam.model.instants import Instant
from wenyam.model.line_ids import place_fault, user_fault
from wenyam.testing.alerting import HOSTILE, NOON, make_item, make_message
from wenyam.testing.clock import FakeClock
from wenyam.testing.line_server import line_id

ANYTHING = st.text(max_size=300)


@given(title=ANYTHING, body=st.text(max_size=3000))
def test_whatever_a_message_holds_leaves_as_printable_lines(title: str, body: str) -> None:
    message = make_message(title, body, items=(make_item(title, summary=body),))
    text = wording.text(message)
    assert all(letter.isprintable() or letter == "\n" for letter in text)
    assert "\n" not in wording.title(message)
    header = Header("wenyam@example.org", title, [box("anong@example.org", title) or box("a@example.org")], None)  # type: ignore[list-item]  # both are boxes
    data = written(message, header, title)
    assert data.isascii()
    head = data.partition(b"\r\n\r\n")[0]
    assert {line.partition(b":")[0].lower() for line in head.split(b"\r\n") if line[:1] not in b" \t"} <= {
        *(b"from", b"to", b"subject", b"date", b"message-id", b"references", b"in-reply-to", b"auto-submitted", b"mime-version"),
        *(b"x-auto-response-suppress", b"content-language", b"content-type", b"content-transfer-encoding"),
    }


def test_a_body_keeps_its_lines_and_their_indent() -> None:
    assert wording.body(make_message(body="one\n  two\n\n\tthree\n")) == "one\n  two\n\nthree"


def test_a_flood_is_cut_at_a_line() -> None:
    body = wording.body(make_message(body="\n".join(["x" * 900] * 100)))
    assert len(body) <= wording.BODY_LIMIT
    assert body.endswith("\n…")


def test_a_title_of_nothing_is_the_event() -> None:
    assert wording.title(make_message("\x00\u202e", event=Event.TEST)) == "test"


def test_mentions_lose_their_sign_and_addresses_keep_it() -> None:
    assert wording.without_mentions(HOSTILE["mention"]) == "＠channel ＠everyone <!channel> mail admin@example.org"


@given(st.lists(st.text(st.sampled_from("aก🔥 "), max_size=7000), max_size=8))
def test_line_text_fits_its_objects_and_loses_nothing_that_fits(lines: list[str]) -> None:
    text = "x" + "\n".join(lines)
    found = pieces(text)
    assert 1 <= len(found) <= OBJECTS
    assert all(0 < units(piece) <= UNITS for piece in found if piece.strip()) or not text.strip()
    if units(text) <= UNITS:
        assert found == [text]


def test_text_beyond_five_objects_ends_with_an_ellipsis() -> None:
    found = pieces("\n".join(["🔥" * 2_400] * 8))
    assert len(found) == OBJECTS
    assert found[-1].endswith("\n…")


def test_a_retry_key_is_the_same_for_the_same_message_to_the_same_people() -> None:
    assert retry_key("k", "a", "b") == retry_key("k", "b", "a")
    assert len({retry_key("k", "a"), retry_key("k", "b"), retry_key("l", "a"), retry_key("k", "a", "b")}) == 4


def test_line_ids_tell_their_kind() -> None:
    assert user_fault(line_id("U", 1)) == ""
    assert place_fault(line_id("C", 1)) == place_fault(line_id("R", 1)) == ""
    assert "is a room's LINE id" in user_fault(line_id("R", 1))
    assert "is a person's LINE id" in place_fault(line_id("U", 1))
    assert "is no LINE id" in user_fault("U123")
    assert "is no LINE id" in user_fault(line_id("U", 1) + "\n")


def test_what_a_server_asks_to_wait_is_read_and_bounded() -> None:
    clock = FakeClock(Instant(1_792_000_000_000))
    asked = {
        "17": 17.0,
        "999999": 3600.0,
        "Wed, 14 Oct 2026 17:47:10 GMT": 30.0,
        "Wed, 14 Oct 2020 17:47:10 GMT": 0.0,
        "soon": None,
        "-5": None,
        "": None,
        "๑๗": None,
    }
    assert {text: retry_after(Answer(429, {"retry-after": text}, b""), clock) for text in asked} == asked
    assert retry_after(Answer(429, {}, b""), clock) is None


def test_an_answer_is_told_cleanly_and_without_secrets() -> None:
    error = of_answer(Answer(500, {}, b"no \x1b[31mluck with canary\r\n"), "https://example.org", FakeClock(), "canary", "")
    assert error.what == "https://example.org answered 500: no luck with •••"
    assert hidden("a", "") == "a"


def test_several_incidents_share_what_they_have_in_common() -> None:
    items = (make_item("core-1"), make_item("core-2", ended=Instant(NOON + 1)))
    found = payload(make_message(items=items), "key", "here", "")
    assert found["status"] == "firing"
    assert [alert["status"] for alert in found["alerts"]] == ["firing", "resolved"]
    assert set(found["commonLabels"]) == {"instance", "kind", "check", "site", "severity"}
    assert found["alerts"][0]["fingerprint"] != found["alerts"][1]["fingerprint"]


def test_a_fingerprint_stays_when_it_becomes_worse() -> None:
    assert fingerprint({"alertname": "a", "severity": "warning"}) == fingerprint({"alertname": "a", "severity": "critical"})
    assert fingerprint({"a": "b"}) != fingerprint({"a": "c"})


def test_silent_relays_leave_time_for_the_last() -> None:
    assert [share(10.0, 25.0, relays) for relays in (1, 2, 5)] == [10.0, 10.0, 5.0]
    assert share(10.0, 5.0, 1) == 5.0
    assert share(10.0, -1.0, 1) == 0.1
