"""The DR site: its devices, the copies that lie there, how long restores take, the Wenyam that lives there, drills."""

from wenyam.model.names import SAMPLES
from wenyam.testing.grafana.choices import SITE, SOME_IS_ODD, STATE_MEANINGS, STATUS_MEANINGS, age_levels, state_number
from wenyam.testing.grafana.panels import lines, meant, states, table
from wenyam.testing.grafana.parts import Dashboard, Panel, Query, Row, Words

_HOW, _DEAD, _RESTORING = "howto/backups.md", "howto/dead-man.md", "reference/restoring.md"
_DAY = 86_400
_SITE = 'site=~"$site",device!=""'

_READY = (
    states(
        Words("Devices of the site", "อุปกรณ์ของศูนย์"), Words("Choose the DR site above.", "เลือกศูนย์สำรองที่ด้านบน"),
        Query(state_number("wenyam_device_state", _SITE, "device"), "{{device}}"),
        STATE_MEANINGS, runbook="howto/incidents.md", width=24,
    ),
    table(
        Words("What would be lost now", "ข้อมูลที่จะสูญหายหากล่มขณะนี้"),
        Words(
            "Age of the data of the newest copy in each other place: the recovery point as it is.",
            "อายุข้อมูลของสำเนาล่าสุดในแต่ละที่ คือจุดกู้คืนที่เป็นอยู่จริง",
        ),
        Query(
            "time() - max by (job, repository) (wenyam_backup_copy_last_success_timestamp_seconds)", "data is old · ข้อมูลเก่า", "s",
            age_levels(1.5 * _DAY, 2 * _DAY),
        ),
        runbook=_HOW,
    ),
    table(
        Words("How long it would take", "เวลาที่ต้องใช้กู้คืน"),
        Words("Time the last proven restore of each job took.", "เวลาที่ใช้ในการกู้คืนที่พิสูจน์ล่าสุดของแต่ละงาน"),
        Query("max by (job) (wenyam_restore_duration_seconds)", "restore takes · ใช้เวลากู้คืน", "s"), runbook=_RESTORING,
    ),
)  # fmt: skip

_SISTER = (
    meant(
        Words("The other Wenyam answers", "เวรยามอีกแห่งตอบ"), Words("It answers as one.", "ตอบในฐานะเวรยาม"),
        Query("wenyam_peer_answer_status", "{{monitor}}"), STATUS_MEANINGS, runbook=_DEAD,
    ),
    meant(
        Words("It sees its network", "มองเห็นเครือข่ายของตน"), Words("Failed: it is blind.", "เสียหมายถึงมองไม่เห็น"),
        Query("wenyam_peer_sight_status", "{{monitor}}"), STATUS_MEANINGS, runbook=_DEAD,
    ),
    meant(
        Words("It records", "บันทึกได้"),
        Words("Failed: it cannot record what it sees.", "เสียหมายถึงบันทึกสิ่งที่เห็นไม่ได้"),
        Query("wenyam_peer_store_status", "{{monitor}}"), STATUS_MEANINGS, runbook=_DEAD,
    ),
    meant(
        Words("Its chain goes on", "สายโซ่ของอีกแห่งต่อเนื่อง"),
        Words("From the head that is kept here.", "ต่อจากส่วนหัวที่เก็บไว้ที่นี่"),
        Query("wenyam_peer_chain_status", "{{monitor}}"), STATUS_MEANINGS, runbook=_DEAD,
    ),
    meant(
        Words("Copies of settings", "สำเนาค่ากำหนด"),
        Words("Failed: not pushed, not the present ones, too old or damaged.", "เสียหมายถึงยังไม่ได้ส่ง ไม่เป็นปัจจุบัน เก่าเกินไป หรือเสียหาย"),
        Query("wenyam_peer_settings_status", "{{monitor}}"), STATUS_MEANINGS, runbook="howto/dr.md",
    ),
    lines(
        Words("Its last sign of life", "สัญญาณชีพล่าสุด"),
        Words("Time since its work loop showed life.", "เวลานับจากวงงานแสดงสัญญาณชีพ"),
        Query("wenyam_peer_heartbeat_age_seconds", "{{monitor}}"), unit="s", runbook=_DEAD,
    ),
    lines(
        Words("Its alerts that wait", "ข้อความแจ้งเตือนที่ค้าง"),
        Words("Alerts that wait to be delivered.", "ข้อความที่รอส่ง"),
        Query("wenyam_peer_alerts_pending", "{{monitor}}"), unit="short", runbook=_DEAD,
    ),
    lines(
        Words("Difference of the clocks", "นาฬิกาต่างกัน"),
        Words("Between its clock and ours.", "ระหว่างนาฬิกาของอีกแห่งกับของเรา"),
        Query("wenyam_peer_clock_skew_seconds", "{{monitor}}"), unit="s", runbook=_DEAD,
    ),
)  # fmt: skip

_DRILLS = {
    "dr_drill_status": meant(
        Words("Drilled as it is now", "ซ้อมตามแผนปัจจุบันแล้ว"),
        Words("Degraded: what the plan does was changed since.", "บกพร่องหมายถึงสิ่งที่แผนทำถูกแก้ไขหลังการซ้อม"),
        Query("wenyam_dr_drill_status", "{{plan}}"), STATUS_MEANINGS, runbook=_RESTORING,
    ),
    "dr_rehearsal_status": meant(
        Words("Rehearsed as it is now", "ซักซ้อมตามแผนปัจจุบันแล้ว"),
        Words("Failed: not rehearsed, too long ago, or it failed.", "เสียหมายถึงยังไม่ได้ซักซ้อม นานเกินไป หรือไม่ผ่าน"),
        Query("wenyam_dr_rehearsal_status", "{{plan}}"), STATUS_MEANINGS, runbook=_RESTORING,
    ),
    "dr_run_status": meant(
        Words("Newest drill or move", "การซ้อมหรือย้ายศูนย์ล่าสุด"),
        Words("Unknown: it proved too little.", "ไม่ทราบหมายถึงพิสูจน์ได้ไม่พอ"),
        Query("wenyam_dr_run_status", "{{plan}}"), STATUS_MEANINGS, runbook=_RESTORING,
    ),
    "dr_findings_status": meant(
        Words("Findings", "ข้อค้นพบ"), Words("Degraded: open; failed: overdue.", "บกพร่องคือยังเปิดอยู่ เสียคือเกินกำหนด"),
        Query("wenyam_dr_findings_status", "{{plan}}"), STATUS_MEANINGS, runbook=_RESTORING,
    ),
    "dr_run_overdue": meant(
        Words("Steps that wait", "ขั้นตอนที่รอ"),
        Words("Of the run in progress: overdue, or waiting for a decision.", "ของการดำเนินการปัจจุบัน เกินกำหนดหรือรอการตัดสินใจ"),
        Query("wenyam_dr_run_overdue", "{{plan}}"), (), runbook=_RESTORING,
    ),
    "dr_last_drill_timestamp_seconds": table(
        Words("Plans", "แผน"),
        Words("How long ago each plan was drilled and rehearsed, what the newest drill took and lost, and open findings.",
              "ซ้อมและซักซ้อมครั้งล่าสุดนานเท่าใดแล้ว ใช้เวลาและสูญหายเท่าใด และข้อค้นพบที่เปิดอยู่"),
        Query("time() - max by (plan) (wenyam_dr_last_drill_timestamp_seconds)", "drilled ago · ซ้อมมาแล้ว", "s"),
        Query("time() - max by (plan) (wenyam_dr_last_rehearsal_timestamp_seconds)", "rehearsed ago · ซักซ้อมมาแล้ว", "s"),
        Query("max by (plan) (wenyam_dr_recovery_time_seconds)", "time to recover · เวลากู้ระบบ", "s"),
        Query("max by (plan) (wenyam_dr_recovery_point_seconds)", "data lost · ข้อมูลที่หาย", "s"),
        Query("max by (plan) (wenyam_dr_findings_open)", "findings · ข้อค้นพบ", levels=SOME_IS_ODD), runbook=_RESTORING, width=24,
    ),
}  # fmt: skip
"""By the sample that must be there."""


def _drills() -> tuple[Row, ...]:
    """Return the row of drills as far as drills are measured."""
    panels: tuple[Panel, ...] = tuple(panel for name, panel in _DRILLS.items() if name in SAMPLES)
    return (Row(Words("Drills", "การซ้อม"), panels),) if panels else ()


RECOVERY = Dashboard(
    "wenyam-recovery",
    Words("DR site", "ศูนย์คอมพิวเตอร์สำรอง"),
    Words("Could the DR site take over now, and what would be lost?", "ศูนย์สำรองรับช่วงได้หรือไม่ และจะสูญหายอะไร"),
    (SITE,),
    (
        Row(Words("Ready now", "ความพร้อมขณะนี้"), _READY),
        Row(Words("The Wenyam at the other site", "เวรยามที่อีกศูนย์หนึ่ง"), _SISTER),
        *_drills(),
    ),
    (_HOW, _RESTORING, _DEAD),
    hours=168,
)
