"""The Apprise channel against real receivers on loopback: the URL shows nowhere, dangerous services are refused."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wenyam.alerts.contract import NotifyError
from wenyam.alerts.notifiers.apprise import AppriseNotifier, AppriseOptions
from wenyam.testing.alerting import HOSTILE, KEY, everything_said, make_message, make_person, make_surroundings, write_secret
from wenyam.testing.receivers import HttpReceiver, Reply

pytestmark = pytest.mark.real
TOKEN = "canaryd41d8cd98f00b204e980"


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with HttpReceiver() as server:
        yield server


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Give all that the log of the house gets, with the libraries as talkative as they can be."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    loggers = [logging.getLogger(name) for name in ("", "apprise", "urllib3", "requests")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(1)
    loggers[0].addHandler(handler)
    logging.getLogger("wenyam").debug("the log is read")
    yield written
    loggers[0].removeHandler(handler)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
    assert "the log is read" in written.getvalue()


def channel(folder: Path, url: str, **options: Any) -> AppriseNotifier:
    given = {"url": write_secret(folder / "url", url), "timeout": "3s", **options}
    return AppriseNotifier(AppriseOptions.model_validate(given), make_surroundings())


def json_url(receiver: HttpReceiver, more: str = "") -> str:
    return f"json://wenyam:{TOKEN}@127.0.0.1:{receiver.port}/{TOKEN}{more}"


async def test_title_and_body_arrive_as_text(receiver: HttpReceiver, tmp_path: Path) -> None:
    sender = channel(tmp_path, json_url(receiver))
    delivery = await sender.send(make_message("ดับ core-1", "since 12:00\nfirst step: ping"), [], KEY)
    [heard] = receiver.heard
    assert (heard.data["title"], heard.data["message"]) == ("ดับ core-1", "since 12:00\nfirst step: ping")
    assert heard.data["type"] == "failure"
    assert delivery.detail == "JSON took it"
    assert TOKEN not in await sender.probe()
    assert len(receiver.heard) == 1


@pytest.mark.parametrize(
    "service",
    ["ntfy://user:{token}@127.0.0.1:{port}/topic", "mmost://127.0.0.1:{port}/{token}", "gotify://127.0.0.1:{port}/{token}"],
)
async def test_services_that_people_use_take_it(receiver: HttpReceiver, tmp_path: Path, service: str) -> None:
    delivery = await channel(tmp_path, service.format(token=TOKEN, port=receiver.port)).send(make_message(), [], KEY)
    assert delivery.detail.endswith("took it")
    assert b"core-1" in receiver.heard[0].body


@pytest.mark.parametrize(
    ("reply", "lasting"),
    [
        (Reply(401), True),
        (Reply(403), True),
        (Reply(404), True),
        (Reply(429), False),
        (Reply(500), False),
        (Reply(hang_up=True), False),
    ],
    ids=["401", "403", "404", "429", "500", "hung up"],
)
async def test_refusals_last_and_troubles_pass_and_the_url_is_not_shown(
    receiver: HttpReceiver, tmp_path: Path, log: io.StringIO, reply: Reply, *, lasting: bool
) -> None:
    sender = channel(tmp_path, json_url(receiver))
    receiver.replies.append(reply)
    with pytest.raises(NotifyError) as failed:
        await sender.send(make_message(), [], KEY)
    assert failed.value.lasting is lasting
    await sender.send(make_message(), [], KEY)
    assert TOKEN not in everything_said(failed.value) + log.getvalue() + repr(sender.__dict__)


async def test_a_slow_service_is_left_at_the_deadline(receiver: HttpReceiver, tmp_path: Path) -> None:
    sender = channel(tmp_path, json_url(receiver), timeout="0.5s")
    receiver.replies.append(Reply(stall=2.0))
    with pytest.raises(NotifyError, match=r"JSON within 0\.5 s") as failed:
        await sender.send(make_message(), [], KEY)
    assert not failed.value.lasting
    assert TOKEN not in everything_said(failed.value)
    await sender.send(make_message(), [], KEY)


async def test_a_service_that_is_gone_may_be_tried_again(tmp_path: Path) -> None:
    with HttpReceiver() as gone:
        url = json_url(gone)
    with pytest.raises(NotifyError) as failed:
        await channel(tmp_path, url).send(make_message(), [], KEY)
    assert not failed.value.lasting
    assert TOKEN not in everything_said(failed.value)


async def test_a_redirect_is_not_followed(receiver: HttpReceiver, tmp_path: Path) -> None:
    with HttpReceiver() as other:
        receiver.replies.append(Reply(307, headers={"Location": f"{other.url}/elsewhere"}))
        with pytest.raises(NotifyError):
            await channel(tmp_path, json_url(receiver)).send(make_message(), [], KEY)
        assert other.heard == []


@pytest.mark.parametrize(
    "url",
    [
        f"dbus://?x={TOKEN}",
        f"qt://?x={TOKEN}",
        f"gnome://?x={TOKEN}",
        f"macosx://?click={TOKEN}",
        f"windows://?x={TOKEN}",
        f"syslog://?x={TOKEN}",
        f"fcm://project/device/?keyfile=/etc/{TOKEN}",
        f"vapid://a@example.org/x@example.org?keyfile=/etc/{TOKEN}",
        f"slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/?template=/etc/{TOKEN}",
        f"discord://123456789/{TOKEN}?template=file:///etc/passwd",
        f"tgram://123456789:abcdefg_hijklmnop/12315544/?template=/etc/{TOKEN}",
        f"mailto://user:{TOKEN}@example.org?pgp=yes&pgpkey=/etc/passwd",
        f"ntfy://topic?attach=/etc/{TOKEN}",
        f"jsons://user:{TOKEN}@example.org/?verify=no",
        f"exec://{TOKEN}",
        f"file:///etc/{TOKEN}",
        f"nonsense {TOKEN}",
        f"slack://{TOKEN}",
    ],
)
async def test_what_works_on_this_machine_or_makes_no_sense_is_refused(tmp_path: Path, url: str) -> None:
    for verb in ("send", "probe"):
        sender = channel(tmp_path, url)
        with pytest.raises(NotifyError, match="Apprise URL cannot be used") as failed:
            await (sender.probe() if verb == "probe" else sender.send(make_message(), [], KEY))
        assert failed.value.lasting
        assert TOKEN not in everything_said(failed.value)


async def test_a_plug_in_of_somebody_else_is_refused(tmp_path: Path) -> None:
    from apprise.decorators import notify  # noqa: PLC0415  # one test registers a plug-in

    started: list[str] = []

    @notify(on="danger", name="Danger")  # type: ignore[no-untyped-call,untyped-decorator]  # the library's own
    def run(body: str, *words: Any, **more: Any) -> None:
        started.append(body)

    with pytest.raises(NotifyError, match="works on this machine itself"):
        await channel(tmp_path, "danger://").send(make_message(), [], KEY)
    assert started == []


def test_it_is_addressed_by_where_its_url_is_kept(tmp_path: Path) -> None:
    options = AppriseOptions.model_validate({"url": "file:/etc/wenyam/secrets/teams"})
    assert AppriseNotifier.address(options, make_person("anong")) == "file:/etc/wenyam/secrets/teams"


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_text_arrives_as_harmless_text(receiver: HttpReceiver, tmp_path: Path, name: str) -> None:
    said = HOSTILE[name]
    await channel(tmp_path, json_url(receiver)).send(make_message(said, f"first\n{said}\nlast"), [], KEY)
    data = receiver.heard[0].data
    assert data["title"].isprintable()
    assert all(letter.isprintable() or letter == "\n" for letter in data["message"])
    assert (data["message"].split("\n")[0], data["message"].split("\n")[-1]) == ("first", "last")
    assert not {"@channel", "@everyone"} & set(data["title"].split())


async def test_markup_means_nothing_where_markup_is_read(receiver: HttpReceiver, tmp_path: Path) -> None:
    markup = "*bold* [click](http://evil.example) `code` <b>x</b>"
    await channel(tmp_path, json_url(receiver, "?format=markdown")).send(make_message(markup, markup), [], KEY)
    await channel(tmp_path, json_url(receiver, "?format=html")).send(make_message(markup, markup), [], KEY)
    markdown, html = (heard.data["message"] for heard in receiver.heard)
    assert r"\[click\]" in markdown
    assert r"\*bold\*" in markdown
    assert "<b>" not in html
