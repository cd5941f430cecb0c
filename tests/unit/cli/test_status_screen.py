"""The screen of `wenyam status`, from plain data."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from wenyam.cli.status_screen import screen
from wenyam.model.instants import after, to_iso
from wenyam.operations.status import Present
from wenyam.testing.pictures import NOW, configuration


def row(subject: str, state: str = "crit", **more: object) -> dict[str, object]:
    kind, _, rest = subject.partition(":")
    name, _, check = rest.partition("/")
    return {
        "subject": subject, "kind": kind, "name": name, "check": check or "alive", "state": state,
        "since": to_iso(after(NOW, -60)), "summary": "",
        "value": None, "limit": None, "cause": None, "soft": None, "attempt": 0, **more,
    }  # fmt: skip


def drawn(
    rows: list[dict[str, object]],
    language: str = "en",
    *,
    height: int = 0,
    live: bool = True,
    silence: str = "",
    width: int = 110,
) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    view = Present(tuple(rows), live=live, age=5.0, at=to_iso(NOW), silence=silence)
    console.print(screen(configuration(), view, language, everything=False, brief=bool(height), height=height))
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_a_low_terminal_lists_the_worst_problems_and_still_shows_the_services() -> None:
    many = [row("device:core-1", "up"), *(row(f"device:core-1/check-{number:02d}") for number in range(20))]
    low = drawn(many, height=24)
    assert "… 12 more" in low
    assert low.index("Services") < low.index("Devices")
    assert len(low.partition("Services")[0].splitlines()) < 24
    assert "more" not in drawn(many), "what is printed once is printed whole"


def test_thai_calls_things_by_what_they_mean_and_says_why_nobody_answers() -> None:
    rows = [
        row("device:core-1", "up"),
        row("device:core-1/memory", soft="warn", attempt=1),
        row("service:register/overall", "down", summary="not working: service:register"),
    ]
    said = drawn(rows, "th", live=False, silence="/run/c.sock: Connection refused")
    assert "core-1 หน่วยความจำ" in said
    assert "วิกฤต (1× เตือน)" in said
    assert "ไม่ทำงาน: ระบบทะเบียนออนไลน์" in said
    assert "Connection refused" not in said
    assert "core-1/memory" in drawn(rows)


@pytest.mark.parametrize("width", [40, 60, 80])
@pytest.mark.parametrize("language", ["en", "th"])
def test_a_narrow_terminal_reads_what_is_wrong_and_why(language: str, width: int) -> None:
    rows = [
        row("device:core-1", "up"),
        row("device:core-1/memory", soft="warn", attempt=1, summary="memory 97 % used, limit 95 %"),
        row("service:register/overall", "down", summary="not working: service:register"),
    ]
    shown = drawn(rows, language, width=width)
    assert all(cell_len(line) <= width for line in shown.splitlines())
    assert "…" not in shown
    said = " ".join(shown.split())
    assert "97 % used, limit 95 %" in said
    assert ("● 1 UP" if language == "en" else "● 1 ใช้งานได้") in shown
    assert ("? UNKNOWN" if language == "en" else "? ไม่ทราบ") in shown


def test_a_screen_of_a_fixed_height_stays_low_on_a_narrow_terminal() -> None:
    many = [row(f"device:core-1/check-{number:02d}", summary="memory 97 % used, limit 95 %") for number in range(20)]
    low = drawn([row("device:core-1", "up"), *many], height=24, width=40)
    assert len(low.partition("Services")[0].splitlines()) < 24
