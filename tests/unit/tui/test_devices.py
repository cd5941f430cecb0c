from wenyam.testing.pictures import GLANCES, configuration, device, in_trouble, picture
from wenyam.tui.cells import Cell, Tone
from wenyam.tui.view_models.devices import devices
from wenyam.tui.view_models.look import Look
from wenyam.tui.view_models.services import services


def test_devices_stand_under_site_and_kind_with_the_worst_state_on_each_branch() -> None:
    rows = devices(Look(in_trouble()))
    assert list(rows.keys)[:3] == ["branch:dc/", "branch:dc/router", "device:edge-1"]
    assert [cell.text for cell in rows.cells("branch:dc/")][:2] == ["▾ Main data centre", "✖ 1/7"]
    assert rows.cells("branch:dc/server")[1].text == "◌ 2/3"


def test_a_folded_branch_keeps_its_line_alone() -> None:
    keys = list(devices(Look(in_trouble(), folded=frozenset({"branch:dc/", "branch:dr/server"}))).keys)
    assert keys == ["branch:dc/", "branch:dr/", "branch:dr/firewall", "device:fw-dr", "branch:dr/server"]


def test_orders_put_the_worst_the_name_or_the_latest_first() -> None:
    orders = [next(iter(devices(Look(in_trouble(), order=order)).keys)) for order in (1, 2, 3)]
    assert orders == ["device:core-1", "device:core-1", "device:edge-1"]


def test_a_filter_takes_name_address_label_site_and_state() -> None:
    for wanted, found in (("198.51.100.20", "dr-db"), ("บัญชี", "erp-db"), ("down", "core-1"), ("dc ups", "ups-1")):
        keys = devices(Look(in_trouble(), wanted=wanted, order=2)).keys
        assert list(keys) == [f"device:{found}"], wanted


def test_bad_checks_and_lost_management_are_named() -> None:
    rows = devices(Look(in_trouble()))
    assert rows.cells("device:erp-db")[5].text == "✖ 1: memory"
    assert rows.cells("device:dr-db")[5].text == "management lost"
    assert rows.cells("device:ups-1")[1].text == "● UP ✖2"


def test_the_last_days_are_a_bar_with_the_worst_of_each_stretch() -> None:
    rows = devices(Look(in_trouble(glances=GLANCES)))
    core, calm, unknown = (rows.cells(f"device:{name}")[6] for name in ("core-1", "erp-db", "nas-1"))
    assert [(run.text, run.tone) for run in core.runs][-2:] == [("█" * 6, Tone.GOOD), ("▁", Tone.BAD)]
    assert (calm.text, calm.runs) == ("█" * 24, (Cell("█" * 24, Tone.GOOD),))
    assert unknown.text == "", "nothing is drawn of what was not read yet"
    assert len(rows.cells("device:core-1")[7].text) == 18
    assert services(Look(picture(glances=GLANCES))).cells("service:register")[4].runs[0].tone is Tone.GOOD


def test_a_device_nobody_has_looked_at_is_unknown_and_an_empty_site_says_so() -> None:
    shown = picture(configuration([device("new-1")]))
    assert devices(Look(picture(configuration([])))).empty == "There are no devices in the configuration."
    assert devices(Look(shown)).cells("device:new-1")[0].text == "    new-1"
