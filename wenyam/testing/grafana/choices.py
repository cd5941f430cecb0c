"""Variables, selectors, meanings and thresholds that several dashboards share."""

from wenyam.checks.age import FUTURE_TOLERANCE
from wenyam.testing.grafana.parts import Level, Meaning, Variable, Words

SITE = Variable("site", Words("Site", "ที่ตั้ง"), "wenyam_device_state")
KIND = Variable("kind", Words("Kind", "ชนิด"), 'wenyam_device_state{site=~"$site"}')
DEVICE = Variable("device", Words("Device", "อุปกรณ์"), 'wenyam_device_state{site=~"$site",kind=~"$kind"}')
INTERFACE = Variable(
    "interface", Words("Interface", "ช่องต่อ"), 'wenyam_interface_oper_status{site=~"$site",kind=~"$kind",device=~"$device"}'
)
SERVICE = Variable("service", Words("Service", "ระบบสารสนเทศ"), "wenyam_service_state")
LINK = Variable("link", Words("Link", "วงจร"), 'wenyam_link_path_state{site=~"$site"}')
JOB = Variable("job", Words("Backup job", "งานสำรองข้อมูล"), 'wenyam_check_state{device="",service="",monitor="",site=""}')

OF_DEVICES = 'site=~"$site",kind=~"$kind",device=~"$device"'
"""Selects the series of the devices that were chosen."""
OF_GROUP = 'site=~"$site",kind=~"$kind",device!=""'
"""The same on a page without a choice of devices."""
OF_PORTS = f'{OF_DEVICES},interface=~"$interface"'

GREEN, ORANGE, RED, GREY, BLUE = "green", "orange", "red", "#808080", "blue"

STATE_MEANINGS = (
    Meaning(0, "● UP · ใช้งานได้", GREEN), Meaning(1, "✖ DOWN · ล่ม", RED),
    Meaning(2, "◌ UNREACHABLE · ไปไม่ถึง", ORANGE), Meaning(3, "? UNKNOWN · ไม่ทราบ", GREY),
)  # fmt: skip
"""Of the number `state_number` makes."""
UP_MEANINGS = (Meaning(1, "● UP · ใช้งานได้", GREEN), Meaning(0, "✖ DOWN · ล่ม", RED))
CHECK_MEANINGS = (
    Meaning(0, "● OK · ปกติ", GREEN), Meaning(1, "▲ WARN · เตือน", ORANGE),
    Meaning(2, "✖ CRIT · วิกฤต", RED), Meaning(3, "? UNKNOWN · ไม่ทราบ", GREY),
)  # fmt: skip
STATUS_MEANINGS = (
    Meaning(0, "? unknown · ไม่ทราบ", GREY), Meaning(1, "● OK · ปกติ", GREEN), Meaning(2, "▲ degraded · บกพร่อง", ORANGE),
    Meaning(3, "✖ failed · เสีย", RED), Meaning(4, "◌ absent · ไม่มี", GREY),
)  # fmt: skip
VM_MEANINGS = (
    Meaning(0, "? unknown · ไม่ทราบ", GREY), Meaning(1, "● running · ทำงาน", GREEN), Meaning(2, "▲ paused · หยุดพัก", ORANGE),
    Meaning(3, "◌ shut off · ปิดอยู่", GREY), Meaning(4, "✖ crashed · ล้ม", RED),
)  # fmt: skip
YES_IS_BAD = (Meaning(0, "● no · ไม่ใช่", GREEN), Meaning(1, "✖ yes · ใช่", RED))
YES_IS_GOOD = (Meaning(1, "● yes · ใช่", GREEN), Meaning(0, "✖ no · ไม่ใช่", RED))

NONE_IS_GOOD = (Level(GREEN), Level(RED, 1))
SOME_IS_ODD = (Level(GREEN), Level(ORANGE, 1))
OBJECTIVE_LEVELS = (Level(RED), Level(ORANGE, 0.95), Level(GREEN, 0.97))
"""The objective of 95 % is the shipped one; a device's own objective is in its error budget."""
BUDGET_LEVELS = (Level(RED), Level(ORANGE, 0.0001), Level(GREEN, 0.25))
FULL_LEVELS = (Level(GREEN), Level(ORANGE, 0.8), Level(RED, 0.95))


def age_levels(orange: float, red: float) -> tuple[Level, ...]:
    """Return the levels of an age in seconds; one below 0 is red, because a time in the future hides how old something is."""
    return Level(RED), Level(GREEN, -FUTURE_TOLERANCE), Level(ORANGE, orange), Level(RED, red)


def state_number(series: str, selector: str, by: str) -> str:
    """Write the state of each subject as one number: 0 up, 1 down, 2 unreachable, 3 unknown."""
    down, unreachable, unknown = (f'{series}{{{selector},state="{state}"}}' for state in ("down", "unreachable", "unknown"))
    return f"sum by ({by}) ({down} or 2 * {unreachable} or 3 * {unknown})"


def budget(selector: str, period: str) -> str:
    """Write the share of the error budget that is left: 1 untouched, 0 spent, below 0 the objective is missed."""
    reached = f'wenyam_availability_ratio{{{selector},period="{period}"}}'
    objective = f"wenyam_availability_objective_ratio{{{selector}}}"
    return f"1 - (1 - {reached}) / on (site, device, kind, service) group_left () (1 - ({objective} < 1))"
