"""Answers by mail as a pure function: what is read of a mail, and what is decided about it. Whatever comes, nothing is raised."""

import base64
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wenyam.alerts.replies import Refusal, Verdict, judge, read_mail, sender_digest, sender_of
from wenyam.alerts.reply_proof import problem_of, read_results
from wenyam.alerts.reply_record import REFUSED, ReplyRecord, refused, taken
from wenyam.alerts.reply_text import Headers, split_mail, subject_of, without_tags, written_lines
from wenyam.incidents.book import Book
from wenyam.incidents.intake import free_code
from wenyam.model.guarding import ReplyPlan
from wenyam.model.instants import Instant, after
from wenyam.model.inventory import Person, SecretReference, Text
from wenyam.testing.reply_world import PEOPLE, SERVER, mail, proven

PLAN = ReplyPlan("127.0.0.1", "wenyam", SecretReference("file", "/x"), authserv_id=SERVER)
NOW = Instant(1_792_000_000_000)
KNOWN = frozenset({"CK7M", "9XTR"})


def decide(raw: bytes, *, plan: ReplyPlan = PLAN, blocked: bool = False) -> Verdict:
    return judge(read_mail(raw, plan.authserv_id), PEOPLE.values(), plan, KNOWN.__contains__, lambda _sender: blocked)


def taken_by(raw: bytes) -> tuple[str, str]:
    verdict = decide(raw)
    return verdict.person, verdict.code


@pytest.mark.parametrize(
    "text",
    [
        "ack", "ACK", "Ack.", "acknowledge", "Acknowledged!", "“ack”"[1:-1], "  ack  \r\n> quoted", "\r\n\r\nack",
        "รับทราบ", "รับทราบครับ", "รับทราบค่ะ", "รับทราบแล้วครับ", "ack ck7m", "ack: CK7M", "> old words\r\nack",
    ],
)  # fmt: skip
def test_a_few_words_acknowledge(text: str) -> None:
    assert taken_by(mail(text=text)) == ("somchai", "CK7M")


@pytest.mark.parametrize(
    "text", ["", "no", "not ack", "acknowledge-not", "back", "รับ", "ไม่รับทราบ", "close CK7M", "> ack", "Re: ack"]
)
def test_anything_else_does_not(text: str) -> None:
    assert decide(mail(text=text)).refusal is Refusal.NO_WORD


def test_the_code_after_the_word_goes_before_all_others_and_is_not_replaced_by_another_place() -> None:
    assert taken_by(mail(text="ack 9xtr")) == ("somchai", "9XTR")
    assert decide(mail(text="ack BBBB")).refusal is Refusal.WRONG_CODE
    assert taken_by(mail(subject="Re: HTTP SNMP 2568", text="ack\r\nIt is 9XTR.")) == ("somchai", "9XTR")


def test_a_code_the_incidents_make_is_always_found() -> None:
    for number in range(2000):
        code = free_code(Book(), f"device:core-{number}")
        assert read_mail(mail(text=f"ack {code.lower()}"), SERVER).groups[0] == (code,)


def test_html_and_base64_and_thai_charsets_are_read() -> None:
    hypertext = "<html><head><style>ack{}</style></head><body><div>รับทราบ&nbsp;</div><blockquote>9XTR</blockquote></body></html>"
    assert taken_by(mail(headers=["Content-Type: text/html; charset=utf-8"], text=hypertext)) == ("somchai", "CK7M")
    thai = base64.b64encode("รับทราบครับ".encode("cp874")).decode()
    headers = ["Content-Type: text/plain; charset=tis-620", "Content-Transfer-Encoding: base64"]
    assert taken_by(mail(headers=headers, text=thai)) == ("somchai", "CK7M")
    both = "--b\r\nContent-Type: text/html\r\n\r\n<p>no</p>\r\n--b\r\nContent-Type: text/plain\r\n\r\nack\r\n--b--\r\n"
    assert taken_by(mail(headers=["Content-Type: multipart/alternative; boundary=b"], text=both)) == ("somchai", "CK7M")
    attached = (
        "--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nack\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nno\r\n--b--"
    )
    assert decide(mail(headers=["Content-Type: multipart/mixed; boundary=b"], text=attached)).refusal is Refusal.NO_WORD


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("somchai@example.org", "somchai@example.org"),
        ("Somchai <Somchai@Example.ORG>", "somchai@example.org"),
        ('"Jaidee, Somchai (x) <y@z>" <somchai@example.org>', "somchai@example.org"),
        ("=?utf-8?B?4Liq4Lih?= <somchai@example.org>", "somchai@example.org"),
        ("somchai@example.org, eve@example.org", ""),
        ("eve@example.org <somchai@example.org>", ""),
        ("somchai@example.org <eve@evil.example>", ""),
        ("Group: somchai@example.org;", ""),
        ("somchai@example.org)eve@evil.example", ""),
        ("<somchai@example.org> <eve@example.org>", ""),
        ("somchai@example.org\x00", ""),
        ("", ""),
    ],
)
def test_a_sender_is_one_address_or_none(written: str, address: str) -> None:
    assert sender_of(Headers((("from", written),))) == address
    assert sender_of(Headers((("from", written), ("from", written)))) == ""


@pytest.mark.parametrize(
    ("header", "automatic"),
    [
        ("Auto-Submitted: auto-replied", True), ("Auto-Submitted: auto-generated (holiday)", True), ("Auto-Submitted: no", False),
        ("Precedence: Bulk", True), ("Return-Path: <>", True), ("Return-Path: <somchai@example.org>", False),
        ("X-Autoreply: yes", True), ("List-Id: <x>", True), ("Content-Type: multipart/report; boundary=b", True),
    ],
)  # fmt: skip
def test_what_a_program_wrote_is_ignored_whatever_it_says(header: str, automatic: bool) -> None:  # noqa: FBT001  # a row of the table
    assert decide(mail(headers=[header])).is_ignored is automatic


def test_only_the_topmost_word_of_the_trusted_server_counts() -> None:
    sender = "somchai@example.org"
    good = f"{SERVER}; dkim=pass header.d=example.org"
    assert problem_of([good], SERVER, sender) == ""
    assert problem_of([f'"{SERVER}" 1 (a; b); spf=none; dmarc=PASS (p=reject; x) header.from=Example.Org'], SERVER, sender) == ""
    assert problem_of([f"{SERVER}; spf=pass smtp.mailfrom=bounce@example.org"], SERVER, sender) == ""
    assert problem_of(["other.example; dmarc=fail", good], SERVER, sender) == ""
    for values in (
        [], ["evil.example; dmarc=pass header.from=example.org"], [f"{SERVER}; none", good], [f"{SERVER}.evil; dmarc=pass"],
        [f"{SERVER}; dkim=pass header.d=evil.example"], [f"{SERVER}; dkim=fail header.d=example.org"],
        [f"{SERVER}; dkim=pass header.d=org"], [f"{SERVER}; x=pass header.d=example.org"],
        [f"{SERVER}; dmarc=fail header.from=example.org; dkim=pass header.d=example.org"],
        [f"{SERVER}; spf=none (dkim=pass header.d=example.org)"],
        [f'{SERVER}; spf=none reason="; dkim=pass header.d=example.org"'],
        [f"{SERVER}; dmarc=pass header.from=evil.example"], [""], [";;;;"], ["(((("], ['"'],
    ):  # fmt: skip
        assert problem_of(values, SERVER, sender), values
    assert read_results("mx.example.org; none") == ("mx.example.org", [])


def test_without_a_demand_for_proof_a_known_address_is_enough_and_a_guesser_is_refused() -> None:
    lenient = ReplyPlan("h", "u", SecretReference("file", "/x"), require_authentication=False)
    assert decide(mail(results=""), plan=lenient).code == "CK7M"
    assert decide(mail(results="")).refusal is Refusal.UNPROVEN
    assert decide(mail(), blocked=True).refusal is Refusal.GUESSED
    assert decide(mail("shared@example.org")).refusal is Refusal.SHARED
    assert decide(mail("eve@example.org"), blocked=True).refusal is Refusal.UNKNOWN


def test_a_mail_is_known_by_its_message_id_and_sender() -> None:
    first, again, other = (
        read_mail(mail(number=number, text=text), SERVER) for number, text in ((1, "ack"), (1, "x"), (2, "ack"))
    )
    assert first.digest == again.digest != other.digest
    assert read_mail(mail("eve@example.org"), SERVER).digest != first.digest
    nameless = mail().replace(b"Message-ID", b"X")
    assert read_mail(nameless, SERVER).digest != read_mail(nameless + b"x", SERVER).digest
    assert "somchai" not in sender_digest("here", "somchai@example.org")


def test_five_wrong_codes_block_for_an_hour_and_facts_bring_that_back() -> None:
    facts = [
        refused(f"m{number}", after(NOW, number), "s", Refusal.WRONG_CODE, person="p", detail="", unnoted=0)
        for number in range(5)
    ]
    record = ReplyRecord.of([*facts, taken("t", NOW, "somchai", "CK7M", "taken")])
    assert record.done == {"t"}
    assert record.is_blocked("s", 5, after(NOW, 10))
    assert not record.is_blocked("other", 5, after(NOW, 10))
    assert record.is_blocked("s", 5, after(NOW, 3599))
    assert not record.is_blocked("s", 5, after(NOW, 3601))


def test_of_a_flood_only_the_beginning_is_written_down() -> None:
    record, written = ReplyRecord(), 0
    for number in range(200):
        if record.is_worth_noting(f"s{number}", Refusal.UNKNOWN, NOW):
            written += 1
            record.adopt(refused(f"m{number}", NOW, f"s{number}", Refusal.UNKNOWN, person="", detail="", unnoted=0))
    assert written == 60
    assert record.is_worth_noting("s1", Refusal.UNKNOWN, after(NOW, 3601))
    again = ReplyRecord.of([refused("m", NOW, "s", Refusal.UNKNOWN, person="", detail="", unnoted=3)])
    assert not again.is_worth_noting("s", Refusal.UNKNOWN, after(NOW, 5))
    assert again.is_worth_noting("s", Refusal.WRONG_CODE, after(NOW, 5))
    assert REFUSED == "reply-refused"


PIECES = st.sampled_from(
    [
        b"From: a@b\r\n",
        b"from:",
        b"Subject: =?utf-8?Q?=",
        b"=?",
        b"?=",
        b"\r\n",
        b"\n",
        b"\r",
        b" ",
        b"\t",
        b":",
        b";",
        b'"',
        b"<",
        b">",
        b"(",
        b")",
        b"\\",
        b"--b",
        b"--b--",
        b"Content-Type: multipart/mixed; boundary=b\r\n",
        b"Content-Type: text/html\r\n",
        b"Content-Type: message/rfc822\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"ack CK7M",
        "รับทราบ".encode(),
        b"\x00",
        b"\xff",
        b"Content-Transfer-Encoding: quoted-printable\r\n=E0=B8",
        b"charset=utf-7",
        b"Authentication-Results: mx; dkim=pass",
        b"Message-ID:",
        b"boundary=",
        b"&#x110000;",
        b"<style",
        b"</style>",
        b"=?utf-8?B?4L?=",
        b"Auto-Submitted:",
    ]
)


@given(st.lists(PIECES, max_size=60).map(b"".join) | st.binary(max_size=300))
@example(b"Subject: =?utf-8?B?=\xff?=\r\n\r\n")
@example(b'Content-Type: text/plain; charset="\x00"\r\n\r\nack')
def test_whatever_comes_is_decided_and_never_an_exception(raw: bytes) -> None:
    verdict = decide(raw)
    assert verdict.refusal is not None or verdict.is_ignored or verdict.code
    with_proof = decide(proven().encode() + b"\r\nFrom: somchai@example.org\r\n" + raw)
    assert with_proof.code in ("", *KNOWN)


def bombs() -> dict[str, bytes]:
    size = 64 << 10
    nested = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(1000))
    return {
        "angle brackets": mail(headers=["Content-Type: text/html"], text="<" * size),
        "references": mail(headers=["Content-Type: text/html"], text="&" * size),
        "nested": mail().replace(b"Content-Type: text/plain; charset=utf-8", nested[:-2]),
        "parts": mail(headers=["Content-Type: multipart/mixed; boundary=b"], text="--b\r\n\r\n" * 10_000),
        "header": mail(headers=["X: " + "a" * size]),
        "headers": mail(headers=["X:" for _ in range(20_000)]),
        "folded": mail(headers=["X: y" + "\r\n z" * 20_000]),
        "from": mail("(" * 4000 + "<" * 4000 + '"' * 4000),
        "subject": mail(subject="=?utf-8?B?" * 6000),
        "results": mail(results="Authentication-Results: " + "(" * size),
        "results quoted": mail(results="Authentication-Results: " + '\\"' * 20_000),
        "type": mail(headers=["Content-Type: text/plain;" + " ;" * 20_000]),
        "marks": mail(text="ก" + "่" * 20_000),
        "spaces": mail(text=" " * size),
        "lines": mail(text="\n" * size),
    }


@pytest.mark.parametrize("name", bombs())
def test_no_mail_takes_long(name: str) -> None:
    raw = bombs()[name][: 64 << 10]
    begun = time.process_time()
    decide(raw)
    assert time.process_time() - begun < 0.5


def test_the_parts_alone_are_as_they_should_be() -> None:
    part = split_mail(b"Subject: =?tis-620?Q?=C3?= x\r\nX-A: 1\r\n folded\r\n\r\nbody")
    assert subject_of(part.headers) == "ร x"
    assert part.headers.all("x-a") == ["1 folded"]
    assert written_lines(part) == ["body"]
    assert without_tags("a<br>b<p>c</p><script>no<b></script>d &lt;e&gt;") == "a\nb\nc\nd <e>"
    assert Person("x", Text("x", "x")).mail is None
