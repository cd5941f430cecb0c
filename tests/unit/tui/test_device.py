from dataclasses import replace

from wenyam.i18n.translate import translator
from wenyam.model.states import State
from wenyam.testing.pictures import DETAIL, PAST, in_trouble, picture, standing
from wenyam.tui.cells import Tone
from wenyam.tui.view_models.device import everything, head, near
from wenyam.tui.view_models.devices import devices
from wenyam.tui.view_models.look import Look
from wenyam.tui.view_models.problems import problems
from wenyam.tui.view_models.values import _natural

OWNER = "device:core-1"


def texts(look: Look, owner: str = OWNER) -> list[list[str]]:
    rows = everything(look, owner)
    return [[cell.text.strip() for cell in rows.cells(key)] for key in rows.keys]


def test_everything_about_a_device_is_in_sections() -> None:
    shown = texts(Look(in_trouble(detail=DETAIL, past=PAST)))
    titles = [line[0] for line in shown if len(line) == 1]
    assert titles == [
        "▾ Checks (3)", "▾ Interfaces, as last read (3)", "▾ Sensors and power, as last read (2)",
        "▾ Other values, as last read (1)",
        "▾ Changes of the last 30 days (1)", "▾ Readings (4)", "▾ Parents and children (5)",
    ]  # fmt: skip


def test_interfaces_stand_in_natural_order_with_their_rates() -> None:
    shown = texts(Look(in_trouble(detail=DETAIL, past=PAST)))
    interfaces = [line for line in shown if line[0].startswith("Gi0")]
    assert [line[0] for line in interfaces] == ["Gi0/1 (uplink)", "Gi0/2", "Gi0/10 (spare)"]
    assert interfaces[0][1:] == ["● up 1 Gb/s", "", "↓ 40 Mb/s (4%)  ↑ 200 Mb/s (20%)"]
    assert [line[1] for line in interfaces[1:]] == ["✖ no carrier", "○ switched off"]
    assert sorted(["eth10", "eth2", "Gi๓"], key=_natural) == ["Gi๓", "eth2", "eth10"]


def test_the_last_failure_shows_what_was_seen_on_the_wire() -> None:
    shown = texts(Look(in_trouble(detail=DETAIL, past=PAST)))
    assert ["timeout", "", "", "no answer in 1 s"] in shown
    assert ["", "", "", "got nothing"] in shown


def test_values_show_the_course_of_a_day() -> None:
    shown = texts(Look(in_trouble(detail=DETAIL, past=PAST)))
    course = next(line for line in shown if line[0] == "cpu" and "%" in line[1])[3]
    assert len(course) == 20
    assert {"▁", "█"} <= set(course)


def test_a_moment_that_a_device_told_is_a_date_and_no_length_of_time() -> None:
    sample = {"name": "tls_certificate_expiry_timestamp_seconds", "labels": {"endpoint": "www:443"}, "value": 1_803_513_600.0}
    detail = replace(
        DETAIL, data={**DETAIL.data, "jobs": {"web": {**next(iter(DETAIL.data["jobs"].values())), "samples": [sample]}}}
    )
    shown = texts(Look(in_trouble(detail=detail, past=PAST)))
    assert ["tls certificate expiry www:443", "25 Feb 2027 07:00"] in [line[:2] for line in shown]


def test_details_of_another_device_are_not_shown_as_this_ones() -> None:
    shown = texts(Look(in_trouble(detail=DETAIL, past=PAST)), "device:web-1")
    assert not any(line[0].startswith("Gi0") for line in shown)
    assert head(Look(in_trouble(past=PAST)), "device:web-1", 80)[-1][0].text == "Looking …"


def test_the_head_names_people_in_the_readers_language_and_draws_the_days() -> None:
    look = Look(in_trouble(detail=DETAIL, past=PAST), "th", translator("th"))
    lines = ["".join(cell.text for cell in line) for line in head(look, OWNER, 100)]
    assert lines[0].startswith("core-1  ✖ ใช้งานไม่ได้  12 นาที 34 วิ.")
    assert "อนงค์ ใจดี" in "".join(lines)
    assert lines[-1].endswith("█▁")


def test_enter_leads_to_neighbours_and_members_alone() -> None:
    look = Look(in_trouble())
    assert near(look, "device:web-1", "around:device:core-1") == "device:core-1"
    assert near(look, "device:web-1", "checks:device:web-1/cpu") == ""
    rows = everything(look, "service:register")
    members = [near(look, "service:register", key) for key in rows.keys]
    assert members == ["", "device:web-1", "device:web-2"]
    assert [rows.cells(key)[0].text for key in rows.keys][1] == "  any › web-1"


def test_a_calm_device_without_details_shows_what_is_known() -> None:
    assert [line[0] for line in texts(Look(picture())) if len(line) == 1] == ["▾ Checks (3)", "▾ Parents and children (5)"]
    assert everything(Look(picture(), wanted="nothing such"), OWNER).empty == "Nothing matches the filter; Esc takes it away."


def test_a_dead_device_shows_no_green_check_and_no_red_one_in_any_table() -> None:
    dead = picture(
        changed=[
            standing("device:nas-1", State.DOWN, 60),
            standing("device:nas-1/disk", State.OK, 3_600, "/volume1 is 40 % full"),
            standing("device:nas-1/raid", State.CRIT, 3_600, "raid 1 failed"),
        ]
    )
    checks = {line[0]: line[1:] for line in texts(Look(dead), "device:nas-1") if len(line) > 1}
    assert checks["disk"][0] == checks["raid"][0] == "? UNKNOWN"
    assert checks["disk"][2] == "not known while the device is not up; before that: /volume1 is 40 % full"
    rows = devices(Look(dead))
    assert rows.cells("device:nas-1")[5].text == ""
    shown = problems(Look(dead, folded=frozenset({"device:nas-1"})))
    assert [shown.cells(key)[0].text for key in shown.keys] == ["✖ DOWN", "? UNKNOWN"]


def test_values_of_a_dead_device_are_what_was_read_last_and_none_is_green_or_red() -> None:
    for shown, green in ((in_trouble(detail=DETAIL), False), (picture(detail=DETAIL), True)):
        rows = everything(Look(shown), OWNER)
        read = [rows.cells(key) for key in rows.keys if key.startswith(("interfaces:", "sensors:", "others:"))]
        assert len(read) == 6
        assert any(cell.tone in (Tone.GOOD, Tone.BAD) for line in read for cell in line) is green
