"""Pictures of the dashboard built by hand, and a source that shows them: a small site, calm or in trouble, or a large one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import sin
from typing import Any

from wenyam.errors import WenyamError
from wenyam.model.instance import Configuration, Instance
from wenyam.model.instants import Instant, Period, after, to_iso
from wenyam.model.inventory import AliveProbe, AliveRule, AtLeast, Device, Inventory, Link, Member, Person, Service, Site, Text
from wenyam.model.states import State, StateChange, Subject, SubjectKind
from wenyam.operations.dashboard import Glance
from wenyam.tui.picture import Change, Detail, Holder, Past, Picture, Wishes
from wenyam.tui.standings import Standing, Standings

NOW = Instant(1_795_659_000_000)
"""Fri 26 November 2026 09:10 in Bangkok."""
_ALIVE = AliveRule((AliveProbe("icmp"), AliveProbe("tcp", 22)))
PEOPLE = {
    "anong": Person("anong", Text("อนงค์ ใจดี", "Anong Jaidee"), telephone="+66 2 123 4567"),
    "somchai": Person("somchai", Text("สมชาย รักงาน", "Somchai Rakngan")),
}
SITES = {
    "dc": Site("dc", Text("ศูนย์ข้อมูลหลัก", "Main data centre")),
    "dr": Site("dr", Text("ศูนย์สำรอง", "DR site")),
}


def device(name: str, kind: str = "server", site: str = "dc", address: str = "192.0.2.1", **more: Any) -> Device:
    """Return a device of the site."""
    return Device(name, kind, (address,), site, "anong", "somchai", _ALIVE, **more)


DEVICES = (
    device("core-1", "switch", address="192.0.2.2"),
    device("edge-1", "router", address="192.0.2.1", parents=("core-1",)),
    device("erp-db", "server", address="192.0.2.20", parents=("core-1",), label=Text("ฐานข้อมูลบัญชี", "Accounting database")),
    device("web-1", "server", address="192.0.2.21", parents=("core-1",)),
    device("web-2", "server", address="192.0.2.22", parents=("core-1",)),
    device("nas-1", "storage", address="192.0.2.30", parents=("core-1",)),
    device("ups-1", "ups", address="192.0.2.40"),
    device("fw-dr", "firewall", "dr", address="198.51.100.1"),
    device("dr-db", "server", "dr", address="198.51.100.20", parents=("fw-dr",)),
)
CHECKS = ("cpu", "memory", "disk")


def configuration(devices: Iterable[Device] = DEVICES, **more: Any) -> Configuration:
    """Return a configuration with these devices, a service over the web servers and a link."""
    known = {each.name: each for each in devices}
    members = tuple(Member(Subject(SubjectKind.DEVICE, name)) for name in ("web-1", "web-2") if name in known)
    label = Text("ระบบทะเบียนออนไลน์", "Online register")
    service = Service("register", label, "anong", "somchai", AtLeast(1, members, "any"), site="dc")
    link = Link(
        "isp-1", Text("อินเทอร์เน็ต สาย ๑", "Internet line 1"), "dc", "anong", "somchai",
        near="edge-1", near_interface=None, provider=None, far="203.0.113.9", alive=_ALIVE,
    )  # fmt: skip
    inventory = Inventory(SITES, PEOPLE, {}, known, {"isp-1": link}, {"register": service})
    return Configuration(Instance("prachin", "dc", language="en"), inventory, "/etc/wenyam", **more)


def standing(subject: str, state: State, seconds: float = 86_400, summary: str = "", **more: Any) -> Standing:
    """Return a state that began so many seconds ago."""
    known = Subject.parse(subject)
    return Standing(subject, known.kind.value, known.name, known.check, state, after(NOW, -seconds), summary, **more)


def calm(of: Configuration) -> Standings:
    """Return the states of a site in which all is well."""
    inventory = of.inventory
    found = [standing(f"device:{name}", State.UP) for name in inventory.devices]
    found += [
        standing(f"device:{name}/{check}", State.OK, value=0.2, limit=0.9) for name in inventory.devices for check in CHECKS
    ]
    found += [standing(f"service:{name}/overall", State.UP) for name in inventory.services]
    found += [standing(f"link:{name}", State.UP) for name in inventory.links]
    return Standings().moved(found)


TROUBLE = (
    standing("device:core-1", State.DOWN, 754, "no answer to icmp, tcp:22: 3 of 3"),
    *(
        standing(f"device:{name}", State.UNREACHABLE, 750, "behind core-1", cause="device:core-1")
        for name in ("edge-1", "web-1", "web-2")
    ),
    standing("device:core-1/cpu", State.UNKNOWN, 740, "not read: the device is down"),
    standing("service:register/overall", State.DOWN, 745, "any of web-1, web-2: both unreachable", cause="device:core-1"),
    standing("device:nas-1/disk", State.WARN, 7_200, "/volume1 is 88 % full, limit 85 %", value=0.88, limit=0.85),
    standing("device:erp-db/memory", State.CRIT, 3_600, "memory 97 %, limit 95 %", value=0.97, limit=0.95),
    standing("device:ups-1", State.UP, 90_000, soft=State.DOWN, attempt=2),
    standing("device:dr-db/management", State.CRIT, 300, "management lost: no answer to snmp on 198.51.100.20"),
)
"""A dead core switch with what is behind it, and troubles of their own."""


def picture(of: Configuration | None = None, changed: Iterable[Standing] = (), **more: Any) -> Picture:
    """Return what a live watcher shows: all well but for these states."""
    of = of or configuration()
    states = calm(of).moved(changed)
    return replace(Picture(of, at=NOW, looked=True, live=True, age=0.4, states=states), **more)


def in_trouble(**more: Any) -> Picture:
    """Return a site in trouble, with one incident that somebody has."""
    held = {"holders": {"device:core-1": Holder("AB12", "somchai"), "device:nas-1/disk": Holder("CD34")}}
    return picture(changed=TROUBLE, **held | more)


def samples(*rows: tuple[str, dict[str, str], float]) -> list[dict[str, Any]]:
    """Return samples as the watcher's answer to `device` has them."""
    return [{"name": name, "labels": labels, "value": value} for name, labels, value in rows]


DETAIL = Detail(
    "device:core-1",
    {
        "jobs": {
            "snmp": {
                "started": to_iso(after(NOW, -30)), "took": 0.213, "last_success": to_iso(after(NOW, -800)),
                "errors": {"timeout": 3}, "facts": {},
                "samples": samples(
                    ("cpu_utilization_ratio", {"cpu": "all"}, 0.42),
                    ("temperature_celsius", {"sensor": "inlet"}, 31.5),
                    ("fan_status", {"component": "fan 1"}, 3),
                    ("interface_oper_status", {"interface": "Gi0/2", "alias": ""}, 2),
                    ("interface_oper_status", {"interface": "Gi0/1", "alias": "uplink"}, 1),
                    ("interface_speed_bytes_per_second", {"interface": "Gi0/1", "alias": "uplink"}, 125e6),
                    ("interface_oper_status", {"interface": "Gi0/10", "alias": "spare"}, 2),
                    ("interface_admin_status", {"interface": "Gi0/10", "alias": "spare"}, 2),
                ),
                "rates": samples(
                    ("rate(interface_receive_bytes_total)", {"interface": "Gi0/1", "alias": "uplink"}, 5e6),
                    ("rate(interface_transmit_bytes_total)", {"interface": "Gi0/1", "alias": "uplink"}, 25e6),
                ),
                "last_failure": {"reason": "timeout", "sentence": "no answer in 1 s", "debug": "sent 3 requests\ngot nothing"},
                "last_failure_at": to_iso(after(NOW, -740)),
            }
        }
    },
)  # fmt: skip
PAST = Past(
    "device:core-1",
    Period(after(NOW, -30 * 86_400), NOW),
    State.UP,
    ((after(NOW, -10 * 86_400), State.DOWN), (after(NOW, -9 * 86_400), State.UP), (after(NOW, -754), State.DOWN)),
    (
        StateChange(
            Subject(SubjectKind.DEVICE, "core-1"), State.UP, State.DOWN, after(NOW, -754), after(NOW, -751), "no answer to icmp",
            sequence=42,
        ),
    ),
    {"cpu_utilization_ratio{cpu='all'}": tuple(0.3 + 0.2 * sin(minute / 60) for minute in range(1440))},
)  # fmt: skip


GLANCES = {
    f"device:{name}": Glance(NOW, PAST.period, State.UP, spans, PAST.courses["cpu_utilization_ratio{cpu='all'}"])
    for name, spans in (("core-1", PAST.spans), ("erp-db", ()), ("web-1", ((after(NOW, -750), State.UNREACHABLE),)))
} | {"service:register": Glance(NOW, PAST.period, None, ())}
"""The last days of some devices and of a service."""


def silent() -> Picture:
    """Return the last states of a watcher that ended a while ago."""
    return in_trouble(live=False, age=3_725.0, silence="/run/wenyam/control.sock: No such file or directory")


def large(devices: int, checks: int) -> Picture:
    """Return a picture of so many devices with so many checks each, spread over twenty sites."""
    kinds = ("server", "switch", "vm", "router", "storage")
    many = [
        device(f"host-{number:05d}", kinds[number % 5], f"site-{number % 20:02d}", f"10.0.{number // 256}.{number % 256}")
        for number in range(devices)
    ]  # fmt: skip
    of = configuration(many)
    named = [f"check-{number}" for number in range(checks)]
    states = [standing(f"device:{each.name}", State.UP) for each in many]
    states += [standing(f"device:{each.name}/{name}", State.OK) for each in many for name in named]
    return Picture(of, at=NOW, looked=True, live=True, age=0.4, states=Standings().moved(states))


@dataclass
class FixedSource:
    """Shows a picture; `asked` is what the watcher would have been asked to do, `answer` what it says."""

    shown: Picture
    answer: dict[str, Any] = field(default_factory=dict)
    refusal: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    wished: list[Wishes] = field(default_factory=list)

    def look(self, wishes: Wishes, _picture: Picture) -> Change:
        """Show the picture that is set now."""
        self.wished.append(wishes)
        shown = self.shown
        return lambda _before: shown

    def fill(self, _wishes: Wishes, _picture: Picture) -> Change:
        """Leave the picture as it is: it has its parts already."""
        return lambda shown: shown

    def act(self, request: dict[str, Any]) -> dict[str, Any]:
        """Note the request; refuse it when a refusal is set."""
        self.asked.append(request)
        if self.refusal:
            raise WenyamError(self.refusal)
        return self.answer

    def forget(self) -> None:
        """Have nothing to forget."""


LANGUAGES: Sequence[str] = ("en", "th")
