"""Sentences of checks in Thai: known pieces from the catalogue, a stranger's text untouched."""

import re
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyam.alerts.summaries import PATTERNS, told
from wenyam.alerts.summary_words import NOUNS, REASONS
from wenyam.backup import escrow_lines, places, size  # noqa: F401  # their errors are known once they are there
from wenyam.checks.wording import noun_of
from wenyam.errors import BackupError, CollectError, WenyamError
from wenyam.i18n.lengths import told_time
from wenyam.i18n.translate import mark, translator
from wenyam.model import durations
from wenyam.model.names import SAMPLES

THAI = translator("th")


@pytest.mark.parametrize(
    ("english", "thai"),
    [
        ("no answer to icmp, snmp, tcp:22 within 1 s", "ไม่ตอบ icmp, snmp, tcp:22 ภายใน 1 วินาที"),
        ("unreachable behind core-1", "เข้าถึงไม่ได้เพราะอยู่หลัง core-1"),
        ("filesystem /var 96.2 % ≥ 95 %", "ระบบแฟ้ม /var 96.2 % ถึงเกณฑ์ ≥ 95 %"),
        ("ups battery runtime 12 m ≤ 15 m", "เวลาที่แบตเตอรี่ UPS จ่ายไฟได้ 12 นาที ถึงเกณฑ์ ≤ 15 นาที"),
        ("temperature inlet 41 °C ≥ 35 °C", "อุณหภูมิ inlet 41 °C ถึงเกณฑ์ ≥ 35 °C"),
        ("sql query value queue 5 m ≥ 3 m", "ค่าจากคำสั่ง SQL queue 5 m ถึงเกณฑ์ ≥ 3 m"),
        ("fan Fan 2 failed and 3 more", "พัดลม Fan 2 ล้มเหลว และอีก 3 รายการ"),
        ("power supply PS-B absent", "แหล่งจ่ายไฟ PS-B ไม่มี"),
        ("service nginx failed", "บริการ systemd nginx ล้มเหลว"),
        ("ups output source is 5 battery, expected 3 normal", "แหล่งไฟที่ UPS จ่ายออก เป็น 5 แบตเตอรี่ ควรเป็น 3 ปกติ"),
        ("http status code https://x/ is 503, expected 200 or 301", "รหัสตอบ HTTP https://x/ เป็น 503 ควรเป็น 200 หรือ 301"),
        ("tls certificate expiry www in 6 d 3 h", "วันหมดอายุของใบรับรอง TLS www อีก 6 วัน 3 ชั่วโมง"),
        ("tls certificate expiry www was 2 d ago", "วันหมดอายุของใบรับรอง TLS www ผ่านมาแล้ว 2 วัน"),
        ("log newest record fw 20 m 5 s ago, limit 15 m", "บันทึกล่าสุด fw เมื่อ 20 นาที 5 วินาที ก่อน เกณฑ์ 15 นาที"),
        ("interface Gi0/1 down", "อินเทอร์เฟซ Gi0/1 ขาดการเชื่อมต่อ"),
        ("interface Gi0/1 uplink errors 5/s ≥ 1/s", "อินเทอร์เฟซ Gi0/1 uplink มีข้อผิดพลาด 5/s ถึงเกณฑ์ ≥ 1/s"),
        ("management lost: No answer came in time: 192.0.2.1 within 5 s",
         "อ่านค่าการจัดการไม่ได้: ไม่มีคำตอบภายในเวลา: 192.0.2.1 ภายใน 5 วินาที"),
        ("refused by core-1, core-2; next try in 300 s", "core-1, core-2 ไม่รับรหัส จะลองใหม่ในอีก 300 วินาที"),
        ("backup run failed: What should be backed up could not be copied whole",
         "การสำรองข้อมูล ล้มเหลว: ทำสำเนาสิ่งที่จะสำรองได้ไม่ครบ"),
        ("plug-in raid says CRIT", "ปลั๊กอิน raid แจ้งว่า วิกฤต"),
        ("interface Gi0/1 (number 7) went down", "อินเทอร์เฟซ Gi0/1 (หมายเลข 7) ขาดการเชื่อมต่อ"),
        ("on battery for 30 s, not told min left", "จ่ายไฟจากแบตเตอรี่มา 30 วินาที เหลืออีก not told นาที"),
        ("read in 0.08 s", "อ่านเสร็จใน 0.08 วินาที"),
        ("login answered in 0.80 s", "login ตอบใน 0.80 วินาที"),
        ("no backup of erp was ever copied to 'dr'", "ไม่เคยคัดลอกข้อมูลสำรองของ erp ไปที่ 'dr'"),
        ("last run: The server's certificate was not accepted: x", "รอบล่าสุด: ไม่รับใบรับรองของเครื่องแม่ข่าย: x"),
        ("login: No answer came in time: https://192.0.2.1/ within 5 s",
         "login: ไม่มีคำตอบภายในเวลา: https://192.0.2.1/ ภายใน 5 วินาที"),
        ("backup run degraded: no copy in 'dr': The repository does not answer: dr: connection lost",
         "การสำรองข้อมูล เสื่อมสภาพ: ไม่มีสำเนาใน 'dr': ที่เก็บชุดสำรองไม่ตอบ: dr: connection lost"),
        ("last run: The backup could not be restored: dr: there is no such file",
         "รอบล่าสุด: กู้คืนชุดสำรองไม่ได้: dr: ไม่มีแฟ้มนี้"),
        ("refused by the device", "the device ปฏิเสธ"),
        ("not known while the device is not up; before that: cpu 97 % ≥ 90 %",
         "ไม่ทราบระหว่างที่อุปกรณ์ไม่ทำงาน ก่อนหน้านั้น: ซีพียู 97 % ถึงเกณฑ์ ≥ 90 %"),
        ("the status page is written to /var/www", "เขียนหน้าสถานะไว้ที่ /var/www แล้ว"),
        ("2 of 2 witnesses answer", "พยานตอบ 2 จาก 2"),
        ("the answer of r1 is no whole configuration: line 7 is a prompt: 'r1#'",
         "คำตอบของ r1 ไม่ใช่ค่ากำหนดที่ครบถ้วน: บรรทัดที่ 7 เป็นเครื่องหมายรอรับคำสั่ง: 'r1#'"),
        ("x: The device refused the connection: y: connection refused. Is the service running and the port right?",
         "x: อุปกรณ์ไม่รับการเชื่อมต่อ: y: ปฏิเสธการเชื่อมต่อ คำแนะนำ: ตรวจว่าบริการทำงานอยู่และพอร์ตถูกต้อง"),
        ("last restore test: not-tested: this machine lacks extensions that the source uses: postgis",
         "การทดสอบกู้คืนล่าสุด: ยังไม่ได้ทดสอบ: เครื่องนี้ขาดส่วนขยายที่ต้นทางใช้: postgis"),
        ("no data for memory_utilization_ratio", "ไม่มีข้อมูลของ memory_utilization_ratio"),
    ],
)  # fmt: skip
def test_a_standard_sentence_is_told_in_thai(english: str, thai: str) -> None:
    assert told(english, THAI) == thai
    assert told(english, mark) == english


@pytest.mark.parametrize(
    "words",
    ["alarm: battery bad", "DISK FAILURE 5 m ≥ 3 m", "interface", "", "fan", "ลิฟต์เสีย", "backup ran away with 3 others"],
)
def test_what_follows_no_pattern_stays_as_it_was_written(words: str) -> None:
    assert told(words, THAI) == words


OTHERS = st.text(st.characters(blacklist_categories=["Cc", "Cs"]), min_size=1, max_size=30).filter(
    lambda text: text == text.strip()
)


SENTENCES = (
    "filesystem {} 96 % ≥ 95 %", "fan {} failed and 2 more", "unreachable behind {}", "interface {} down", "plug-in {} says WARN",
    "management lost: No answer came in time: {}",
)  # fmt: skip


@given(OTHERS, st.sampled_from(SENTENCES))
def test_a_strangers_text_inside_a_sentence_is_never_touched(text: str, sentence: str) -> None:
    assert text in told(sentence.format(text), THAI)


@given(st.floats(0, 1e9))
def test_every_written_time_is_told_and_keeps_its_numbers(length: float) -> None:
    written = durations.write(length)
    assert re.findall(r"[\d.]+(?:e[+-]?\d+)?", told_time(written, THAI)) == re.findall(r"[\d.]+(?:e[+-]?\d+)?", written)
    assert not re.search(r"[a-df-z]", told_time(written, THAI))


def test_every_translation_has_the_fields_of_its_sentence() -> None:
    for pattern in PATTERNS:
        fields = [sorted(str(name) for _, name, _, _ in Formatter().parse(text) if name) for text in (pattern, THAI(pattern))]
        assert fields[0] == fields[1], pattern


def test_nouns_and_reasons_are_those_that_checks_and_errors_write() -> None:
    assert NOUNS.keys() <= {noun_of(name) for name in SAMPLES}
    written = {(kind.__doc__ or "").splitlines()[0].rstrip(".") for kind in _below(CollectError)}
    links = {sentence for sentence in written if not sentence.startswith(("The Apprise", "An optional", "The name server"))}
    assert links <= set(REASONS)


def test_every_first_sentence_of_a_failed_backup_is_told() -> None:
    """What a message, a row or a report quotes of a run that failed begins with one of them."""
    written = {(kind.__doc__ or "").splitlines()[0].rstrip(".") for kind in _below(BackupError)}
    assert len(written) > 10
    assert written <= set(REASONS)


def _below(kind: type[WenyamError]) -> list[type[WenyamError]]:
    return [kind, *(each for child in kind.__subclasses__() for each in _below(child))]
