"""Texts that mean harm, in every cell and title, uncleaned: shown as letters, nothing runs, nothing reaches the terminal."""

from dataclasses import replace
from typing import Any

import pytest

from wenyam.model.inventory import Person, Text
from wenyam.model.states import State
from wenyam.testing.alerting import HOSTILE
from wenyam.testing.pictures import DETAIL, NOW, PAST, FixedSource, configuration, device, in_trouble, picture, standing
from wenyam.testing.screens import settled, text_of
from wenyam.tui.app import WenyamApp
from wenyam.tui.picture import Detail, Holder, Picture

MORE = {"crash": "rtr[/]", "action": "[@click=app.quit]press[/]", "tab": "a\tb", "markup-end": "[/bold][red]x"}
TEXTS = HOSTILE | MORE


def everywhere(text: str) -> Picture:
    """Return a picture with one text wherever a text can be."""
    label = Text(text, text)
    of = configuration([device("core-1", text, text, text, label=label), device("web-1", parents=("core-1",))])
    people = {"anong": Person("anong", label), "somchai": Person("somchai", label, telephone=text)}
    services = {name: replace(each, label=label) for name, each in of.inventory.services.items()}
    of = replace(of, inventory=replace(of.inventory, people=people, services=services))
    states = [
        standing("device:core-1", State.DOWN, 60, text, window=text),
        standing("device:web-1", State.UNREACHABLE, 60, text, cause="device:core-1"),
        standing(f"device:core-1/{text}", State.CRIT, 60, text),
        standing("service:register/overall", State.DOWN, 60, text),
    ]
    return picture(
        of, states, detail=_detail(text), past=replace(PAST, changes=(replace(PAST.changes[0], summary=text),)),
        holders={"device:core-1": Holder(text, text)}, incidents=(_incident(text),),
    )  # fmt: skip


def _detail(text: str) -> Detail:
    job: dict[str, Any] = dict(DETAIL.data["jobs"]["snmp"])
    job["samples"] = [
        {"name": "interface_oper_status", "labels": {"interface": text, "alias": text + "x"}, "value": 1},
        {"name": "temperature_celsius", "labels": {"sensor": text}, "value": 30},
        {"name": text, "labels": {text: text}, "value": 1},
    ]
    job["last_failure"] = {"reason": text, "sentence": text, "debug": text}
    return Detail("device:core-1", {"jobs": {text: job}})


def _incident(text: str) -> dict[str, Any]:
    return {
        "code": text,
        "recovered": None,
        "failing": 1,
        "title": text,
        "severity": text,
        "began": "2026-11-26T02:00:00Z",
        "who": text,
        "overdue": [],
        "root": text,
    }


async def test_a_text_that_means_harm_is_letters_on_every_screen() -> None:
    app = WenyamApp(FixedSource(picture()), picture(), "th", "overview")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settled(pilot)
        for keys in ((), ("2", "space"), ("enter",), ("3",), ("4",), ("enter",)):
            await pilot.press(*keys)
            await settled(pilot)
            for text in TEXTS.values():
                shown = everywhere(text)
                app.take(lambda _before, shown=shown: shown)  # type: ignore[misc]  # bound now
                await pilot.pause()
                require_harmless(app)


@pytest.mark.parametrize("keys", ["a", "m", "r", "S", "colon", "question_mark"])
async def test_a_text_that_means_harm_is_letters_in_every_dialog(keys: str) -> None:
    shown = everywhere("".join(TEXTS[name] for name in TEXTS if name != "long"))
    source = FixedSource(shown, {"window": {"name": TEXTS["crash"]}}, TEXTS["escape"] + TEXTS["crash"])
    app = WenyamApp(source, shown, "en", "problems")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settled(pilot)
        await pilot.press(keys)
        await settled(pilot)
        require_harmless(app)
        await pilot.press("enter", "r", "enter", "x", "enter", "enter")
        await settled(pilot)
        require_harmless(app)


async def test_a_notice_is_letters() -> None:
    app = WenyamApp(FixedSource(picture()), picture(), "en", "problems")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settled(pilot)
        for text in TEXTS.values():
            app.tell(text)
        await pilot.pause()
        require_harmless(app)


def require_harmless(app: WenyamApp) -> None:
    assert app.is_running
    assert all(line.isprintable() for line in text_of(app).splitlines()), "nothing that moves the cursor is left"


async def test_markup_is_shown_as_it_is_written() -> None:
    shown = in_trouble()
    shown = replace(
        shown, states=shown.states.moved([standing("device:ups-1", State.DOWN, 1, "rtr[/] [red]x [@click=app.quit]y")])
    )
    app = WenyamApp(FixedSource(shown), shown, "en", "problems")
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert "rtr[/] [red]x [@click=app.quit]y" in text_of(app)
    assert shown.at == NOW
