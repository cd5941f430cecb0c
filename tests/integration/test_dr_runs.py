"""Plans run by the real program: rehearsed, drilled, killed with -9 between and inside steps, resumed to the same end."""

import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wenyam.dr import facts
from wenyam.store.sqlite import open_reader
from wenyam.testing.recovery_plans import PLAN, dr, start, write_configuration

pytestmark = pytest.mark.real

PATIENCE = 30.0


def pause(name: str, length: str = "50ms", **more: Any) -> dict[str, Any]:
    return {"id": name, "do": "pause", "with": {"for": length}, **more}


def by_hand(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "do": "manual", "with": {"text": f"ถอดสาย {name}"}, **more}


def journal(folder: Path) -> list[tuple[str, str]]:
    """Return the facts of the newest run that is no rehearsal: their kind and step."""
    reader = open_reader(folder / "state")
    try:
        assert reader.verify().problem == ""
        every = reader.facts_after(0, facts.KINDS)
    finally:
        reader.close()
    began = [each.fact.body for each in every if each.fact.kind == facts.BEGAN and each.fact.body["mode"] != "rehearsal"]
    run = began[-1]["run"] if began else ""
    return [(each.fact.kind, str(each.fact.body.get("step", ""))) for each in every if each.fact.body["run"] == run]


def until(folder: Path, wanted: Callable[[list[tuple[str, str]]], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not wanted(journal(folder)):
        assert time.monotonic() < deadline, journal(folder)
        time.sleep(0.05)  # polled


def rehearsed(folder: Path) -> Path:
    done = dr(folder, "rehearse", PLAN)
    assert done.returncode == 0, done.stderr
    return folder


def killed(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_a_drill_stops_for_what_is_done_by_hand_and_ends_when_a_person_says_so(tmp_path: Path) -> None:
    folder = rehearsed(write_configuration(tmp_path / "c", [pause("first"), by_hand("plug"), pause("last")]))
    process = start(folder, "drill", PLAN, "--json")
    until(folder, lambda found: ("dr-step-began", "plug") in found)
    assert dr(folder, "decide", PLAN, "plug", "done", "--reason", "ถอดแล้ว").returncode == 0
    out, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, told
    run = json.loads(out)["run"]
    assert run["verdict"] == "pass"
    assert [(each["id"], each["stage"], each["attempts"]) for each in run["steps"]] == [
        ("first", "passed", 1), ("plug", "passed", 1), ("last", "passed", 1),
    ]  # fmt: skip
    assert run["steps"][1]["summary"] == "done, says somchai: ถอดแล้ว"


@pytest.mark.long
def test_killed_inside_and_between_steps_it_is_resumed_to_the_same_end(tmp_path: Path) -> None:
    steps = [pause("first"), by_hand("plug"), {"parallel": [pause("left", "600ms"), pause("right", "600ms")]}, pause("last")]
    folder = rehearsed(write_configuration(tmp_path / "c", steps))
    killed_in = [("dr-step-began", "plug"), ("dr-step-began", "right"), ("dr-step-ended", "right"), ("dr-step-began", "last")]
    process = start(folder, "drill", PLAN)
    for kind, step in killed_in:
        if step == "right" and kind == "dr-step-began":
            # What was said while nobody ran it is heard when it is taken up again.
            assert dr(folder, "decide", PLAN, "plug", "done", "--reason", "pulled").returncode == 0
            process = start(folder, "resume", PLAN)
        elif step != "plug":
            process = start(folder, "resume", PLAN)
        until(folder, lambda found, what=(kind, step): what in found)  # type: ignore[misc]  # the default binds this round
        killed(process)
    done = dr(folder, "resume", PLAN, "--json")
    assert done.returncode == 0, done.stderr
    run = json.loads(done.stdout)["run"]
    assert (run["verdict"], run["summary"]) == ("pass", "5 steps passed")
    ended = [step for kind, step in journal(folder) if kind == "dr-step-ended"]
    assert sorted(ended) == ["first", "last", "left", "plug", "right"]


def test_one_run_per_plan_and_an_unfinished_one_is_resumed_or_aborted(tmp_path: Path) -> None:
    folder = rehearsed(write_configuration(tmp_path / "c", [by_hand("plug")]))
    process = start(folder, "drill", PLAN)
    until(folder, lambda found: ("dr-step-began", "plug") in found)
    beside = dr(folder, "drill", PLAN)
    assert beside.returncode == 1
    assert "is being run at this moment" in beside.stderr
    killed(process)
    again = dr(folder, "drill", PLAN)
    assert again.returncode == 1
    assert "is not over. Go on with: wenyam dr resume" in again.stderr
    assert dr(folder, "abort", PLAN).returncode == 1
    assert dr(folder, "abort", PLAN, "--reason", "enough").returncode == 0
    done = dr(folder, "resume", PLAN)
    assert done.returncode == 1
    assert "FAIL: aborted" in done.stderr


@pytest.mark.long
def test_a_plan_that_was_never_rehearsed_or_was_changed_since_is_not_drilled(tmp_path: Path) -> None:
    folder = write_configuration(tmp_path / "c", [pause("first")])
    done = dr(folder, "drill", PLAN)
    assert (done.returncode, "never rehearsed" in done.stderr) == (1, True)
    rehearsed(folder)
    write_configuration(folder, [pause("first"), pause("second")])
    done = dr(folder, "drill", PLAN)
    assert (done.returncode, "was changed since its last rehearsal" in done.stderr) == (1, True)


def waiting(name: str) -> dict[str, Any]:
    """Wait until a page that nobody serves is there."""
    question = {"do": "http", "with": {"url": "http://127.0.0.1:9/"}}
    return {"id": name, "do": "wait_until", "with": {**question, "every": "200ms", "within": "1m"}}


def test_what_a_step_was_to_find_out_and_somebody_said_is_told_as_that_word_in_step_verdict_and_evidence(tmp_path: Path) -> None:
    folder = write_configuration(tmp_path / "c", [waiting("settled"), pause("calm", "1h"), by_hand("plug")])
    dr(folder, "rehearse", PLAN)
    process = start(folder, "failover", PLAN, "--reason", "nothing answers", "--json")
    for step in ("settled", "calm", "plug"):
        until(folder, lambda found, at=step: ("dr-step-began", at) in found)  # type: ignore[misc]  # the default binds this round
        assert dr(folder, "decide", PLAN, step, "done", "--reason", "I saw it").returncode == 0
    out, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, told
    run = json.loads(out)["run"]
    assert (run["verdict"], run["summary"]) == (
        "pass",
        "3 steps passed; on somebody's word alone: settled (somchai), calm (somchai)",
    )
    summaries = {each["id"]: each["summary"] for each in run["steps"]}
    assert summaries["settled"].startswith("on the word of somchai alone: I saw it; what was seen: ")
    assert "127.0.0.1" in summaries["settled"]
    assert summaries["calm"].startswith("on the word of somchai alone: I saw it; what was seen: it was to wait until 2")
    assert summaries["plug"] == "done, says somchai: I saw it", "what is done by hand is nothing but a word"
    (kept,) = (folder / "state" / "dr" / run["run"]).glob("settled-1-word.txt")
    assert ": on the word of somchai alone: I saw it" in kept.read_text(encoding="utf-8")
    found = json.loads(dr(folder, "report", PLAN, "--json").stdout)
    assert [each["what"].partition(":")[0] for each in found["findings"]] == [
        "Step 'settled' counts as done on the word of somchai alone",
        "Step 'calm' counts as done on the word of somchai alone",
    ]


def test_a_run_that_did_not_measure_what_is_promised_is_not_tested(tmp_path: Path) -> None:
    promised = {"objectives": {"recovery_time": "4h", "recovery_point": "15m"}}
    folder = rehearsed(write_configuration(tmp_path / "c", [pause("first")], plan=promised))
    done = dr(folder, "drill", PLAN, "--json")
    run = json.loads(done.stdout)["run"]
    assert (done.returncode, run["verdict"]) == (3, "not-tested")
    assert run["summary"] == (
        "every step passed, but no step showed when the service was back, so the recovery time (RTO) is NOT TESTED; "
        "no step showed how new the data was, so the data loss (RPO) is NOT TESTED"
    )
    report = dr(folder, "report", PLAN, "--language", "en").stdout
    figures = report.split("Objectives")[1].split("Until the service answered")
    assert ["NOT TESTED" in figures[0], "NOT TESTED" in figures[1].split("Data lost")[1].splitlines()[0]] == [True, True], report


def test_a_drill_counts_on_as_one_of_its_own_version_and_is_told_when_the_plan_does_something_else(tmp_path: Path) -> None:
    folder = rehearsed(write_configuration(tmp_path / "c", [pause("first")]))
    assert dr(folder, "drill", PLAN).returncode == 0

    def told() -> tuple[bool, str]:
        plan = json.loads(dr(folder, "list", "--json").stdout)["plans"][0]
        return plan["changed_since_last_good_drill"], dr(folder, "list", "--language", "en").stdout

    for steps, changed, words in (
        ([pause("first")], False, "the present one"),
        ([pause("first", title="Begin", limit="3h")], False, "other words only"),
        ([pause("first", "60ms")], True, "another one: what the plan does was changed since"),
    ):
        write_configuration(folder, steps)
        assert (told()[0], words in told()[1]) == (changed, True), told()


def test_a_plan_that_was_rehearsed_for_another_machine_of_the_same_name_is_not_drilled(tmp_path: Path) -> None:
    def site(port: int) -> Path:
        page = {"collector": "http", "url": f"http://127.0.0.1:{port}/"}
        more = {"services": {"erp": {"label": "ERP", "members": {"all": ["erp-db"]}, "probes": {"page": page}}}}
        step = {"id": "page", "do": "test_service", "with": {"service": "erp"}}
        return write_configuration(tmp_path / "c", [step], more=more)

    folder = rehearsed(site(9))
    site(10)
    done = dr(folder, "drill", PLAN)
    assert (done.returncode, "was changed since its last rehearsal" in done.stderr) == (1, True)
    site(9)
    assert dr(folder, "drill", PLAN, "--plan").returncode == 0
