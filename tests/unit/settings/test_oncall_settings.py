"""Duty as it is written, read back as the model."""

import shutil
from datetime import date, time
from pathlib import Path

import pytest
from pydantic import BaseModel

from wenyam.model.inventory import Text
from wenyam.model.oncall import Hours, Layer, OnCallPlan, OwnHoliday
from wenyam.settings.blocks_oncall import HolidaysBlock, LayerBlock, OnCallBlock, RotaBlock, StandInBlock
from wenyam.settings.loader import load
from wenyam.settings.show import effective

EVERYTHING = Path(__file__).parents[2] / "cases" / "configuration-good" / "everything"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("good") / "everything"
    shutil.copytree(EVERYTHING, folder)
    return folder


def plan_of(folder: Path) -> OnCallPlan:
    return load(folder).oncall


def test_a_layer_takes_from_its_rota_what_it_does_not_say(folder: Path) -> None:
    first, second = plan_of(folder).rotas["data-centre"].layers
    assert first == Layer(("somchai", "malee"), date(2026, 11, 2), days=7, hand_over=time(8, 30), weekday=0)
    assert second == Layer(("malee", "somchai"), date(2026, 11, 3), days=14, hand_over=time(9, 0), weekday=1)


def test_people_alone_are_one_layer_and_hours_are_those_of_the_office(folder: Path) -> None:
    desk = plan_of(folder).rotas["help-desk"]
    assert [layer.people for layer in desk.layers] == [("malee",)]
    assert (desk.hours, desk.office, desk.label) == (Hours.OFFICE, (time(8, 30), time(16, 30)), Text("help-desk", "help-desk"))


def test_a_date_alone_stands_in_until_its_end_and_holidays_are_the_offices_own(folder: Path) -> None:
    plan = plan_of(folder)
    (stand_in,) = plan.rotas["data-centre"].overrides
    assert (stand_in.ends - stand_in.starts) == 3 * 86_400_000
    assert plan.holidays.add == (OwnHoliday(date(2026, 12, 30), Text("วันหยุดพิเศษ", "Special holiday")),)
    assert plan.holidays.remove == (date(2027, 5, 1),)


def test_duty_is_shown_as_it_is_in_force(folder: Path) -> None:
    shown = effective(load(folder))["oncall"]
    assert shown["holidays"]["remove"] == ["2027-05-01"]
    assert shown["rotas"]["data-centre"]["layers"][1]["hand_over"] == "09:00"


@pytest.mark.parametrize("model", [OnCallBlock, HolidaysBlock, RotaBlock, LayerBlock, StandInBlock])
def test_the_good_configuration_uses_every_key_of_duty(model: type[BaseModel]) -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(EVERYTHING.iterdir()))
    keys = [field.alias or name for name, field in model.model_fields.items()]
    assert [key for key in keys if f"{key}:" not in text] == []


def test_the_example_of_the_page_about_duty_is_good(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "howto" / "on-call.md").read_text(encoding="utf-8")
    example = page.split("    oncall:\n")[1].split("\n\n- ")[0]
    people = ", ".join(f"{name}: {{name: {name}}}" for name in ("somchai", "malee", "anan"))
    head = f"instance: {{name: t, site: o}}\nsites: {{o: }}\npeople: {{{people}}}\n"
    (tmp_path / "wenyam.yaml").write_text(f"{head}oncall:\n{example}\n", encoding="utf-8")
    tmp_path.chmod(0o755)
    assert set(load(tmp_path).oncall.rotas) == {"data-centre", "help-desk", "nights"}
