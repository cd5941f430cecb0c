"""Everything at a glance: what is down now, the objective and the budget, where the trouble is."""

from wenyam.testing.grafana.choices import (
    BUDGET_LEVELS,
    KIND,
    NONE_IS_GOOD,
    OBJECTIVE_LEVELS,
    OF_GROUP,
    SITE,
    SOME_IS_ODD,
    budget,
)
from wenyam.testing.grafana.parts import Dashboard, Kind, Level, Panel, Query, Row, Words

_INCIDENTS = "howto/incidents.md"
_AVAILABILITY = "explanation/availability.md"
_NONE = "0 * count(wenyam_device_state)"
"""None of what a query counts, as long as somebody watches: a dead Wenyam has no data, and no green zero."""


def _devices(state: str, english: str, thai: str, levels: tuple[Level, ...]) -> Panel:
    about = Words(f"Devices whose present hard state is {state}.", f"จำนวนอุปกรณ์ที่ขณะนี้{thai}")
    query = Query(f'sum(wenyam_device_state{{{OF_GROUP},state="{state}"}})')
    return Panel(Kind.STAT, Words(english, thai), about, (query,), width=3, height=4, levels=levels, runbook=_INCIDENTS)


_NOW = (
    _devices("up", "Up", "ใช้งานได้", (Level("green"),)),
    _devices("down", "Down", "ล่ม", NONE_IS_GOOD),
    _devices("unreachable", "Unreachable", "ไปไม่ถึง", SOME_IS_ODD),
    _devices("unknown", "Unknown", "ไม่ทราบสภาพ", SOME_IS_ODD),
    Panel(
        Kind.STAT,
        Words("Services down", "ระบบที่ล่ม"),
        Words("Information systems that are down.", "จำนวนระบบสารสนเทศที่ใช้งานไม่ได้"),
        (Query(f'sum(wenyam_service_state{{state="down"}}) or {_NONE}'),),
        width=3, height=4, levels=NONE_IS_GOOD, runbook=_INCIDENTS,
    ),
    Panel(
        Kind.STAT,
        Words("Checks critical", "การตรวจขั้นวิกฤต"),
        Words(
            "Health checks of these devices that are CRIT; health is not downtime.",
            "จำนวนการตรวจของอุปกรณ์ที่อยู่ในขั้นวิกฤต ไม่นับเป็นเวลาล่ม",
        ),
        (Query(f"count(wenyam_check_state{{{OF_GROUP}}} == 2) or {_NONE}"),),
        width=3, height=4, levels=NONE_IS_GOOD, runbook="reference/checks.md",
    ),
    Panel(
        Kind.STAT,
        Words("Open incidents", "เหตุขัดข้องที่ยังไม่ปิด"),
        Words("Incidents that are not closed, of every severity.", "เหตุขัดข้องทุกระดับที่ยังไม่ปิด"),
        (Query("sum(wenyam_incidents_open)"),),
        width=3, height=4, levels=SOME_IS_ODD, runbook=_INCIDENTS,
    ),
    Panel(
        Kind.STAT,
        Words("Alerts waiting", "ข้อความที่รอส่ง"),
        Words("Messages that wait to be delivered, over all channels.", "ข้อความแจ้งเตือนที่ยังส่งไม่ได้ รวมทุกช่องทาง"),
        (Query(f"sum(wenyam_alerts_pending) or {_NONE}"),),
        width=3, height=4, levels=(Level("green"), Level("orange", 1), Level("red", 20)), runbook="howto/alerts.md",
    ),
)  # fmt: skip

_MEAN = Words(
    "Mean of the devices chosen; the figure that counts is the pooled one of 'wenyam availability'. Objective: 95 %.",
    "ค่าเฉลี่ยของอุปกรณ์ที่เลือก ตัวเลขทางการคือ 'wenyam availability' ซึ่งรวมเวลาของทุกอุปกรณ์ เป้าหมายร้อยละ 95",
)
_BUDGET = Words(
    "Share of the error budget that is left this month: 100 % untouched, 0 % spent, below 0 % the objective is missed.",
    "ส่วนของเวลาที่ยอมให้ล่มได้ซึ่งยังเหลือในเดือนนี้ 100 % คือยังไม่ได้ใช้ 0 % คือใช้หมด ต่ำกว่า 0 % คือไม่ถึงเป้าหมาย",
)


def _reached(period: str, english: str, thai: str) -> Panel:
    query = Query(f'avg(wenyam_availability_ratio{{{OF_GROUP},period="{period}"}})')
    return Panel(
        Kind.GAUGE, Words(english, thai), _MEAN, (query,), "percentunit", 5, 7, OBJECTIVE_LEVELS,
        least=0.9, most=1, decimals=3, runbook=_AVAILABILITY,
    )  # fmt: skip


_OBJECTIVE = (
    _reached("month", "Availability this month", "สภาพพร้อมใช้เดือนนี้"),
    _reached("fiscal_year", "Availability this fiscal year", "สภาพพร้อมใช้ปีงบประมาณนี้"),
    Panel(
        Kind.GAUGE, Words("Error budget left", "เวลาล่มที่ยังเหลือ"), _BUDGET,
        (Query(f"avg({budget(OF_GROUP, 'month')})"),), "percentunit", 5, 7, BUDGET_LEVELS, least=-1, most=1, decimals=1,
        runbook=_AVAILABILITY,
    ),
    Panel(
        Kind.STAT,
        Words("Below their objective", "ต่ำกว่าเป้าหมาย"),
        Words("Devices that are below their own objective this month.", "อุปกรณ์ที่เดือนนี้ต่ำกว่าเป้าหมายของตน"),
        (
            Query(
                f'count(wenyam_availability_ratio{{{OF_GROUP},period="month"}} < on (site, device, kind) group_left () '
                f"wenyam_availability_objective_ratio{{{OF_GROUP}}}) or {_NONE}"
            ),
        ),
        width=4, levels=NONE_IS_GOOD, runbook=_AVAILABILITY,
    ),
    Panel(
        Kind.STAT,
        Words("Scheduled work on time", "งานตามกำหนดที่ตรงเวลา"),
        Words(
            "Share of scheduled runs done in time this month; objective 90 %.",
            "สัดส่วนงานตามตารางที่ทำทันเวลาในเดือนนี้ เป้าหมายร้อยละ 90",
        ),
        (Query('avg(wenyam_on_time_ratio{period="month"})'),),
        "percentunit", 5, 7, (Level("red"), Level("orange", 0.9), Level("green", 0.95)), decimals=1, runbook="howto/backups.md",
    ),
)  # fmt: skip

_TROUBLE = (
    Panel(
        Kind.BARS,
        Words("Least available this month", "สภาพพร้อมใช้ต่ำสุดเดือนนี้"),
        Words("The ten devices with the lowest availability; a click opens the device.", "สิบอุปกรณ์ที่สภาพพร้อมใช้ต่ำสุด คลิกเพื่อดูอุปกรณ์"),
        (Query(f'bottomk(10, wenyam_availability_ratio{{{OF_GROUP},period="month"}})', "{{device}}"),),
        "percentunit", 8, 9, OBJECTIVE_LEVELS, least=0, most=1, decimals=3, leads_to="wenyam-device", runbook=_AVAILABILITY,
    ),
    Panel(
        Kind.TABLE,
        Words("Not up now", "อุปกรณ์ที่ไม่ปกติขณะนี้"),
        Words("Devices by site that are not up.", "จำนวนอุปกรณ์ที่ไม่ปกติแยกตามที่ตั้ง"),
        (Query(f'sum by (site, kind) (wenyam_device_state{{{OF_GROUP},state!="up"}})', "not up · ไม่ปกติ", levels=NONE_IS_GOOD),),
        width=8, height=9, runbook=_INCIDENTS,
    ),
    Panel(
        Kind.BARS,
        Words("Nobody looked", "ช่วงที่ไม่มีใครเฝ้า"),
        Words("Time of this month in which the state of a device was unknown.", "เวลาในเดือนนี้ที่ไม่ทราบสภาพของอุปกรณ์"),
        (Query(f'topk(10, wenyam_availability_unknown_seconds{{{OF_GROUP},period="month"}})', "{{device}}"),),
        "s", 8, 9, (Level("green"), Level("orange", 3600)), least=0, leads_to="wenyam-device", runbook=_AVAILABILITY,
    ),
    Panel(
        Kind.LINES,
        Words("Devices by state", "จำนวนอุปกรณ์ตามสภาพ"),
        Words("How many devices were in which state.", "จำนวนอุปกรณ์ในแต่ละสภาพ"),
        (Query(f"sum by (state) (wenyam_device_state{{{OF_GROUP}}})", "{{state}}"),),
        width=12, height=8, least=0, stacked=True, runbook=_INCIDENTS,
    ),
    Panel(
        Kind.LINES,
        Words("Failed readings", "การอ่านค่าที่ไม่สำเร็จ"),
        Words("Readings that failed, a second, by reason.", "จำนวนการอ่านค่าที่ไม่สำเร็จต่อวินาที แยกตามเหตุ"),
        (Query(f"sum by (reason) (rate(wenyam_collect_errors_total{{{OF_GROUP}}}[$__rate_interval]))", "{{reason}}"),),
        width=12, height=8, least=0, runbook="reference/collectors.md",
    ),
)  # fmt: skip

FLEET = Dashboard(
    "wenyam-fleet",
    Words("Fleet overview", "ภาพรวมทั้งศูนย์ข้อมูล"),
    Words(
        "What is wrong now, how far the objective of 95 % is reached, and where to look.",
        "ขณะนี้มีอะไรผิดปกติ ถึงเป้าหมายร้อยละ 95 เพียงใด และควรดูที่ใด",
    ),
    (SITE, KIND),
    (
        Row(Words("Now", "ขณะนี้"), _NOW),
        Row(Words("Objective 95 %", "เป้าหมายร้อยละ 95"), _OBJECTIVE),
        Row(Words("Where the trouble is", "ปัญหาอยู่ที่ใด"), _TROUBLE),
    ),
    (_INCIDENTS, _AVAILABILITY),
)
