from typing import Any

import pytest

from wenyam.operations.check import _worst
from wenyam.operations.status import Present, data, known


def row(subject: str, state: str, **more: Any) -> dict[str, Any]:
    kind, _, rest = subject.partition(":")
    name, _, check = rest.partition("/")
    return {
        "subject": subject, "kind": kind, "name": name, "check": check or "alive", "state": state,
        "since": "2026-11-26T02:10:00.000Z", "summary": "cpu 25 %",
        "value": 0.25, "limit": 0.9, "soft": None, "attempt": 0, "flapping": False, **more,
    }  # fmt: skip


@pytest.mark.parametrize("state", ["down", "unreachable", "unknown"])
def test_what_was_recorded_of_a_device_that_is_not_up_is_not_known_now(state: str) -> None:
    alive = row("device:core-1", state, since="2026-11-26T02:20:00.000Z", summary="no answer")
    service, other = row("service:erp/overall", "up"), row("device:web-1/cpu", "ok")
    rows = [alive, row("device:core-1/cpu", "ok"), row("device:core-1/fans", "crit"), service, row("device:web-1", "up"), other]
    found = known(rows)
    assert [each["state"] for each in found] == [state, "unknown", "unknown", "up", "up", "ok"]
    assert found[1]["since"] == alive["since"]
    assert (found[1]["value"], found[1]["limit"]) == (None, None)
    assert found[1]["summary"] == "not known while the device is not up; before that: cpu 25 %"
    assert found[0] is alive
    assert found[5] is other


def test_a_program_that_reads_the_data_or_asks_about_one_check_is_told_no_green_of_a_dead_device() -> None:
    rows = (row("device:core-1", "down"), row("device:core-1/cpu", "ok"))
    told = data(Present(rows, live=True, age=0.1, at="2026-11-26T02:30:00.000Z"))
    assert [each["state"] for each in told["states"]] == ["down", "unknown"]
    verdict = _worst("core-1/cpu", [each for each in known(rows) if each["check"] == "cpu"])
    assert verdict.exit_code == 3
    assert verdict.text.startswith("not known while the device is not up")
