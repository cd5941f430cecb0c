"""One device, or the few that were chosen: its state, its checks, and what was read of it."""

from wenyam.testing.grafana.choices import (
    BUDGET_LEVELS,
    CHECK_MEANINGS,
    DEVICE,
    FULL_LEVELS,
    KIND,
    OBJECTIVE_LEVELS,
    OF_DEVICES,
    SITE,
    STATE_MEANINGS,
    STATUS_MEANINGS,
    UP_MEANINGS,
    VM_MEANINGS,
    age_levels,
    budget,
    state_number,
)
from wenyam.testing.grafana.parts import Dashboard, Kind, Level, Panel, Query, Row, Words

_INCIDENTS, _CHECKS = "howto/incidents.md", "reference/checks.md"
_AVAILABILITY, _COLLECTORS = "explanation/availability.md", "reference/collectors.md"


def _lines(english: str, thai: str, about: Words, *queries: Query, unit: str = "short", full: bool = False) -> Panel:
    return Panel(
        Kind.LINES, Words(english, thai), about, queries, unit, 8, 7, FULL_LEVELS if full else (),
        least=0, most=1 if full else None, runbook=_CHECKS,
    )  # fmt: skip


def _of(name: str, more: str = "") -> str:
    return f"wenyam_{name}{{{OF_DEVICES}{more}}}"


_STATE = (
    Panel(
        Kind.STATES,
        Words("State", "สภาพ"),
        Words("Liveness of the device; only this moves availability.", "สภาพของอุปกรณ์ เฉพาะค่านี้เท่านั้นที่นับเป็นสภาพพร้อมใช้"),
        (Query(state_number("wenyam_device_state", OF_DEVICES, "device"), "{{device}}"),),
        width=24, height=6, meanings=STATE_MEANINGS, runbook=_INCIDENTS,
    ),
    Panel(
        Kind.STATES,
        Words("Checks", "การตรวจ"),
        Words("Every health check; health alerts but is never downtime.", "ผลการตรวจทุกรายการ ใช้แจ้งเตือน ไม่นับเป็นเวลาล่ม"),
        (Query(f'max by (device, check) ({_of("check_state")})', "{{device}} {{check}}"),),
        width=24, height=10, meanings=CHECK_MEANINGS, runbook=_CHECKS,
    ),
)  # fmt: skip

_FIGURES = (
    Panel(
        Kind.STAT,
        Words("Now", "ขณะนี้"),
        Words("Absent while the state is unknown.", "ไม่แสดงเมื่อไม่ทราบสภาพ"),
        (Query(_of("up"), "{{device}}"),),
        width=4, height=6, meanings=UP_MEANINGS, runbook=_INCIDENTS,
    ),
    Panel(
        Kind.GAUGE,
        Words("Availability this month", "สภาพพร้อมใช้เดือนนี้"),
        Words("up / (up + down + unreachable) since the first of the month.", "เวลาที่ใช้ได้ / (ใช้ได้ + ล่ม + ไปไม่ถึง) ตั้งแต่ต้นเดือน"),
        (Query(_of("availability_ratio", ',period="month"'), "{{device}}"),),
        "percentunit", 5, 6, OBJECTIVE_LEVELS, least=0.9, most=1, decimals=3, runbook=_AVAILABILITY,
    ),
    Panel(
        Kind.GAUGE,
        Words("Availability this fiscal year", "สภาพพร้อมใช้ปีงบประมาณนี้"),
        Words("The same since 1 October.", "ค่าเดียวกัน นับตั้งแต่ 1 ตุลาคม"),
        (Query(_of("availability_ratio", ',period="fiscal_year"'), "{{device}}"),),
        "percentunit", 5, 6, OBJECTIVE_LEVELS, least=0.9, most=1, decimals=3, runbook=_AVAILABILITY,
    ),
    Panel(
        Kind.GAUGE,
        Words("Error budget left", "เวลาล่มที่ยังเหลือ"),
        Words("Of this device's own objective, this month.", "เทียบกับเป้าหมายของอุปกรณ์นี้ในเดือนนี้"),
        (Query(budget(OF_DEVICES, "month"), "{{device}}"),),
        "percentunit", 5, 6, BUDGET_LEVELS, least=-1, most=1, decimals=1, runbook=_AVAILABILITY,
    ),
    Panel(
        Kind.STAT,
        Words("Running since", "ทำงานต่อเนื่องมา"),
        Words("Time since the device or its agent started.", "เวลานับจากที่อุปกรณ์หรือตัวแทน SNMP เริ่มทำงาน"),
        (Query(_of("system_uptime_seconds"), "{{device}}"),),
        "s", 5, 6, (Level("red"), Level("green", 3600)), runbook=_CHECKS,
    ),
    Panel(
        Kind.TABLE,
        Words("Identity", "ข้อมูลประจำเครื่อง"),
        Words("What the device says of itself.", "สิ่งที่อุปกรณ์บอกเกี่ยวกับตัวเอง"),
        (Query(_of("system_info"), "read · อ่านได้"),),
        width=24, height=5, runbook="howto/host-keys.md",
    ),
)  # fmt: skip

_LOAD = (
    _lines(
        "Processor", "หน่วยประมวลผล",
        Words('Busy share; cpu="all" is the whole.', 'ส่วนที่ทำงาน ค่า cpu="all" คือทั้งเครื่อง'),
        Query(_of("cpu_utilization_ratio"), "{{device}} {{cpu}}"), unit="percentunit", full=True,
    ),
    _lines(
        "Load", "ภาระงาน", Words("Processes running or waiting.", "จำนวนโพรเซสที่ทำงานหรือรอ"),
        Query(_of("load_average"), "{{device}} {{window}}"),
    ),
    _lines(
        "Memory", "หน่วยความจำ", Words("Without buffers and page cache.", "ไม่นับบัฟเฟอร์และแคชของระบบปฏิบัติการ"),
        Query(_of("memory_utilization_ratio"), "{{device}}"), unit="percentunit", full=True,
    ),
    _lines(
        "Swap", "หน่วยความจำเสมือน", Words("Swap space in use.", "พื้นที่สลับที่ใช้อยู่"),
        Query(_of("swap_used_bytes"), "{{device}}"), unit="bytes",
    ),
    _lines(
        "File systems", "ระบบแฟ้ม", Words("Used share of each file system.", "สัดส่วนที่ใช้ของแต่ละระบบแฟ้ม"),
        Query(_of("filesystem_utilization_ratio"), "{{device}} {{mount}}"), unit="percentunit", full=True,
    ),
    _lines(
        "Inodes", "ไอโหนด", Words("Used share of inodes.", "สัดส่วนไอโหนดที่ใช้"),
        Query(_of("filesystem_inodes_used_ratio"), "{{device}} {{mount}}"), unit="percentunit", full=True,
    ),
    _lines(
        "Disk traffic", "การอ่านเขียนดิสก์", Words("Bytes read and written a second.", "ไบต์ที่อ่านและเขียนต่อวินาที"),
        Query(f"rate({_of('disk_read_bytes_total')}[$__rate_interval])", "{{device}} {{disk}} read · อ่าน"),
        Query(f"rate({_of('disk_written_bytes_total')}[$__rate_interval])", "{{device}} {{disk}} write · เขียน"), unit="Bps",
    ),
    _lines(
        "Processes and people", "โพรเซสและผู้ใช้", Words("Processes, and people logged in.", "จำนวนโพรเซส และผู้ที่เข้าสู่ระบบ"),
        Query(_of("processes"), "{{device}} processes · โพรเซส"), Query(_of("logged_in_users"), "{{device}} people · ผู้ใช้"),
    ),
    _lines(
        "Clock", "นาฬิกา", Words("The host's clock minus ours.", "นาฬิกาของเครื่องลบด้วยนาฬิกาของเวรยาม"),
        Query(_of("clock_offset_seconds"), "{{device}}"), unit="s",
    ),
)  # fmt: skip

_STATUSES = "wenyam_(disk|raid|volume|fan|power_supply|component|service|vpn_tunnel|ha_member|link_monitor)_status"
_HARDWARE = (
    Panel(
        Kind.TABLE,
        Words("Parts that are not well", "ชิ้นส่วนที่ไม่ปกติ"),
        Words("Disks, arrays, fans, power supplies, modules, units, tunnels that are degraded or failed; empty is good.",
              "ดิสก์ ชุดดิสก์ พัดลม แหล่งจ่ายไฟ โมดูล บริการ และอุโมงค์ที่บกพร่องหรือเสีย ว่างคือปกติ"),
        (Query(f'label_replace({{__name__=~"{_STATUSES}",{OF_DEVICES}}}, "part", "$1", "__name__", "wenyam_(.+)_status") > 1 < 4',
               "status · สภาพ", meanings=STATUS_MEANINGS),),
        width=12, height=8, runbook=_CHECKS,
    ),
    Panel(
        Kind.LINES, Words("Temperature", "อุณหภูมิ"), Words("Every sensor of the device.", "ทุกตัววัดของอุปกรณ์"),
        (Query(_of("temperature_celsius"), "{{device}} {{sensor}}"),), "celsius", 12, 8, runbook=_CHECKS,
    ),
    Panel(
        Kind.LINES, Words("Fans", "พัดลม"), Words("Speed of each fan.", "ความเร็วของพัดลมแต่ละตัว"),
        (Query(_of("fan_speed_rpm"), "{{device}} {{sensor}}"),), "rotrpm", 8, 7, least=0, runbook=_CHECKS,
    ),
    Panel(
        Kind.LINES, Words("Firewall sessions", "จำนวนเซสชันไฟร์วอลล์"), Words("Sessions in the table.", "จำนวนเซสชันในตาราง"),
        (Query(_of("firewall_sessions"), "{{device}}"),), "short", 8, 7, least=0, runbook=_CHECKS,
    ),
    Panel(
        Kind.STATES, Words("Virtual machines", "เครื่องเสมือน"), Words("State as the hypervisor says.", "สภาพตามที่ไฮเปอร์ไวเซอร์บอก"),
        (Query(_of("virtual_machine_state"), "{{vm}}"),), width=8, height=7,
        meanings=VM_MEANINGS, runbook=_CHECKS,
    ),
)  # fmt: skip

_READING = (
    Panel(
        Kind.LINES, Words("Ping", "เวลาตอบ ping"),
        Words("Mean round trip of the pings answered.", "ค่าเฉลี่ยของเวลาไปกลับที่ได้รับคำตอบ"),
        (Query(_of("icmp_round_trip_seconds"), "{{device}}"),), "s", 8, 7, least=0, runbook=_COLLECTORS,
    ),
    Panel(
        Kind.LINES, Words("Pings lost", "สัดส่วน ping ที่หาย"), Words("Share of pings not answered.", "สัดส่วน ping ที่ไม่ได้รับคำตอบ"),
        (Query(_of("icmp_loss_ratio"), "{{device}}"),), "percentunit", 8, 7, least=0, most=1, runbook=_COLLECTORS,
    ),
    Panel(
        Kind.LINES, Words("Time of a reading", "เวลาที่ใช้อ่านค่า"),
        Words("How long each reading took.", "การอ่านค่าแต่ละครั้งใช้เวลาเท่าใด"),
        (Query(_of("collect_duration_seconds"), "{{device}} {{job}}"),), "s", 8, 7, least=0, runbook=_COLLECTORS,
    ),
    Panel(
        Kind.TABLE, Words("Last good reading", "การอ่านค่าสำเร็จครั้งล่าสุด"),
        Words("How long ago each reading was complete.", "อ่านค่าได้ครบครั้งล่าสุดนานเท่าใดแล้ว"),
        (Query(f"time() - {_of('last_success_timestamp_seconds')}", "age · นานมาแล้ว", "s", age_levels(300, 900)),),
        width=12, height=7, runbook=_COLLECTORS,
    ),
    Panel(
        Kind.LINES, Words("Failed readings", "การอ่านค่าที่ไม่สำเร็จ"),
        Words("By reading and reason, a second.", "แยกตามการอ่านและเหตุ ต่อวินาที"),
        (Query(f"rate({_of('collect_errors_total')}[$__rate_interval])", "{{device}} {{job}} {{reason}}"),),
        width=12, height=7, least=0, runbook=_COLLECTORS,
    ),
)  # fmt: skip

DEVICE_PAGE = Dashboard(
    "wenyam-device",
    Words("Device", "อุปกรณ์"),
    Words("State, checks and measurements of the devices that were chosen.", "สภาพ ผลการตรวจ และค่าที่วัดได้ของอุปกรณ์ที่เลือก"),
    (SITE, KIND, DEVICE),
    (
        Row(Words("State", "สภาพ"), _STATE),
        Row(Words("Availability and identity", "สภาพพร้อมใช้และข้อมูลประจำเครื่อง"), _FIGURES),
        Row(Words("Load", "ภาระ"), _LOAD),
        Row(Words("Hardware", "ฮาร์ดแวร์"), _HARDWARE),
        Row(Words("Reading", "การอ่านค่า"), _READING),
    ),
    (_INCIDENTS, _CHECKS, "howto/host-keys.md"),
)
