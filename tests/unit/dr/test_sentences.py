"""What steps and runs say, in Thai; what a person wrote, and names, stay as they are."""

from string import Formatter

import pytest

from wenyam.dr.sentences import PATTERNS, told_of_run
from wenyam.i18n.translate import mark, translator

THAI = translator("th")


@pytest.mark.parametrize(
    ("english", "thai"),
    [
        ("By hand: Ask the cash desk to stop", "ทำด้วยมือ: Ask the cash desk to stop"),
        ("Pause for 1 m 30 s", "หยุดรอ 1 นาที 30 วินาที"),
        ("fetch https://erp.test/login, expecting 200 or 301", "เปิดหน้า https://erp.test/login ต้องได้ 200 or 301"),
        ("Wait until this passes: run on dr-host: /bin/true", "รอจนกว่าข้อนี้ผ่าน: สั่งบน dr-host: /bin/true"),
        ("Users test: anan: e-mail", "ผู้ใช้ทดสอบ: anan: e-mail"),
        ("step 'stop' is overdue: 1 m 35 s of 1 m", "ขั้นตอน 'stop' เกินกำหนด: 1 นาที 35 วินาที จาก 1 นาที"),
        ("approved by anan", "อนุมัติโดย anan"),
        ("waited 5 s; nothing is needed to wait", "รอแล้ว 5 วินาที; การรอไม่ต้องใช้สิ่งใด"),
        ("every step passed, but recovery took 5 h against a target of 4 h",
         "ผ่านทุกขั้นตอน แต่ กู้ระบบใช้เวลา 5 ชั่วโมง เป้าหมาย 4 ชั่วโมง"),
        ("dr-db is the primary now: 0/3000148; a write was committed at 0/3000200",
         "dr-db เป็นฐานข้อมูลหลักแล้ว: 0/3000148; เขียนข้อมูลสำเร็จที่ 0/3000200"),
        ("site main can still write: tcp:5432 of erp-db answers", "ที่ตั้ง main ยังเขียนได้: tcp:5432 of erp-db answers"),
        ("the newest copy's data is 26.5 h old, at most 24.0 h are allowed",
         "ข้อมูลของสำเนาล่าสุดอายุ 26.5 ชั่วโมง ยอมให้ไม่เกิน 24.0 ชั่วโมง"),
        ("database 'erp' on dr-db is there and not empty (12 things), and is never overwritten",
         "database 'erp' on dr-db มีอยู่แล้วและไม่ว่าง (12 รายการ) ระบบไม่เขียนทับ"),
        ("the replica on dr-db is 9 s behind, at most 5 s are allowed", "สำเนาฐานข้อมูลบน dr-db ตามหลังอยู่ 9 s ยอมให้ไม่เกิน 5 วินาที"),
        ("ย้ายฐานข้อมูล", "ย้ายฐานข้อมูล"),
        ("The database at DR becomes the primary", "The database at DR becomes the primary"),
    ],
)  # fmt: skip
def test_what_a_step_or_a_run_says_is_told_in_thai(english: str, thai: str) -> None:
    assert told_of_run(english, THAI) == thai
    assert told_of_run(english, mark) == english


def test_every_translation_has_the_fields_of_its_sentence() -> None:
    for pattern in PATTERNS:
        fields = [sorted(str(name) for _, name, _, _ in Formatter().parse(text) if name) for text in (pattern, THAI(pattern))]
        assert fields[0] == fields[1], pattern
