"""Electricity and the room: UPS, temperature, humidity, power distribution. A fault here belongs to the hosting centre."""

from wenyam.testing.grafana.choices import DEVICE, GREEN, GREY, KIND, OF_DEVICES, ORANGE, RED, SITE, YES_IS_BAD
from wenyam.testing.grafana.panels import lines, meant, states, watched_lines
from wenyam.testing.grafana.parts import Dashboard, Level, Meaning, Query, Row, Words

_PAGE, _INCIDENTS = "reference/checks.md", "howto/incidents.md"
_BATTERY = (
    Meaning(1, "? unknown · ไม่ทราบ", GREY), Meaning(2, "● normal · ปกติ", GREEN), Meaning(3, "▲ low · ต่ำ", ORANGE),
    Meaning(4, "✖ depleted · หมด", RED),
)  # fmt: skip
_SOURCE = (
    Meaning(1, "? other · อื่น", GREY), Meaning(2, "✖ none · ไม่จ่ายไฟ", RED), Meaning(3, "● normal · ปกติ", GREEN),
    Meaning(4, "▲ bypass · บายพาส", ORANGE), Meaning(5, "✖ battery · แบตเตอรี่", RED), Meaning(6, "▲ booster · เพิ่มแรงดัน", ORANGE),
    Meaning(7, "▲ reducer · ลดแรงดัน", ORANGE),
)  # fmt: skip


def _of(name: str) -> str:
    return f"wenyam_{name}{{{OF_DEVICES}}}"


_NOW = (
    meant(
        Words("On battery", "จ่ายไฟจากแบตเตอรี่"),
        Words("Hand it to the hosting centre within 1 h.", "ส่งต่อศูนย์ที่ดูแลระบบไฟภายใน 1 ชั่วโมง"),
        Query(_of("ups_on_battery"), "{{device}}"), YES_IS_BAD, runbook=_INCIDENTS,
    ),
    meant(
        Words("Source of the output", "แหล่งจ่ายไฟออก"), Words("UPS-MIB upsOutputSource.", "ค่า upsOutputSource ของ UPS-MIB"),
        Query(_of("ups_output_source"), "{{device}}"), _SOURCE, runbook=_PAGE,
    ),
    meant(
        Words("Batteries", "แบตเตอรี่"), Words("UPS-MIB upsBatteryStatus.", "ค่า upsBatteryStatus ของ UPS-MIB"),
        Query(_of("ups_battery_status"), "{{device}}"), _BATTERY, runbook=_PAGE,
    ),
    meant(
        Words("Batteries to replace", "แบตเตอรี่ที่ต้องเปลี่ยน"),
        Words("A battery asks to be replaced.", "แบตเตอรี่แจ้งว่าต้องเปลี่ยน"),
        Query(_of("ups_battery_replace"), "{{device}}"), YES_IS_BAD, runbook=_PAGE,
    ),
)  # fmt: skip

_UPS = (
    states(
        Words("On battery", "ช่วงที่ใช้แบตเตอรี่"),
        Words("When the load ran on the batteries.", "ช่วงเวลาที่จ่ายไฟจากแบตเตอรี่"),
        Query(_of("ups_on_battery"), "{{device}}"), YES_IS_BAD, runbook=_INCIDENTS,
    ),
    lines(
        Words("Time on battery", "เวลาที่ใช้แบตเตอรี่"),
        Words("Since the UPS went to its batteries.", "ตั้งแต่ UPS เริ่มใช้แบตเตอรี่"),
        Query(_of("ups_seconds_on_battery"), "{{device}}"), unit="s", runbook=_INCIDENTS, width=12,
    ),
    watched_lines(
        Words("Charge", "ประจุแบตเตอรี่"), Words("Charge of the batteries.", "ประจุที่เหลือของแบตเตอรี่"),
        Query(_of("ups_battery_charge_ratio"), "{{device}}"), (Level(RED), Level(ORANGE, 0.3), Level(GREEN, 0.5)),
        unit="percentunit", runbook=_PAGE,
    ),
    watched_lines(
        Words("Runtime left", "เวลาที่จ่ายไฟได้"), Words("At the present load.", "ที่ภาระปัจจุบัน"),
        Query(_of("ups_battery_runtime_seconds"), "{{device}}"), (Level(RED), Level(ORANGE, 600), Level(GREEN, 900)),
        unit="s", runbook=_PAGE,
    ),
    watched_lines(
        Words("Load", "ภาระ"), Words("Load of each output line against its rating.", "ภาระของสายออกแต่ละเส้นเทียบกับพิกัด"),
        Query(_of("ups_output_load_ratio"), "{{device}} {{line}}"), (Level(GREEN), Level(ORANGE, 0.8), Level(RED, 0.9)),
        unit="percentunit", runbook=_PAGE,
    ),
    lines(
        Words("Input voltage", "แรงดันไฟเข้า"), Words("Voltage of each input line.", "แรงดันของสายเข้าแต่ละเส้น"),
        Query(_of("ups_input_voltage_volts"), "{{device}} {{line}}"), unit="volt", runbook=_PAGE,
    ),
    lines(
        Words("Output voltage", "แรงดันไฟออก"), Words("Voltage of each output line.", "แรงดันของสายออกแต่ละเส้น"),
        Query(_of("ups_output_voltage_volts"), "{{device}} {{line}}"), unit="volt", runbook=_PAGE,
    ),
    lines(
        Words("Input frequency", "ความถี่ไฟเข้า"), Words("Frequency of each input line.", "ความถี่ของสายเข้าแต่ละเส้น"),
        Query(_of("ups_input_frequency_hertz"), "{{device}} {{line}}"), unit="hertz", runbook=_PAGE,
    ),
    lines(
        Words("Battery voltage", "แรงดันแบตเตอรี่"), Words("Voltage of the batteries.", "แรงดันของชุดแบตเตอรี่"),
        Query(_of("ups_battery_voltage_volts"), "{{device}}"), unit="volt", runbook=_PAGE, width=12,
    ),
    lines(
        Words("Battery temperature", "อุณหภูมิแบตเตอรี่"), Words("Temperature at the batteries.", "อุณหภูมิที่ชุดแบตเตอรี่"),
        Query(_of("ups_battery_temperature_celsius"), "{{device}}"), unit="celsius", runbook=_PAGE, width=12,
    ),
)  # fmt: skip

_ROOM = (
    watched_lines(
        Words("Temperature", "อุณหภูมิ"), Words("Sensors of the room, UPS and power strips.", "ตัววัดของห้อง UPS และรางไฟ"),
        Query(f'wenyam_temperature_celsius{{{OF_DEVICES},kind=~"sensor|ups|pdu|other"}}', "{{device}} {{sensor}}"),
        (Level(GREEN), Level(ORANGE, 28), Level(RED, 32)), unit="celsius", runbook=_INCIDENTS,
    ),
    lines(
        Words("Humidity", "ความชื้น"), Words("Relative humidity.", "ความชื้นสัมพัทธ์"),
        Query(_of("humidity_ratio"), "{{device}} {{sensor}}"), unit="percentunit", runbook=_INCIDENTS, most=1.0,
    ),
    lines(
        Words("Power", "กำลังไฟ"), Words("Power at each sensor.", "กำลังไฟที่ตัววัดแต่ละตัว"),
        Query(_of("power_watts"), "{{device}} {{sensor}}"), unit="watt", runbook=_PAGE,
    ),
    lines(
        Words("Current", "กระแสไฟ"), Words("Current at each sensor.", "กระแสที่ตัววัดแต่ละตัว"),
        Query(_of("current_amperes"), "{{device}} {{sensor}}"), unit="amp", runbook=_PAGE, width=12,
    ),
    lines(
        Words("Voltage", "แรงดันไฟ"), Words("Voltage at each sensor.", "แรงดันที่ตัววัดแต่ละตัว"),
        Query(_of("voltage_volts"), "{{device}} {{sensor}}"), unit="volt", runbook=_PAGE, width=12,
    ),
)  # fmt: skip

POWER = Dashboard(
    "wenyam-power",
    Words("UPS and room", "ไฟฟ้าและห้องเครื่อง"),
    Words(
        "Electricity and cooling; both belong to the hosting centre.",
        "ระบบไฟฟ้าและความเย็น ซึ่งอยู่ในความดูแลของศูนย์ที่ให้บริการ",
    ),
    (SITE, KIND, DEVICE),
    (
        Row(Words("Now", "ขณะนี้"), _NOW),
        Row(Words("UPS", "เครื่องสำรองไฟ"), _UPS),
        Row(Words("Room and power strips", "ห้องเครื่องและรางไฟ"), _ROOM),
    ),
    (_INCIDENTS, _PAGE),
)
