"""Interfaces of the devices that were chosen: which are down, how full, how faulty."""

from wenyam.testing.grafana.choices import DEVICE, FULL_LEVELS, GREEN, INTERFACE, KIND, OF_PORTS, ORANGE, RED, SITE
from wenyam.testing.grafana.panels import lines, states, table, watched_lines
from wenyam.testing.grafana.parts import Dashboard, Kind, Level, Meaning, Panel, Query, Row, Words

_PAGE = "reference/checks.md"
_NAME = "{{device}} {{interface}} {{alias}}"
_OPERATION = (
    Meaning(1, "● up · ใช้งาน", GREEN), Meaning(2, "✖ down · หลุด", RED), Meaning(3, "▲ testing · ทดสอบ", ORANGE),
    Meaning(4, "? unknown · ไม่ทราบ", "#808080"), Meaning(5, "◌ dormant · พัก", "#808080"),
    Meaning(6, "◌ not present · ไม่มี", "#808080"), Meaning(7, "✖ lower layer down · ชั้นล่างหลุด", RED),
)  # fmt: skip


def _rate(name: str) -> str:
    return f"rate(wenyam_interface_{name}_total{{{OF_PORTS}}}[$__rate_interval])"


def _share(direction: str) -> str:
    return f"{_rate(f'{direction}_bytes')} / (wenyam_interface_speed_bytes_per_second{{{OF_PORTS}}} > 0)"


_STATE = (
    states(
        Words("Operation", "สภาพช่องต่อ"),
        Words(
            "IF-MIB ifOperStatus; only marked interfaces alert.",
            "ค่า ifOperStatus ของ IF-MIB แจ้งเตือนเฉพาะช่องต่อที่กำหนดไว้",
        ),
        Query(f"wenyam_interface_oper_status{{{OF_PORTS}}}", _NAME), _OPERATION, runbook=_PAGE, width=24,
    ),
    table(
        Words("Meant to be up, but down", "เปิดไว้แต่หลุด"),
        Words(
            "Interfaces that are up for the administrator and down in operation.",
            "ช่องต่อที่ผู้ดูแลเปิดไว้ แต่ใช้งานไม่ได้",
        ),
        Query(
            f"wenyam_interface_oper_status{{{OF_PORTS}}} == 2 and on (site, device, kind, interface) "
            f"wenyam_interface_admin_status{{{OF_PORTS}}} == 1",
            "operation · สภาพ", meanings=_OPERATION,
        ),
        runbook=_PAGE,
    ),
    table(
        Words("Speed and last change", "ความเร็วและการเปลี่ยนครั้งล่าสุด"),
        Words(
            "Speed as the device says, and how long ago the state changed.",
            "ความเร็วตามที่อุปกรณ์บอก และสภาพเปลี่ยนครั้งล่าสุดนานเท่าใดแล้ว",
        ),
        Query(f"wenyam_interface_speed_bytes_per_second{{{OF_PORTS}}}", "speed · ความเร็ว", "Bps"),
        Query(f"wenyam_interface_last_change_seconds{{{OF_PORTS}}}", "changed ago · เปลี่ยนมาแล้ว", "s"),
        runbook=_PAGE,
    ),
)  # fmt: skip

_TRAFFIC = (
    lines(
        Words("Received", "รับ"), Words("Bytes received a second.", "ไบต์ที่รับต่อวินาที"),
        Query(_rate("receive_bytes"), _NAME), unit="Bps", runbook=_PAGE, width=12,
    ),
    lines(
        Words("Sent", "ส่ง"), Words("Bytes sent a second.", "ไบต์ที่ส่งต่อวินาที"),
        Query(_rate("transmit_bytes"), _NAME), unit="Bps", runbook=_PAGE, width=12,
    ),
    Panel(
        Kind.BARS, Words("Fullest now", "เต็มที่สุดขณะนี้"),
        Words(
            "Share of the speed in use, the busier direction; the ten highest.",
            "สัดส่วนความเร็วที่ใช้ ทิศทางที่มากกว่า สิบอันดับแรก",
        ),
        (
            Query(f"topk(10, {_share('receive')})", f"{_NAME} in · เข้า"),
            Query(f"topk(10, {_share('transmit')})", f"{_NAME} out · ออก"),
        ),
        "percentunit", 12, 9, FULL_LEVELS, least=0, most=1, decimals=1, runbook=_PAGE,
    ),
    lines(
        Words("Packets", "แพ็กเก็ต"), Words("Packets a second, both directions.", "แพ็กเก็ตต่อวินาทีทั้งสองทิศทาง"),
        Query(_rate("receive_packets"), f"{_NAME} in · เข้า"), Query(_rate("transmit_packets"), f"{_NAME} out · ออก"),
        unit="pps", runbook=_PAGE, width=12,
    ),
)  # fmt: skip

_FAULTS = (
    watched_lines(
        Words("Errors", "ความผิดพลาด"), Words("Packets with errors a second.", "แพ็กเก็ตที่ผิดพลาดต่อวินาที"),
        Query(f"{_rate('receive_errors')} + {_rate('transmit_errors')}", _NAME),
        (Level(GREEN), Level(ORANGE, 0.1), Level(RED, 1)), unit="pps", runbook=_PAGE,
    ),
    watched_lines(
        Words("Discards in", "ทิ้งขาเข้า"),
        Words("Good packets dropped on receipt, a second.", "แพ็กเก็ตดีที่ถูกทิ้งขาเข้าต่อวินาที"),
        Query(_rate("receive_discards"), _NAME), (Level(GREEN), Level(ORANGE, 1), Level(RED, 10)), unit="pps", runbook=_PAGE,
    ),
    watched_lines(
        Words("Discards out", "ทิ้งขาออก"),
        Words("Good packets dropped before sending, a second.", "แพ็กเก็ตดีที่ถูกทิ้งก่อนส่งต่อวินาที"),
        Query(_rate("transmit_discards"), _NAME), (Level(GREEN), Level(ORANGE, 1), Level(RED, 10)), unit="pps", runbook=_PAGE,
    ),
)  # fmt: skip

INTERFACES = Dashboard(
    "wenyam-interfaces",
    Words("Interfaces", "ช่องต่อเครือข่าย"),
    Words("State, traffic and faults of interfaces.", "สภาพ ปริมาณข้อมูล และความผิดพลาดของช่องต่อ"),
    (SITE, KIND, DEVICE, INTERFACE),
    (
        Row(Words("State", "สภาพ"), _STATE),
        Row(Words("Traffic", "ปริมาณข้อมูล"), _TRAFFIC),
        Row(Words("Faults", "ความผิดพลาด"), _FAULTS),
    ),
    (_PAGE,),
    hours=6,
)
