"""What things are called in a table: by their names in English, by what they mean in Thai."""

import pytest

from wenyam.i18n.translate import translator
from wenyam.testing.pictures import in_trouble, picture
from wenyam.testing.pictures_incidents import CODE, one
from wenyam.tui.view_models.device import head
from wenyam.tui.view_models.incidents import incident, incident_title
from wenyam.tui.view_models.look import Look

THAI = Look(in_trouble(), "th", translator("th"))
ENGLISH = Look(in_trouble())


@pytest.mark.parametrize(
    ("subject", "english", "thai"),
    [
        ("device:core-1", "core-1", "core-1"),
        ("device:core-1/memory", "core-1/memory", "core-1 หน่วยความจำ"),
        ("device:core-1/mine", "core-1/mine", "core-1 mine"),
        ("service:register/overall", "service:register/overall", "ระบบทะเบียนออนไลน์"),
        ("job:erp-db/proven", "job:erp-db/proven", "erp-db: การพิสูจน์ด้วยการกู้คืน"),
        ("job:envelope/envelope", "job:envelope/envelope", "ซองปิดผนึก"),
    ],
)
def test_a_subject_is_called_by_its_names_or_by_what_they_mean(subject: str, english: str, thai: str) -> None:
    assert ENGLISH.called(subject) == english
    assert THAI.called(subject) == thai


def test_a_title_that_a_person_wrote_stays_and_one_that_is_a_subject_is_called_so() -> None:
    assert incident_title(THAI, "ไฟดับ: ชั้น 2") == "ไฟดับ: ชั้น 2"
    assert incident_title(THAI, "device:core-1/memory") == "core-1 หน่วยความจำ"
    assert incident_title(ENGLISH, "device:core-1/memory") == "core-1/memory"


def test_who_joined_an_incident_is_told_in_the_readers_words() -> None:
    shown = picture(incident=one())
    assert "core-1 down" in said(Look(shown))
    assert "core-1 ใช้งานไม่ได้" in said(Look(shown, "th", translator("th")))


def said(look: Look) -> list[str]:
    rows = incident(look, CODE)
    return [rows.cells(key)[-1].text for key in rows.keys]


def test_what_is_said_of_a_device_is_read_to_its_end_on_a_narrow_terminal() -> None:
    lines = ["".join(cell.text for cell in line) for line in head(ENGLISH, "device:core-1", 40)]
    assert lines[0].startswith("core-1  ✖ DOWN")
    assert "no answer" not in lines[0]
    assert " ".join(lines[1:3]).startswith("no answer to icmp, tcp:22")
