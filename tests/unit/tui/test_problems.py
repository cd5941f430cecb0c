from dataclasses import replace

import pytest

from wenyam.i18n.translate import translator
from wenyam.model.states import State
from wenyam.testing.pictures import TROUBLE, in_trouble, picture, silent, standing
from wenyam.tui.picture import Picture
from wenyam.tui.view_models.look import Look
from wenyam.tui.view_models.problems import families, problems, root_of


def keys(shown: Picture, **more: object) -> list[str]:
    return [*problems(replace(Look(shown), **more)).keys]  # type: ignore[arg-type]  # the caller knows its types


def test_causes_come_first_by_severity_then_the_longest_and_what_they_explain_is_folded() -> None:
    assert keys(in_trouble()) == ["device:core-1", "device:erp-db/memory", "device:dr-db/management", "device:nas-1/disk"]


def test_an_opened_cause_shows_everything_it_explains_down_to_the_last() -> None:
    shown = keys(in_trouble(), folded=frozenset({"device:core-1"}))
    assert set(shown[1:6]) == {
        "service:register/overall", "device:edge-1", "device:web-1", "device:web-2", "device:core-1/cpu",
    }  # fmt: skip


def test_a_chain_of_causes_ends_at_its_root_and_a_circle_ends_somewhere() -> None:
    chain = [
        standing("device:a", State.DOWN), standing("device:b", State.UNREACHABLE, cause="device:a"),
        standing("device:c", State.UNREACHABLE, cause="device:b"), standing("device:c/cpu", State.UNKNOWN),
    ]  # fmt: skip
    states = picture(changed=chain).states
    assert root_of("device:c/cpu", states) == "device:a"
    assert root_of("device:a", states) == ""
    circle = picture(
        changed=[standing("device:a", State.DOWN, cause="device:b"), standing("device:b", State.DOWN, cause="device:a")]
    )
    assert sum(map(len, families(circle.states).values())) == 2


def test_a_cause_that_is_well_again_explains_nothing() -> None:
    states = picture(changed=[standing("device:b", State.DOWN, cause="device:core-1")]).states
    assert root_of("device:b", states) == ""


def test_the_states_of_one_backup_job_are_one_row() -> None:
    jobs = [standing(f"job:erp/{check}", State.CRIT, 60 * number) for number, check in enumerate(("age", "proven", "copy"), 1)]
    shown = picture(changed=jobs)
    assert keys(shown) == ["job:erp/copy"]
    assert [each.check for each in families(shown.states)["job:erp/copy"]] == ["proven", "age"]


def test_a_filter_finds_what_is_folded_too() -> None:
    assert keys(in_trouble(), wanted="edge-1") == ["device:core-1", "device:edge-1"]
    assert keys(in_trouble(), wanted="FULL nas") == ["device:nas-1/disk"]


def test_an_empty_table_says_why() -> None:
    assert problems(Look(picture())).empty == "No problems."
    assert problems(Look(picture(), wanted="x")).empty == "Nothing matches the filter; Esc takes it away."
    assert problems(Look(replace(picture(), live=False))).empty == "Nothing is known of now."
    assert problems(Look(replace(picture(), looked=False))).empty == "Looking …"


def test_a_row_says_since_when_who_has_it_and_what_is_planned() -> None:
    look = Look(in_trouble(), "th", translator("th"))
    line = problems(look).cells("device:core-1")
    assert [cell.text for cell in line][:3] == ["✖ ใช้งานไม่ได้", "▸ core-1", "12 นาที 34 วิ."]
    assert line[5].text == "สมชาย รักงาน"
    planned = picture(changed=[replace(TROUBLE[0], window="night-work")])
    assert problems(Look(planned)).cells("device:core-1")[-1].text.startswith("[planned work night-work] no answer")


def test_the_last_states_of_a_silent_watcher_are_still_shown() -> None:
    assert len(keys(silent())) == 4


@pytest.mark.parametrize(
    ("subject", "value", "limit", "shown"),
    [
        ("device:erp-db/memory", 0.97, 0.95, ["97.0%", "95.0%"]),
        ("device:web-1/certificate", -186_400_000.0, 604_800.0, ["-2157 d", "7 d"]),
        ("device:ups-1/runtime", 720.0, 900.0, ["12 m", "15 m"]),
        ("job:erp/proven", 4_320_000.0, 3_024_000.0, ["50 d", "35 d"]),
        ("device:nas-1/mine", 0.88, 0.85, ["0.88", "0.85"]),
    ],
)
def test_a_value_and_its_limit_are_written_as_people_say_them(subject: str, value: float, limit: float, shown: list[str]) -> None:
    line = problems(Look(picture(changed=[standing(subject, State.CRIT, value=value, limit=limit)]))).cells(subject)
    assert [cell.text for cell in line][3:5] == shown
