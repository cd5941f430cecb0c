"""What alerts stand on: each fault is caused for real, seen as FAIL, put right and seen as PASS."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wenyam.clock import Clock, SystemClock
from wenyam.model.instants import Instant
from wenyam.operations import doctor, doctor_alerts, doctor_duty
from wenyam.operations.findings import Examination, Finding, Verdict
from wenyam.testing.alert_house import write_configuration
from wenyam.testing.alerting import write_secret
from wenyam.testing.clock import FakeClock
from wenyam.testing.line_server import LineServer, line_id
from wenyam.testing.mail_server import MailServer
from wenyam.testing.ports import free_port
from wenyam.testing.receivers import HttpReceiver, Reply
from wenyam.testing.watcher import RunningWatcher

pytestmark = pytest.mark.real

TOKEN = "line-canary-of-the-doctor"
PASS, FAIL, NOT_TESTED = Verdict.PASS, Verdict.FAIL, Verdict.NOT_TESTED
DEVICE = {"kind": "server", "address": "127.0.0.1", "alive": {"any_of": ["tcp:9"]}}


class Place:
    """A configuration folder that is written anew for each look."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def look(
        self, examination: Examination, sections: dict[str, Any], *, clock: Clock | None = None, ask: bool = True
    ) -> list[Finding]:
        write_configuration(self.folder, {"devices": {"db": DEVICE}, **sections})
        around = doctor.surroundings(clock or SystemClock(), self.folder, reach_devices=ask)
        assert around.configuration is not None
        return doctor.examine(around, [examination])


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture(scope="module")
def line() -> Iterator[LineServer]:
    with LineServer(TOKEN) as server:
        yield server


def said(found: list[Finding]) -> list[tuple[str, Verdict]]:
    return [(finding.about, finding.verdict) for finding in found]


def test_without_a_channel_nobody_is_told_and_without_a_question_nothing_is_asked(place: Place, line: LineServer) -> None:
    (none,) = place.look(doctor_alerts.channels, {})
    assert (none.verdict, none.sentence) == (NOT_TESTED, "none is configured, so nobody is told of anything")
    hook = {"channels": {"hook": {"kind": "webhook", "url": line.url}}}
    (finding,) = place.look(doctor_alerts.channels, hook, ask=False)
    assert (finding.verdict, finding.sentence) == (NOT_TESTED, "1 channel not asked")


def test_a_line_channel_tells_its_quota_and_a_wrong_token_or_a_spent_month_fail(place: Place, line: LineServer) -> None:
    token = place.folder / "token"
    channel = {"kind": "line", "token": write_secret(token, TOKEN), "url": line.url}
    (finding,) = place.look(doctor_alerts.channels, {"channels": {"line": channel}})
    assert (finding.about, finding.verdict) == ("channel line", PASS)
    assert "0 of this month's 1,000 messages used, 1,000 left" in finding.sentence
    line.used = 950
    (spent,) = place.look(doctor_alerts.channels, {"channels": {"line": channel}})
    assert (spent.verdict, spent.advice) == (FAIL, "Then: wenyam alert test line")
    assert "950 of this month's 1,000" in spent.sentence
    line.used = 0
    write_secret(token, "another")
    (refused,) = place.look(doctor_alerts.channels, {"channels": {"line": channel}})
    assert refused.verdict is FAIL
    assert "another" not in refused.sentence
    write_secret(token, TOKEN)
    assert said(place.look(doctor_alerts.channels, {"channels": {"line": channel}})) == [("channel line", PASS)]


def test_a_relay_that_is_off_or_refuses_the_login_fails_and_others_are_asked_all_the_same(place: Place) -> None:
    password = place.folder / "password"
    port = free_port()
    relay = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "username": "wenyam",
        "password": write_secret(password, "right"),
    }
    with HttpReceiver() as hook:
        channels = {
            "mail": {"kind": "mail", "sender": "wenyam@example.org", "relays": [relay]},
            "hook": {"kind": "webhook", "url": hook.url},
        }
        assert said(place.look(doctor_alerts.channels, {"channels": channels})) == [
            ("channel mail", FAIL),
            ("channel hook", PASS),
        ]
        with MailServer(security="none", users={"wenyam": "right"}) as mail:
            relay["port"] = mail.port
            assert said(place.look(doctor_alerts.channels, {"channels": channels}))[0] == ("channel mail", PASS)
            write_secret(password, "canary-wrong")
            (refused, _) = place.look(doctor_alerts.channels, {"channels": channels})
            assert refused.verdict is FAIL
            assert "canary" not in refused.sentence + refused.advice


def test_somebody_whom_a_route_means_and_no_channel_reaches_fails(place: Place, line: LineServer) -> None:
    channels = {"line": {"kind": "line", "token": write_secret(place.folder / "token", TOKEN), "url": line.url}}
    people = {name: {"name": name.title()} for name in ("anan", "busaba")}
    people["anan"]["line_id"] = line_id("U", 1)
    routes = {
        "all": {
            "steps": [{"to": ["duty_officer"], "channels": ["line"]}, {"after": "5m", "to": ["busaba"], "channels": ["line"]}]
        }
    }
    sections = {"channels": channels, "people": people, "alerts": {"routes": routes}}
    (finding,) = place.look(doctor_alerts.addresses, sections)
    assert (finding.verdict, finding.sentence) == (FAIL, "alerts.routes.all, step 2: 'busaba' has no address for line")
    people["busaba"]["line_id"] = line_id("U", 2)
    assert said(place.look(doctor_alerts.addresses, sections)) == [("addresses", PASS)]


OFFICE = {"people": ["anan"], "starts": "2026-01-01", "hours": "office"}
OUTSIDE = {"people": ["busaba"], "starts": "2026-01-01", "hours": "outside-office"}


def test_hours_with_nobody_on_duty_fail_until_a_rota_fills_them(place: Place) -> None:
    clock = FakeClock(Instant(1_795_996_800_000))
    rotas: dict[str, Any] = {"desk": OFFICE}
    (finding,) = place.look(doctor_duty.duty, {"oncall": {"rotas": rotas}}, clock=clock)
    assert finding.verdict is FAIL
    assert finding.sentence.startswith("nobody is on duty from 2026-11-30 07:00 to 2026-11-30 08:30 and 20 further times")
    rotas["night"] = OUTSIDE
    (filled,) = place.look(doctor_duty.duty, {"oncall": {"rotas": rotas}}, clock=clock)
    assert (filled.verdict, filled.sentence) == (PASS, "somebody of 2 rotas is on duty at every hour of the coming 30 days")


def test_a_route_that_means_nobody_at_some_hour_fails_unless_it_does_not_hold_then(place: Place) -> None:
    rotas = {"desk": OFFICE, "night": OUTSIDE}
    channels = {"mail": {"kind": "mail", "sender": "wenyam@example.org", "relays": [{"host": "127.0.0.1", "security": "none"}]}}
    night: dict[str, Any] = {"match": {"hours": "20:00-06:00"}, "steps": [{"to": ["oncall:desk"], "channels": ["mail"]}]}
    sections = {"oncall": {"rotas": rotas}, "channels": channels, "alerts": {"routes": {"nights": night}}}
    clock = FakeClock(Instant(1_795_996_800_000))
    (finding,) = place.look(doctor_duty.duty, sections, clock=clock)
    assert (finding.verdict, finding.sentence) == (
        FAIL, "alerts.routes.nights: its first step means nobody at 2026-11-30 20:00"
    )  # fmt: skip
    night["steps"][0]["to"] = ["oncall:night"]
    assert said(place.look(doctor_duty.duty, sections, clock=clock)) == [("duty", PASS)]


def test_a_receiver_with_a_short_token_or_open_without_tls_or_with_a_known_community_fails(place: Place) -> None:
    token, community = place.folder / "token", place.folder / "community"
    webhook: dict[str, Any] = {"listen": "127.0.0.1:9711", "token": write_secret(token, "short")}
    receive: dict[str, Any] = {"webhook": webhook}
    assert said(place.look(doctor_alerts.receivers, {"receive": receive})) == [("receiver webhook", FAIL)]
    write_secret(token, "3f" * 12)
    assert said(place.look(doctor_alerts.receivers, {"receive": receive})) == [("receiver webhook", PASS)]
    webhook["listen"] = "0.0.0.0:9711"
    (open_,) = place.look(doctor_alerts.receivers, {"receive": receive})
    assert open_.verdict is FAIL
    assert "crosses it in the clear" in open_.sentence
    webhook["web_config"] = "web.yaml"
    credentials = {"traps": {"kind": "snmp-community", "community": write_secret(community, "Public")}}
    receive["traps"] = {"listen": "0.0.0.0:1162", "credentials": ["traps"]}
    found = place.look(doctor_alerts.receivers, {"receive": receive, "credentials": credentials})
    assert said(found) == [("receiver webhook", PASS), ("receiver traps", FAIL)]
    assert "a community that everybody knows: traps" in found[1].sentence
    write_secret(community, "7c0e19ab")
    assert said(place.look(doctor_alerts.receivers, {"receive": receive, "credentials": credentials}))[1] == (
        "receiver traps",
        PASS,
    )


def test_a_peer_that_runs_passes_and_one_that_is_gone_refuses_or_is_no_wenyam_fails(place: Place, tmp_path: Path) -> None:
    port, other = free_port(), tmp_path / "other"
    for directory in (other / "etc", other / "state", other / "run"):
        directory.mkdir(parents=True)
    (other / "etc" / "wenyam.yaml").write_text(
        f"instance: {{name: dr-site, site: here, state_directory: {other}/state, run_directory: {other}/run, ballast: 1MiB,\n"
        f"           exporter: {{listen: '127.0.0.1:{port}'}}}}\n"
        "sites: {here: }\npeople: {anong: {name: Anong}}\ndefaults: {owner: anong, duty_officer: anong}\n",
        encoding="utf-8",
    )
    peers = {"peers": {"dr": {"url": f"http://127.0.0.1:{port}"}}}
    (gone,) = place.look(doctor_alerts.peers, peers)
    assert (gone.about, gone.verdict) == ("peer dr", FAIL)
    with RunningWatcher(other / "etc", other / "run", other / "log"):
        (there,) = place.look(doctor_alerts.peers, peers)
        assert there.verdict is PASS, there
        assert there.sentence.startswith("dr-site answers; its heartbeat is ")
    with HttpReceiver() as stranger:
        peers["peers"]["dr"]["url"] = stranger.url
        assert said(place.look(doctor_alerts.peers, peers)) == [("peer dr", FAIL)]
        stranger.replies.append(Reply(401))
        (refused,) = place.look(doctor_alerts.peers, peers)
        assert "refused" in refused.sentence
    (unasked,) = place.look(doctor_alerts.peers, peers, ask=False)
    assert unasked.verdict is NOT_TESTED
