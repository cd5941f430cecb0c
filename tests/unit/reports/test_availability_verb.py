import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from wenyam.cli.main import main

Run = Callable[..., str]
OCTOBER = ("--period", "month:2026-10")


def entries(text: str) -> dict[tuple[str, str], dict[str, object]]:
    return {(each["kind"], each["name"]): each for each in json.loads(text)["entries"]}


def test_a_device_says_its_four_figures_objective_and_seconds(wenyam: Run) -> None:
    found = entries(wenyam("availability", "web-1", *OCTOBER, "--json"))[("device", "web-1")]
    hours = {"unknown": 1, "up": 740, "planned": 2, "unreachable": 0, "down": 1}
    assert found["seconds"] == {name: 3600.0 * number for name, number in hours.items()}
    assert (found["availability"], found["worst"], found["best"], found["coverage"]) == (
        740 / 741,
        740 / 742,
        741 / 742,
        743 / 744,
    )
    assert (found["objective"], found["meets_objective"], found["sufficient"]) == (0.95, True, True)


def test_a_correction_makes_a_second_figure_beside_the_first(wenyam: Run) -> None:
    found = entries(wenyam("availability", "web-2", *OCTOBER, "--json"))[("device", "web-2")]
    assert found["availability"] == 741 / 743
    corrected = found["corrected"]
    assert isinstance(corrected, dict)
    assert corrected["availability"] == 741 / 742


def test_a_service_of_two_stays_up_while_one_of_them_is_down(wenyam: Run) -> None:
    found = entries(wenyam("availability", "service:saraban", *OCTOBER, "--json"))[("service", "saraban")]
    assert found["seconds"] == {"unknown": 3600.0, "up": 743 * 3600.0, "planned": 0.0, "unreachable": 0.0, "down": 0.0}


def test_pools_name_their_worst_member_and_add_up_seconds(wenyam: Run) -> None:
    answer = wenyam("availability", "--group", "webs", "--kind", "switch", "--site", "head-office", *OCTOBER, "--json")
    found = entries(answer)
    group = found[("group", "webs")]
    assert (group["members"], group["worst_member"], group["below_objective"]) == (2, "web-2", 0)
    assert group["availability"] == 1481 / 1484
    assert found[("kind", "switch")]["availability"] == 1.0
    assert found[("site", "head-office")]["members"] == 3


def test_with_no_choice_the_pools_are_shown_and_with_all_everything(wenyam: Run) -> None:
    pools = [("whole", "whole"), ("site", "head-office"), ("kind", "server"), ("kind", "switch"), ("group", "webs")]
    assert list(entries(wenyam("availability", *OCTOBER, "--json"))) == pools
    subjects = [("service", "saraban"), ("device", "core-switch"), ("device", "web-1"), ("device", "web-2")]
    assert list(entries(wenyam("availability", "--all", *OCTOBER, "--json"))) == pools + subjects


def test_data_carries_period_settings_and_whether_it_is_final(wenyam: Run) -> None:
    top = json.loads(wenyam("availability", *OCTOBER, "--json"))
    assert (top["version"], top["instance"]) == (1, "watch-1")
    assert top["period"] == {
        "name": "month:2026-10",
        "start": "2026-09-30T17:00:00.000Z",
        "end": "2026-10-31T17:00:00.000Z",
        "counted_until": "2026-10-31T17:00:00.000Z",
        "final": True,
        "label_th": "ตุลาคม 2569",
        "label_en": "October 2026",
    }
    assert top["settings"]["time_zone"] == "Asia/Bangkok"


def test_text_shows_the_settings_beside_the_figures_in_thai_by_default(wenyam: Run) -> None:
    text = wenyam("availability", "web-2", *OCTOBER)
    assert "ความพร้อมใช้งาน = up / (up + down + unreachable); นับเวลาที่เข้าถึงไม่ได้เป็นเวลาที่ใช้งานไม่ได้; ไม่นับเวลางานตามแผน" in text
    assert "1 ต.ค. 2569 – 31 ต.ค. 2569" in text
    row = next(line for line in text.splitlines() if "web-2" in line)
    assert row.split() == [
        "อุปกรณ์",
        "web-2",
        "99.73",
        "99.60",
        "99.73",
        "99.87",
        "95.00",
        "ผ่าน",
        "99.87",
        "2:00:00",
        "0:00:00",
        "1:00:00",
    ]


def test_after_the_last_heartbeat_the_text_says_that_nobody_looked(wenyam: Run) -> None:
    text = wenyam("availability", "web-1", "--period", "2026-11-01..2026-11-04", "--language", "en")
    assert "The watcher was last seen: 2 Nov 2026 00:00:00; after that everything is unknown." in text
    assert "insufficient data" in next(line for line in text.splitlines() if "web-1" in line)


def test_csv_is_read_back_by_a_csv_reader(wenyam: Run) -> None:
    rows = list(csv.reader(io.StringIO(wenyam("availability", "web-1", *OCTOBER, "--csv", "--language", "en"))))
    header = next(row for row in rows if row[:2] == ["What", "Name"])
    values = dict(zip(header, next(row for row in rows if row[:2] == ["device", "web-1"]), strict=True))
    assert (values["Availability %"], values["Planned"], values["Label"]) == ("99.87", "2:00:00", "Web server")


def test_the_second_objective_counts_scheduled_runs(wenyam: Run) -> None:
    text = wenyam("availability", "--on-time", *OCTOBER, "--language", "en")
    assert "Done in time: 16.67 % (1 / 6); objective 90.00 %" in text
    jobs = json.loads(wenyam("availability", "--on-time", *OCTOBER, "--json"))["jobs"]
    assert jobs[0]["job"] == "nightly"
    assert jobs[0]["on_time"] == 0.5


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["wbe-1"], "there is no 'wbe-1'. Did you mean web-1 or web-2?"),
        (["zzzzz"], "there is no 'zzzzz'. 'wenyam config show' lists every name."),
        (["--kind", "swich"], "there is no kind 'swich'. Did you mean switch?"),
        (["--site", "bangkok"], "there is no site 'bangkok'. 'wenyam config show' lists every name."),
        (["--group", "web"], "there is no group 'web'. Did you mean webs?"),
        (["--period", "fy:2569-q9"], "period 'fy:2569-q9': 9 is no quarter; there are 1 to 4"),
        (["--period", "year:2400"], "period 'year:2400' begins at 1 Jan 2400 00:00:00 (Asia/Bangkok), which is still to come"),
    ],
)
def test_what_cannot_be_answered_is_a_sentence_and_exit_code_2(
    site: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    assert main(["--config", str(site), "availability", *words]) == 2
    assert capsys.readouterr().err == f"wenyam availability: The command was not understood: {sentence}\n"
