"""Why something was refused, in Thai: known sentences from the catalogue, names untouched, English as it was written."""

import pytest

from wenyam.i18n.translate import mark, translator
from wenyam.operations.refusal_words import told_refusal


@pytest.mark.parametrize(
    ("english", "thai"),
    [
        (
            "Nothing was changed: 3MPN cannot be closed yet; it needs everything good again (service:a is down); a how-to note",
            "ไม่มีการเปลี่ยนแปลง: ปิดเรื่อง 3MPN ยังไม่ได้ ยังขาด ทุกรายการกลับเป็นปกติ (service:a ใช้งานไม่ได้); คู่มือวิธีการแก้ไขปัญหา",
        ),
        (
            "somchai enters it and so cannot be who approved it. Name another person, or see instance.approve_own_windows.",
            "somchai เป็นผู้บันทึก จึงเป็นผู้อนุมัติไม่ได้ ให้ระบุผู้อื่น หรือดู instance.approve_own_windows",
        ),
        ("there is no person 'annong'. Did you mean 'anong'?", "ไม่มีบุคคลชื่อ 'annong' หมายถึง 'anong' หรือไม่"),
        ("Until: '2hxx' is not a duration; write 30s, 5m", "ถึงเวลา: '2hxx' ไม่ใช่ระยะเวลา write 30s, 5m"),
        ("something nobody has ever said", "something nobody has ever said"),
    ],
)
def test_a_refusal_is_told_in_thai(english: str, thai: str) -> None:
    assert told_refusal(english, translator("th")) == thai
    assert told_refusal(english, mark) == english
