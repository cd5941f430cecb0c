"""Backups and restores: what was kept, where the copies are, and what was proven."""

from wenyam.testing.grafana.choices import CHECK_MEANINGS, JOB, NONE_IS_GOOD, STATUS_MEANINGS, age_levels
from wenyam.testing.grafana.panels import lines, meant, states, table
from wenyam.testing.grafana.parts import Dashboard, Query, Row, Words

_STATES, _HOW, _ESCROW = "reference/backup-states.md", "howto/backups.md", "howto/key-escrow.md"
_OF = 'job=~"$job"'
_DAY = 86_400
_AGE = age_levels(1.5 * _DAY, 2 * _DAY)
_PROOF = age_levels(30 * _DAY, 35 * _DAY)


def _age(name: str, by: str = "job") -> str:
    return f"time() - max by ({by}) (wenyam_{name}_timestamp_seconds{{{_OF}}})"


_NOW = (
    states(
        Words("Checks of the jobs", "การตรวจของงานสำรอง"),
        Words("A job is green only when a restore of it was proven.", "งานเป็นสีเขียวเมื่อพิสูจน์ด้วยการกู้คืนแล้วเท่านั้น"),
        Query(f'max by (job, check) (wenyam_check_state{{{_OF},device="",service="",monitor=""}})', "{{job}} {{check}}"),
        CHECK_MEANINGS, runbook=_STATES, width=24,
    ),
    table(
        Words("Jobs", "งานสำรอง"),
        Words("Age of the newest data kept, of the proof, and what was missed. Limits are each job's own: see its checks.",
              "อายุของข้อมูลล่าสุดที่เก็บไว้ อายุของการพิสูจน์ และงานที่ขาด เกณฑ์เป็นของแต่ละงาน ดูที่การตรวจ"),
        Query(_age("backup_last_success"), "data is old · ข้อมูลเก่า", "s", _AGE),
        Query(f"max by (job) (wenyam_backup_size_bytes{{{_OF}}})", "size · ขนาด", "bytes"),
        Query(f"max by (job) (wenyam_backup_runs_missed{{{_OF}}})", "missed · ขาด", levels=NONE_IS_GOOD),
        Query(_age("restore_last_proven"), "proof is old · พิสูจน์นานแล้ว", "s", _PROOF),
        Query(f"max by (job) (wenyam_restore_duration_seconds{{{_OF}}})", "restore takes · ใช้เวลากู้คืน", "s"),
        runbook=_HOW, width=24,
    ),
)  # fmt: skip

_RUNS = (
    states(
        Words("Newest run", "การสำรองครั้งล่าสุด"), Words("OK, or failed or incomplete.", "สำเร็จ หรือล้มเหลวหรือไม่ครบ"),
        Query(f"wenyam_backup_run_status{{{_OF}}}", "{{job}}"), STATUS_MEANINGS, runbook=_STATES,
    ),
    states(
        Words("Size as usual", "ขนาดเป็นปกติ"),
        Words("Degraded: an unusual size waits for a person's reason.", "บกพร่องคือขนาดผิดปกติที่รอคำชี้แจง"),
        Query(f"wenyam_backup_size_status{{{_OF}}}", "{{job}}"), STATUS_MEANINGS, runbook=_STATES,
    ),
    lines(
        Words("Size", "ขนาดข้อมูลสำรอง"), Words("Of the newest backup that counts.", "ของการสำรองล่าสุดที่นับได้"),
        Query(f"wenyam_backup_size_bytes{{{_OF}}}", "{{job}}"), unit="bytes", runbook=_HOW, width=12,
    ),
    lines(
        Words("Runs on time", "งานที่ตรงเวลา"),
        Words(
            "Share of scheduled runs done in time this month; objective 90 %.",
            "สัดส่วนงานตามตารางที่ทันเวลาในเดือนนี้ เป้าหมายร้อยละ 90",
        ),
        Query(f'wenyam_on_time_ratio{{{_OF},period="month"}}', "{{job}}"), unit="percentunit", runbook=_HOW, width=12, most=1.0,
    ),
    table(
        Words("Copies in other places", "สำเนาในที่อื่น"),
        Words("Age of the data of the newest copy.", "อายุข้อมูลของสำเนาล่าสุด"),
        Query(_age("backup_copy_last_success", "job, repository"), "copy is old · สำเนาเก่า", "s", _AGE), runbook=_STATES,
    ),
)  # fmt: skip

_PROOFS = (
    states(
        Words("Newest restore test", "การทดสอบกู้คืนล่าสุด"),
        Words("Unknown means NOT TESTED, which is never passed.", "ไม่ทราบหมายถึงยังไม่ได้ทดสอบ ซึ่งไม่ถือว่าผ่าน"),
        Query(f"wenyam_restore_test_status{{{_OF}}}", "{{job}}"), STATUS_MEANINGS, runbook=_STATES,
    ),
    lines(
        Words("Time of a restore", "เวลากู้คืน"),
        Words("Of the last proven one: fetch, load, compare.", "ของการกู้คืนที่พิสูจน์ล่าสุด: ดึง นำเข้า เทียบ"),
        Query(f"wenyam_restore_duration_seconds{{{_OF}}}", "{{job}}"), unit="s", runbook=_HOW, width=12,
    ),
    table(
        Words("Places read back", "ที่เก็บที่อ่านกลับแล้ว"),
        Words("How long ago data was read back and found whole.", "อ่านข้อมูลกลับมาตรวจแล้วครบถ้วนเมื่อใด"),
        Query(_age("repository_last_verified", "job, repository"), "read back · อ่านกลับ", "s", _PROOF), runbook=_STATES,
    ),
    meant(
        Words("Places found faulty", "ที่เก็บที่พบความผิดปกติ"),
        Words("Failed until all was seen whole again.", "เสียจนกว่าจะตรวจแล้วครบถ้วนอีกครั้ง"),
        Query(f"wenyam_repository_status{{{_OF}}}", "{{repository}}"), STATUS_MEANINGS, runbook=_STATES,
    ),
    meant(
        Words("Sealed envelope", "ซองปิดผนึก"), Words("It holds the keys and places in use.", "มีกุญแจและที่เก็บที่ใช้อยู่"),
        Query("wenyam_envelope_status", "envelope · ซอง"), STATUS_MEANINGS, runbook=_ESCROW,
    ),
    table(
        Words("Age of the envelope", "อายุของซอง"),
        Words(
            "Since it was written, and since a restore from it alone worked.",
            "นับจากจัดทำ และนับจากกู้คืนได้จากซองเพียงอย่างเดียว",
        ),
        Query("time() - max by (job) (wenyam_envelope_made_timestamp_seconds)", "made · จัดทำ", "s"),
        Query("time() - max by (job) (wenyam_envelope_last_proven_timestamp_seconds)", "proven · พิสูจน์", "s"),
        runbook=_ESCROW,
    ),
)  # fmt: skip

BACKUPS = Dashboard(
    "wenyam-backups",
    Words("Backups and restores", "การสำรองและกู้คืน"),
    Words(
        "What is kept, how old it is, and whether its restore was proven.",
        "เก็บอะไรไว้ เก่าเพียงใด และพิสูจน์การกู้คืนแล้วหรือไม่",
    ),
    (JOB,),
    (
        Row(Words("Now", "ขณะนี้"), _NOW),
        Row(Words("Runs and copies", "การสำรองและสำเนา"), _RUNS),
        Row(Words("Proofs", "การพิสูจน์"), _PROOFS),
    ),
    (_HOW, _STATES, "reference/restoring.md", _ESCROW),
    hours=168,
)
