"""Information systems as people use them, their availability against the objective, and the lines to the outside."""

from wenyam.testing.grafana.choices import (
    BUDGET_LEVELS,
    GREEN,
    LINK,
    OBJECTIVE_LEVELS,
    ORANGE,
    RED,
    SERVICE,
    SITE,
    STATE_MEANINGS,
    UP_MEANINGS,
    YES_IS_GOOD,
    budget,
    state_number,
)
from wenyam.testing.grafana.panels import gauge, lines, meant, states, table, watched_lines
from wenyam.testing.grafana.parts import Dashboard, Level, Query, Row, Words

_INCIDENTS, _AVAILABILITY, _COLLECTORS = "howto/incidents.md", "explanation/availability.md", "reference/collectors.md"
_OF = 'service=~"$service",service!=""'
_LINKS = 'link=~"$link",link!="",site=~"$site"'
_MONTH = ',period="month"'
_EXPIRY = (Level(RED), Level(ORANGE, 14 * 86_400), Level(GREEN, 30 * 86_400))


def _probe(name: str) -> str:
    """Select what was probed for a service; with all chosen, what was probed on devices too."""
    return f'wenyam_{name}{{service=~"$service"}}'


_STATE = (
    states(
        Words("Services", "ระบบสารสนเทศ"),
        Words("State over members and own probes.", "สภาพจากองค์ประกอบและการทดสอบใช้งานจริง"),
        Query(state_number("wenyam_service_state", _OF, "service"), "{{service}}"), STATE_MEANINGS, runbook=_INCIDENTS, width=24,
    ),
)  # fmt: skip

_SLA = (
    gauge(
        Words("Availability this month", "สภาพพร้อมใช้เดือนนี้"),
        Words("up / (up + down + unreachable) since the first.", "เวลาที่ใช้ได้ / (ใช้ได้ + ล่ม + ไปไม่ถึง) ตั้งแต่ต้นเดือน"),
        Query(f"wenyam_availability_ratio{{{_OF}{_MONTH}}}", "{{service}}"), OBJECTIVE_LEVELS, 0.9, runbook=_AVAILABILITY,
    ),
    gauge(
        Words("Availability this fiscal year", "สภาพพร้อมใช้ปีงบประมาณนี้"),
        Words("The same since 1 October.", "นับตั้งแต่ 1 ตุลาคม"),
        Query(f'wenyam_availability_ratio{{{_OF},period="fiscal_year"}}', "{{service}}"), OBJECTIVE_LEVELS, 0.9,
        runbook=_AVAILABILITY,
    ),
    gauge(
        Words("Error budget left", "เวลาล่มที่ยังเหลือ"),
        Words("Of each service's own objective, this month.", "เทียบกับเป้าหมายของแต่ละระบบในเดือนนี้"),
        Query(budget(_OF, "month"), "{{service}}"), BUDGET_LEVELS, -1, runbook=_AVAILABILITY,
    ),
    table(
        Words("Figures", "ตัวเลข"),
        Words(
            "Availability, objective and time nobody looked, this month.",
            "สภาพพร้อมใช้ เป้าหมาย และเวลาที่ไม่มีใครเฝ้าในเดือนนี้",
        ),
        Query(f"max by (service) (wenyam_availability_ratio{{{_OF}{_MONTH}}})", "availability · สภาพพร้อมใช้",
              "percentunit", OBJECTIVE_LEVELS),
        Query(f"max by (service) (wenyam_availability_objective_ratio{{{_OF}}})", "objective · เป้าหมาย", "percentunit"),
        Query(f"max by (service) (wenyam_availability_unknown_seconds{{{_OF}{_MONTH}}})", "not looked · ไม่มีใครเฝ้า", "s"),
        runbook=_AVAILABILITY, width=24,
    ),
)  # fmt: skip

_PROBES = (
    watched_lines(
        Words("Time of a page", "เวลาเปิดหน้าเว็บ"), Words("Until the whole answer was read.", "จนอ่านคำตอบครบ"),
        Query(_probe("http_duration_seconds"), "{{service}}{{device}} {{url}}"), (Level(GREEN), Level(ORANGE, 2), Level(RED, 5)),
        unit="s", runbook=_COLLECTORS,
    ),
    lines(
        Words("Status of a page", "รหัสตอบของหน้าเว็บ"),
        Words("HTTP status of the final answer.", "รหัส HTTP ของคำตอบสุดท้าย"),
        Query(_probe("http_status_code"), "{{service}}{{device}} {{url}}"), unit="none", runbook=_COLLECTORS,
    ),
    meant(
        Words("Page holds its text", "หน้าเว็บมีข้อความที่คาดไว้"),
        Words("The expected text was found.", "พบข้อความที่คาดไว้"),
        Query(_probe("http_content_matches"), "{{service}}{{device}} {{url}}"), YES_IS_GOOD, runbook=_COLLECTORS,
    ),
    table(
        Words("Certificates", "ใบรับรอง"), Words("Time until the certificate ends.", "เวลาที่เหลือก่อนใบรับรองหมดอายุ"),
        Query("wenyam_tls_certificate_expiry_timestamp_seconds - time()", "ends in · หมดอายุใน", "s", _EXPIRY),
        runbook=_COLLECTORS,
    ),
    meant(
        Words("Certificate valid", "ใบรับรองถูกต้อง"), Words("Chain and name are good.", "สายรับรองและชื่อถูกต้อง"),
        Query("wenyam_tls_certificate_valid", "{{service}}{{device}} {{server}}"), YES_IS_GOOD, runbook=_COLLECTORS,
    ),
    meant(
        Words("DNS answer", "คำตอบ DNS"), Words("The answer holds what is expected.", "คำตอบมีค่าที่คาดไว้"),
        Query("wenyam_dns_answer_matches", "{{service}}{{device}} {{query}}"), YES_IS_GOOD, runbook=_COLLECTORS,
    ),
    lines(
        Words("Look-up of a name", "เวลาค้นชื่อ"), Words("Time of a DNS look-up.", "เวลาที่ใช้ค้นชื่อ DNS"),
        Query(_probe("dns_lookup_seconds"), "{{service}}{{device}} {{query}}"), unit="s", runbook=_COLLECTORS,
    ),
    lines(
        Words("Log-in to a database", "เวลาเข้าฐานข้อมูล"), Words("Time to log in.", "เวลาที่ใช้เข้าสู่ฐานข้อมูล"),
        Query(_probe("sql_connect_seconds"), "{{service}}{{device}}"), unit="s", runbook=_COLLECTORS,
    ),
    lines(
        Words("Time of a query", "เวลาสอบถามฐานข้อมูล"), Words("Time of each query.", "เวลาของการสอบถามแต่ละรายการ"),
        Query(_probe("sql_query_seconds"), "{{service}}{{device}} {{query}}"), unit="s", runbook=_COLLECTORS,
    ),
    lines(
        Words("Answer of a query", "ค่าที่สอบถามได้"), Words("First column of the first row.", "คอลัมน์แรกของแถวแรก"),
        Query(_probe("sql_query_value"), "{{service}}{{device}} {{query}}"), unit="short", runbook=_COLLECTORS, width=12,
    ),
    lines(
        Words("Time to connect", "เวลาเชื่อมต่อ"), Words("Time to open a TCP connection.", "เวลาที่ใช้เปิดการเชื่อมต่อ TCP"),
        Query(_probe("tcp_connect_seconds"), "{{service}}{{device}} {{port}}"), unit="s", runbook=_COLLECTORS, width=12,
    ),
)  # fmt: skip

_LINES = (
    states(
        Words("Segments of the lines", "ช่วงของวงจร"),
        Words(
            "near: own equipment; provider: theirs; far: the other end.",
            "near คืออุปกรณ์ของเรา provider คือของผู้ให้บริการ far คือปลายทาง",
        ),
        Query("wenyam_link_path_state{" + _LINKS + "}", "{{link}} {{segment}}"), UP_MEANINGS, runbook=_INCIDENTS, width=24,
    ),
    lines(
        Words("Loss", "สัดส่วนที่หาย"), Words("Share of pings not answered.", "สัดส่วน ping ที่ไม่ได้รับคำตอบ"),
        Query("wenyam_link_loss_ratio{" + _LINKS + "}", "{{link}} {{segment}}"),
        unit="percentunit", runbook=_COLLECTORS, most=1.0,
    ),
    lines(
        Words("Round trip", "เวลาไปกลับ"), Words("Mean round trip to each segment.", "เวลาไปกลับเฉลี่ยถึงแต่ละช่วง"),
        Query("wenyam_link_round_trip_seconds{" + _LINKS + "}", "{{link}} {{segment}}"), unit="s", runbook=_COLLECTORS,
    ),
    gauge(
        Words("Availability of the lines this month", "สภาพพร้อมใช้ของวงจรเดือนนี้"),
        Words("As of services.", "นับเช่นเดียวกับระบบสารสนเทศ"),
        Query(f"wenyam_availability_ratio{{{_LINKS}{_MONTH}}}", "{{link}}"), OBJECTIVE_LEVELS, 0.9, runbook=_AVAILABILITY,
    ),
)  # fmt: skip

SERVICES = Dashboard(
    "wenyam-services",
    Words("Services and SLA", "ระบบสารสนเทศและระดับบริการ"),
    Words(
        "Is the system usable, how available was it, and are the lines good?", "ระบบใช้งานได้หรือไม่ พร้อมใช้เพียงใด และวงจรเป็นอย่างไร"
    ),
    (SITE, SERVICE, LINK),
    (
        Row(Words("State", "สภาพ"), _STATE),
        Row(Words("Availability against the objective", "สภาพพร้อมใช้เทียบเป้าหมาย"), _SLA),
        Row(Words("Probes", "การทดสอบใช้งาน"), _PROBES),
        Row(Words("Lines to the outside", "วงจรภายนอก"), _LINES),
    ),
    (_INCIDENTS, _AVAILABILITY),
)
