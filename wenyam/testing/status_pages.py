"""A made-up status page with everything a page can hold, hostile names among it: for tests."""

from datetime import date, timedelta

from wenyam.availability.buckets import Buckets
from wenyam.incidents.announcements import Announcement
from wenyam.model.facts import ChainHead
from wenyam.model.instants import Instant, Period, after
from wenyam.model.inventory import Text
from wenyam.model.states import State
from wenyam.reports.status_page import Day, ShownService, ShownWork, StatusPage

NOW = Instant(1_795_000_000_000)
HOUR = 3_600_000
DAY = 24 * HOUR
HOSTILE = "</title></style><script>alert(1)</script><img src=x onerror=alert(1)>\"'&\x1b[31m\u202e\n" + "ยาว" * 60
"""What would break a page that is written carelessly."""


def days(changed: dict[int, Buckets], *, born: int = 0, count: int = 90) -> tuple[Day, ...]:
    """Return days that are up but for some, of a service that was born on a day."""
    first = date(2026, 8, 21)
    return tuple(
        Day(first + timedelta(days=number), Buckets() if number < born else changed.get(number, Buckets(up=DAY)))
        for number in range(count)
    )


def service(name: str, label: Text, state: State, shown: tuple[Day, ...], because: tuple[Text, ...] = ()) -> ShownService:
    """Return one service since an hour ago."""
    return ShownService(name, label, state, after(NOW, -3600), bool(because), because, shown, 0.9812, None, 0.95)


def page(**changed: object) -> StatusPage:
    """Return the page, with some of its parts changed."""
    trouble = {
        3: Buckets(up=DAY - 12 * 60_000, down=12 * 60_000), 50: Buckets(up=DAY - 2 * HOUR, planned=2 * HOUR),
        60: Buckets(unknown=DAY), 89: Buckets(up=9 * HOUR, down=HOUR),
    }  # fmt: skip
    services = (
        service("e-saraban", Text("ระบบสารบรรณอิเล็กทรอนิกส์", "e-Saraban"), State.UP, days({})),
        service("erp", Text("ระบบ ERP", "ERP"), State.DOWN, days(trouble), (Text("เครื่องฐานข้อมูล", "Database machine"),)),
        service("hr", Text("ระบบบุคคล", "Human resources"), State.UNKNOWN, days({}, born=90)),
        service("evil", Text(HOSTILE, HOSTILE), State.UP, days({}, born=20)),
    )
    content: dict[str, object] = {
        "title": Text("สถานะระบบสารสนเทศ", "Status of information systems"), "instance": "dc-main",
        "time_zone": "Asia/Bangkok", "written": NOW, "due": after(NOW, 120), "every": 60.0, "services": services,
        "service_labels": {each.name: each.label for each in services},
        "work": (
            ShownWork(Period(after(NOW, -600), after(NOW, 7200)), ("erp",), HOSTILE, (Text(HOSTILE, HOSTILE),), now=True),
            ShownWork(Period(after(NOW, 86_400), after(NOW, 90_000)), ("e-saraban", "hr"), "", (), now=False),
        ),
        "announcements": (
            Announcement("A1", NOW, "anan", Text("ใช้แบบฟอร์มกระดาษ", "Use paper forms"), after(NOW, 7200), ("erp",)),
            Announcement("A2", NOW, "anan", Text("", HOSTILE), after(NOW, 7200), ("gone",)),
        ),
        "contact": Text("แจ้งปัญหา โทร. 0 2000 0001", "Trouble? Call 0 2000 0001"),
        "head": ChainHead("dc-main", 1234, "ab" * 32, NOW), "languages": ("th", "en"),
    }  # fmt: skip
    return StatusPage(**{**content, **changed})  # type: ignore[arg-type]  # checked where it is used
