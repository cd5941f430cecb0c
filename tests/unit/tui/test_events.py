from wenyam.i18n.translate import translator
from wenyam.model.states import State
from wenyam.operations.events import Event
from wenyam.testing.pictures import NOW, picture
from wenyam.tui.view_models.events import events
from wenyam.tui.view_models.look import Look


def said(event: Event, language: str) -> str:
    rows = events(Look(picture(events=(event,)), language, translator(language)))
    return rows.cells(rows.keys[0])[-1].text


def test_what_wenyam_did_is_told_in_the_readers_words_and_what_a_person_wrote_is_not() -> None:
    failed = Event(
        NOW, "backup-failed", "wenyam", summary="erp · The repository does not answer: x: connection refused", sequence=1
    )
    assert said(failed, "th") == "erp · ที่เก็บชุดสำรองไม่ตอบ: x: ปฏิเสธการเชื่อมต่อ"
    assert said(failed, "en") == failed.summary
    opened = Event(NOW, "incident-opened", "wenyam", summary="device:web-1/certificate · 7PGC", sequence=2)
    assert said(opened, "th") == "web-1 อายุใบรับรอง · 7PGC"
    noted = Event(NOW, "incident-noted", "somchai", summary="Q4RM · no answer within 5 s", sequence=3)
    assert said(noted, "th") == noted.summary


def test_subjects_in_a_summary_are_called_by_their_labels_in_thai() -> None:
    down = Event(
        NOW, "service:register/overall", state=State.DOWN, summary="not working: device:web-1, service:register", sequence=4
    )
    assert said(down, "th") == "ไม่ทำงาน: web-1, ระบบทะเบียนออนไลน์"
    assert said(down, "en") == "not working: device:web-1, service:register"
