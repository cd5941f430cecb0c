"""Wenyam itself: does it look, does it keep up, do its words reach people, what does it need."""

from wenyam.checks.age import FUTURE_TOLERANCE
from wenyam.testing.grafana.choices import GREEN, NONE_IS_GOOD, ORANGE, RED, SITE, SOME_IS_ODD, STATUS_MEANINGS, age_levels
from wenyam.testing.grafana.panels import lines, meant, stat, watched_lines
from wenyam.testing.grafana.parts import Dashboard, Level, Query, Row, Words

_RUN, _ALERTS, _COLLECTORS, _INCIDENTS = "howto/dead-man.md", "howto/alerts.md", "reference/collectors.md", "howto/incidents.md"
_READ = 'wenyam_last_success_timestamp_seconds{device!=""}'
_DEVICES = 'site=~"$site",device!=""'

_NOW = (
    stat(
        Words("Devices watched", "อุปกรณ์ที่เฝ้า"), Words("In the configuration now.", "ตามการกำหนดค่าปัจจุบัน"),
        Query(f'count(wenyam_device_state{{{_DEVICES},state="up"}})'), runbook=_RUN,
    ),
    stat(
        Words("Not seen", "มองไม่เห็น"), Words("Devices whose state is unknown.", "อุปกรณ์ที่ไม่ทราบสภาพ"),
        Query(f'sum(wenyam_device_state{{{_DEVICES},state="unknown"}})'), SOME_IS_ODD, runbook=_RUN,
    ),
    stat(
        Words("Newest reading", "การอ่านค่าล่าสุด"),
        Words(
            "Time since any reading was complete; the watch is silent when it grows.",
            "เวลานับจากอ่านค่าได้ครบครั้งล่าสุด หากเพิ่มขึ้นแปลว่าเวรยามเงียบ",
        ),
        Query(f"time() - (max({_READ} <= time() + {FUTURE_TOLERANCE:.0f}) or max({_READ}))"),
        age_levels(120, 300),
        unit="s", runbook=_RUN,
    ),
    stat(
        Words("Running since", "ทำงานต่อเนื่องมา"), Words("Time since the watcher started.", "เวลานับจากตัวเฝ้าเริ่มทำงาน"),
        Query("time() - wenyam_process_start_time_seconds"), unit="s", runbook=_RUN,
    ),
    stat(
        Words("Overdue steps", "ขั้นตอนที่เกินกำหนด"),
        Words("Open incidents of which a step takes too long.", "เหตุที่ยังไม่ปิดและมีขั้นตอนเกินกำหนด"),
        Query("sum(wenyam_incidents_overdue)"), NONE_IS_GOOD, runbook=_INCIDENTS,
    ),
    stat(
        Words("Scrapes refused", "การเก็บค่าที่ถูกปฏิเสธ"),
        Words("Because too many were under way.", "เพราะมีพร้อมกันมากเกินไป"),
        Query("wenyam_exporter_refused_scrapes_total"), NONE_IS_GOOD, runbook="howto/prometheus.md",
    ),
)  # fmt: skip

_WORK = (
    lines(
        Words("Time of readings", "เวลาอ่านค่า"),
        Words("The slowest twentieth, and the middle, by job.", "หนึ่งในยี่สิบที่ช้าที่สุด และค่ากลาง แยกตามการอ่าน"),
        Query(f"quantile by (job) (0.95, wenyam_collect_duration_seconds{{{_DEVICES}}})", "{{job}} 95 %"),
        Query(f"quantile by (job) (0.5, wenyam_collect_duration_seconds{{{_DEVICES}}})", "{{job}} 50 %"),
        unit="s", runbook=_COLLECTORS,
    ),
    lines(
        Words("Failed readings", "การอ่านค่าที่ไม่สำเร็จ"), Words("A second, by reason.", "ต่อวินาที แยกตามเหตุ"),
        Query(f"sum by (reason) (rate(wenyam_collect_errors_total{{{_DEVICES}}}[$__rate_interval]))", "{{reason}}"),
        unit="short", runbook=_COLLECTORS,
    ),
    lines(
        Words("Values refused", "ค่าที่ไม่รับ"),
        Words("Values that could not be right, a second.", "ค่าที่เป็นไปไม่ได้ ต่อวินาที"),
        Query(f"sum by (device) (rate(wenyam_values_refused_total{{{_DEVICES}}}[$__rate_interval]))", "{{device}}"),
        unit="short", runbook=_COLLECTORS,
    ),
)  # fmt: skip

_WORDS = (
    meant(
        Words("Channels", "ช่องทางแจ้งเตือน"),
        Words("Failed: the last message or self-test failed.", "เสียหมายถึงข้อความหรือการทดสอบล่าสุดไม่สำเร็จ"),
        Query("wenyam_alert_channel_status", "{{channel}}"), STATUS_MEANINGS, runbook=_ALERTS,
    ),
    meant(
        Words("Self-tests", "การทดสอบช่องทาง"), Words("Failed: not made when it was due.", "เสียหมายถึงไม่ได้ทดสอบตามกำหนด"),
        Query("wenyam_alert_self_test_status", "{{channel}}"), STATUS_MEANINGS, runbook=_ALERTS,
    ),
    watched_lines(
        Words("Messages that wait", "ข้อความที่รอส่ง"),
        Words("By channel.", "แยกตามช่องทาง"), Query("wenyam_alerts_pending", "{{channel}}"),
        (Level(GREEN), Level(ORANGE, 1), Level(RED, 20)), unit="short", runbook=_ALERTS,
    ),
    watched_lines(
        Words("Oldest message", "ข้อความที่เก่าที่สุด"),
        Words("How long it has waited.", "รอมานานเท่าใด"), Query("wenyam_alerts_oldest_seconds", "{{channel}}"),
        (Level(GREEN), Level(ORANGE, 120), Level(RED, 600)), unit="s", runbook=_ALERTS,
    ),
    lines(
        Words("Open incidents", "เหตุที่ยังไม่ปิด"),
        Words("By severity.", "แยกตามความรุนแรง"), Query("wenyam_incidents_open", "{{severity}}"),
        unit="short", runbook=_INCIDENTS,
    ),
)  # fmt: skip

_NEEDS = (
    lines(
        Words("Processor", "หน่วยประมวลผล"), Words("Cores in use.", "จำนวนแกนที่ใช้"),
        Query("rate(wenyam_process_cpu_seconds_total[$__rate_interval])", "cores · แกน"),
        unit="short", runbook="explanation/performance.md",
    ),
    lines(
        Words("Memory", "หน่วยความจำ"), Words("Resident memory of the watcher.", "หน่วยความจำที่ตัวเฝ้าใช้จริง"),
        Query("wenyam_process_resident_memory_bytes", "resident · ใช้จริง"), unit="bytes", runbook="explanation/performance.md",
    ),
    lines(
        Words("Open files", "แฟ้มที่เปิด"), Words("Descriptors in use, and the limit.", "จำนวนที่ใช้ และขีดจำกัด"),
        Query("wenyam_process_open_fds", "open · ที่เปิด"), Query("wenyam_process_max_fds", "limit · ขีดจำกัด"), unit="short",
        runbook="howto/install.md",
    ),
    lines(
        Words("Size of a scrape", "ขนาดข้อมูลที่ส่งออก"),
        Words("Bytes of the last exposition.", "ไบต์ของการส่งออกครั้งล่าสุด"),
        Query("wenyam_exporter_exposition_bytes", "bytes · ไบต์"), unit="bytes", runbook="howto/prometheus.md", width=12,
    ),
    lines(
        Words("Time of a scrape", "เวลาส่งออกข้อมูล"),
        Words("To write it, and as Prometheus saw it.", "เวลาที่ใช้เขียน และที่ Prometheus เห็น"),
        Query("wenyam_exporter_exposition_seconds", "write · เขียน"),
        Query('scrape_duration_seconds{job="wenyam"}', "scrape · เก็บค่า"),
        unit="s", runbook="howto/prometheus.md", width=12,
    ),
)  # fmt: skip

OWN = Dashboard(
    "wenyam-itself",
    Words("Wenyam itself", "ตัวเวรยามเอง"),
    Words(
        "Who watches the watch: does it look, does it keep up, do its words arrive?",
        "ใครเฝ้าเวรยาม: ยังเฝ้าอยู่หรือไม่ ทำทันหรือไม่ แจ้งถึงคนหรือไม่",
    ),
    (SITE,),
    (
        Row(Words("Now", "ขณะนี้"), _NOW),
        Row(Words("Readings", "การอ่านค่า"), _WORK),
        Row(Words("Alerts", "การแจ้งเตือน"), _WORDS),
        Row(Words("Resources", "ทรัพยากร"), _NEEDS),
    ),
    (_RUN, _ALERTS, "explanation/performance.md"),
)
