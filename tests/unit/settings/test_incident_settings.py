"""Limits of incidents as they are written, over the manuals' own."""

from pathlib import Path

from wenyam.incidents.limits import due
from wenyam.model.incidents import Counting, IncidentRules, Limit
from wenyam.settings.loader import load
from wenyam.settings.show import effective
from wenyam.testing.incident_cases import at

HEAD = """
instance: {name: test, site: office}
sites: {office: {hosting_centre: MOAC data centre}, dr: }
"""


def rules_of(folder: Path, written: str = "") -> IncidentRules:
    folder.chmod(0o755)
    (folder / "wenyam.yaml").write_text(HEAD + written, encoding="utf-8")
    return load(folder).incidents


def test_the_defaults_are_those_of_the_manuals(tmp_path: Path) -> None:
    rules = rules_of(tmp_path)
    assert str(rules.hardware_network.find_and_fix) == "1h"
    assert str(rules.vm_system.find_and_fix) == "2h"
    assert [str(each) for each in (rules.hardware_network.test, rules.hardware_network.close)] == ["1 working day"] * 2
    request = rules.service_request
    assert [str(each) for each in (request.classify, request.deliver, request.confirm)] == ["10m", "1h", "30m"]
    contractor = rules.contractor
    assert [str(each) for each in (contractor.call, contractor.repair, contractor.test)] == [
        "1 working day", "5 working days", "2 working days",
    ]  # fmt: skip
    assert (str(rules.hosting_centre.hand_over), rules.personal_data.amount) == ("1h", 72 * 3600.0)
    assert rules.hosted == {"office": "MOAC data centre"}


def test_one_limit_may_be_written_and_the_others_stay(tmp_path: Path) -> None:
    rules = rules_of(tmp_path, "incidents: {contractor: {repair: 7 calendar days}, vm_system: {find_and_fix: 90m}}")
    assert rules.contractor.repair == Limit(7, Counting.CALENDAR_DAYS)
    assert str(rules.contractor.test) == "2 working days"
    assert (rules.vm_system.find_and_fix.amount, rules.hardware_network.find_and_fix.amount) == (5400.0, 3600.0)


def test_days_off_of_the_office_count_for_working_days(tmp_path: Path) -> None:
    own = "oncall: {holidays: {add: [{date: 2026-11-27, name: วันหยุดพิเศษ}]}}"
    assert due(at("2026-11-26 10:00"), rules_of(tmp_path).hardware_network.test, rules_of(tmp_path)) == at("2026-11-27 10:00")
    rules = rules_of(tmp_path, own)
    assert due(at("2026-11-26 10:00"), rules.hardware_network.test, rules) == at("2026-11-30 10:00")


def test_limits_are_shown_as_they_are_written(tmp_path: Path) -> None:
    rules_of(tmp_path)
    shown = effective(load(tmp_path))["incidents"]
    assert shown["contractor"] == {"call": "1 working day", "repair": "5 working days", "test": "2 working days"}
    assert shown["personal_data"] == "3d"
