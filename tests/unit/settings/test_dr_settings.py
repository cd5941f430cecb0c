"""Plans as they are written, read back as the model: what comes after what, limits of the procedure, versions."""

import json
from pathlib import Path
from typing import Any

import pytest

from wenyam.engine.calendar_jobs import calendar_jobs
from wenyam.model.recovery import EVERY_MODE, Mode, RecoveryPlan, UndoKind
from wenyam.operations.host_keys import servers
from wenyam.settings.loader import load, load_with_warnings
from wenyam.settings.problems import BrokenConfigurationError
from wenyam.settings.show import effective
from wenyam.testing.recovery_plans import PLAN, write_configuration


def pause(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "do": "pause", **more}


def plan_of(folder: Path, steps: list[dict[str, Any]], **plan: Any) -> RecoveryPlan:
    return load(write_configuration(folder / "c", steps, plan=plan)).recovery.plans[PLAN]


def test_a_step_comes_after_the_one_above_and_groups_say_it_in_fewer_words(tmp_path: Path) -> None:
    steps = [
        pause("a"),
        {"parallel": [pause("b"), {"group": "in order", "steps": [pause("c"), pause("d")]}]},
        pause("e"),
        pause("f", after=["a"]),
        pause("g", after=[]),
    ]
    after = {step.id: step.after for step in plan_of(tmp_path, steps).steps}
    assert after == {"a": (), "b": ("a",), "c": ("a",), "d": ("c",), "e": ("b", "d"), "f": ("a",), "g": ()}


def test_limits_are_those_of_the_procedure_where_none_is_written(tmp_path: Path) -> None:
    steps = [{"id": "agree", "do": "approve"}, {"id": "users", "do": "user_test"}, pause("wait"), pause("short", limit="90s")]
    limits = {step.id: step.limit for step in plan_of(tmp_path, steps).steps}
    assert limits == {"agree": 3600.0, "users": 86_400.0, "wait": 3600.0, "short": 90.0}


def test_modes_undo_checks_and_titles(tmp_path: Path) -> None:
    by_hand = {"do": "manual", "with": {"text": "plug it in again"}}
    steps = [
        pause("a", **{"with": {"for": "5m"}}, modes=["drill", "failover"], undo=by_hand, check=[{"do": "pause"}]),
        pause(
            "b", title="เปลี่ยนเส้นทาง", undo={"impossible": "it is gone"}, evidence=["photo"], tries=3, pause="1s", timeout="20s"
        ),
    ]
    first, second = plan_of(tmp_path, steps).steps
    assert (first.title, first.modes) == ("Pause for 5 m", frozenset({Mode.DRILL, Mode.FAILOVER}))
    assert (first.undo.kind, first.undo.action and first.undo.action.kind) == (UndoKind.ACTION, "manual")
    assert [check.kind for check in first.checks] == ["pause"]
    assert (second.title, second.modes, second.undo.kind, second.undo.reason) == (
        "เปลี่ยนเส้นทาง", EVERY_MODE, UndoKind.IMPOSSIBLE, "it is gone",
    )  # fmt: skip
    assert (second.evidence, second.tries, second.pause, second.timeout) == (("photo",), 3, 1.0, 20.0)


def test_every_change_makes_another_version_and_nothing_else_does(tmp_path: Path) -> None:
    digest = plan_of(tmp_path, [pause("a")]).digest
    assert plan_of(tmp_path, [pause("a")]).digest == digest
    changed = [
        plan_of(tmp_path, [pause("a", limit="2h")]).digest,
        plan_of(tmp_path, [pause("a")], committee={"members": ["malee", "anong"], "quorum": 2}).digest,
        plan_of(tmp_path, [pause("a")], objectives={"recovery_time": "1h"}).digest,
    ]
    assert len({digest, *changed}) == 4


def test_another_machine_or_login_behind_a_name_makes_another_version(tmp_path: Path) -> None:
    """What was rehearsed and agreed to is a machine, not its name."""
    fetch = {"id": "page", "do": "http", "with": {"url": "http://127.0.0.1/", "credential": "web"}}
    stop = {
        "id": "stop",
        "do": "ssh",
        "with": {"host": "app", "credential": "ssh", "command": ["/bin/true"], "back": ["/bin/true"]},
        "undo": "itself",
    }
    check = {"id": "test", "do": "test_service", "with": {"service": "erp"}}
    usual: dict[str, Any] = {
        "credentials": {
            "web": {"kind": "http-basic", "username": "u", "password": "file:secrets/web"},
            "ssh": {"kind": "ssh-key", "username": "wenyam", "key": "file:secrets/key"},
            "other": {"kind": "ssh-key", "username": "other", "key": "file:secrets/other"},
        },
        "devices": {
            "app": {"kind": "other", "address": "127.0.0.9", "site": "dr"},
            "elsewhere": {"kind": "other", "address": "127.0.0.7", "site": "dr"},
        },
        "services": {
            "erp": {
                "label": "ERP",
                "members": {"all": ["app"]},
                "probes": {"page": {"collector": "http", "url": "http://127.0.0.9/"}},
            }
        },
    }

    def version(section: str = "", name: str = "", **changes: Any) -> tuple[str, str]:
        more = {key: dict(value) for key, value in usual.items()}
        if section:
            more[section][name] = {**more[section][name], **changes}
        plan = load(write_configuration(tmp_path / "c", [fetch, stop, check], more=more)).recovery.plans["erp"]
        return plan.digest, plan.substance

    first = version()
    others = [
        version("devices", "app", address="127.0.0.8"),
        version("credentials", "ssh", username="root"),
        version("credentials", "web", password="file:secrets/web-2"),
        version("services", "erp", probes={"page": {"collector": "http", "url": "http://127.0.0.9/login"}}),
    ]
    assert len({first, *others}) == 5
    assert len({digest for digest, _ in (first, *others)}) == len({substance for _, substance in (first, *others)}) == 5
    for section, name, changes in (
        ("devices", "elsewhere", {"address": "127.0.0.6"}),
        ("devices", "app", {"owner": "malee"}),
        ("credentials", "other", {"username": "another"}),
        ("services", "erp", {"label": "ERP of the agency"}),
    ):
        assert version(section, name, **changes) == first


def test_the_site_is_the_instances_unless_it_is_said_and_everything_is_shown(tmp_path: Path) -> None:
    folder = write_configuration(tmp_path / "c", [pause("a")])
    configuration = load(folder)
    assert configuration.recovery.site == "dr"
    shown = json.loads(json.dumps(effective(configuration)))["dr"]
    assert shown["plans"][PLAN]["steps"][0]["modes"] == ["drill", "failback", "failover", "rehearsal", "switchover"]


USERS = {"id": "users", "do": "user_test", "with": {"representatives": ["nid"]}}


@pytest.mark.parametrize(("steps", "said"), [
    ([pause("a")], "no step 'approve' in switchover, failover, failback"),
    ([{"id": "agree", "do": "approve"}, pause("b", undo={"impossible": "gone"})], "a drill is cleaned up after"),
    ([{"id": "agree", "do": "approve"}], "'malee' has no key to sign with"),
    ([USERS], "objectives.recovery_point: no step measures it in drill, switchover, failover, failback, so that"),
    ([{**USERS, "modes": ["drill"]}], "objectives.recovery_time: no step measures it in switchover, failover, failback, so that"),
])  # fmt: skip
def test_what_may_not_be_meant_is_a_warning(tmp_path: Path, steps: list[dict[str, Any]], said: str) -> None:
    promised = {"objectives": {"recovery_time": "4h", "recovery_point": "15m"}}
    warnings = load_with_warnings(write_configuration(tmp_path / "c", steps, plan=promised)).warnings
    assert any(said in warning.sentence for warning in warnings)


def test_users_who_are_brought_to_the_other_site_before_the_first_is_fenced_are_warned_of(tmp_path: Path) -> None:
    more = {"credentials": {"ssh": {"kind": "ssh-key", "username": "wenyam", "key": "file:secrets/key"}}}
    login = {"host": "erp-db", "credential": "ssh"}
    fence = {"id": "fence", "do": "fence", "with": {"proofs": [{"proof": "address_withdrawn", **login, "address": "127.0.0.8"}]}}
    start = {"id": "start", "do": "start_service", "with": {**login, "service": "erp"}, "undo": "itself"}

    def told(*steps: dict[str, Any]) -> list[str]:
        loaded = load_with_warnings(write_configuration(tmp_path / "c", steps, more=more))
        return [warning.sentence for warning in loaded.warnings if "fence" in warning.sentence]

    assert told(fence, start) == []
    assert told({**start, "modes": ["drill"]}) == []
    (warning,) = told({**fence, "modes": ["switchover"]}, start)
    assert warning == (
        "dr.plans.erp.steps.start: no step 'fence' comes before it in failover, failback, so both sites could write at once"
    )


def test_a_promotion_that_asks_the_primary_measures_what_a_planned_move_loses(tmp_path: Path) -> None:
    more = {"credentials": {"sql": {"kind": "sql", "username": "wenyam", "password": "file:secrets/key"}}}
    login = {"host": "erp-db", "credential": "sql"}
    with_primary = {**login, "port": 3307, "primary": {**login, "port": 3306}}
    proof = {"proof": "database_read_only", **login, "engine": "mariadb", "port": 3306}
    fence = {"id": "fence", "do": "fence", "with": {"proofs": [proof]}}
    steps = [fence, USERS, {"id": "promote", "do": "promote_mariadb", "with": with_primary, "undo": {"impossible": "gone"}}]
    promised = {"objectives": {"recovery_time": "4h", "recovery_point": "15m"}}
    warnings = load_with_warnings(write_configuration(tmp_path / "c", steps, plan=promised, more=more)).warnings
    (told,) = [each.sentence for each in warnings if "recovery_point" in each.sentence]
    assert "no step measures it in drill, failover, so that" in told


def test_what_is_promised_as_none_or_is_measured_is_no_warning(tmp_path: Path) -> None:
    folder = write_configuration(tmp_path / "c", [USERS], plan={"objectives": {"recovery_time": "4h", "recovery_point": "none"}})
    loaded = load_with_warnings(folder)
    plan = loaded.configuration.recovery.plans["erp"]
    assert (plan.recovery_time, plan.recovery_point) == (14_400.0, None)
    assert [warning.sentence for warning in loaded.warnings if "objectives" in warning.sentence] == []


def test_the_plan_of_the_how_to_is_good(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "howto" / "dr.md").read_text(encoding="utf-8")
    written = page.partition("```yaml\n")[2].partition("```")[0]
    more = {
        "sites": {"head-office": {}, "dr-site": {}, "dr": {}},
        "devices": {
            name: {"kind": "other", "address": f"10.0.0.{number}"} for number, name in enumerate(("erp-app-dr", "erp-db-dr"), 1)
        },
        "services": {"erp": {"label": "ERP", "members": {"all": ["erp-app-dr"]}}},
        "channels": {"page": {"kind": "webhook", "url": "https://page.example.org/"}},
        "credentials": {"dr-sql": {"kind": "sql", "username": "reader", "password": "file:secrets/sql"}},
        "dr": {},
    }
    folder = write_configuration(tmp_path / "c", [], more=more)
    document = json.loads((folder / "wenyam.yaml").read_text(encoding="utf-8"))
    document["people"]["malee"]["roles"] = ["superior", "dr_committee"]
    (folder / "wenyam.yaml").write_text(json.dumps(document | {"dr": None}).replace(', "dr": null', ""), encoding="utf-8")
    (folder / "plans.yaml").write_text(written, encoding="utf-8")
    plan = load(folder).recovery.plans["erp"]
    assert [step.id for step in plan.steps] == [
        "report",
        "agree",
        "stop-cash-desk",
        "network",
        "settle",
        "newest",
        "users",
        "announce",
    ]


SISTER = {"host": "erp-db", "credential": "ssh", "folder": "/var/lib/wenyam/pushed/", "maximum_age": "2h"}


def with_dr(folder: Path, **dr: Any) -> Path:
    credentials = {
        "ssh": {"kind": "ssh-key", "username": "wenyam", "key": "file:secrets/key"},
        "web": {"kind": "http-basic", "username": "u", "password": "file:secrets/web"},
    }
    return write_configuration(folder / "c", [], more={"credentials": credentials, "dr": dr})


def test_where_the_settings_go_and_whose_are_received(tmp_path: Path) -> None:
    received = {"folder": "/var/lib/wenyam/pushed", "instances": ["main", "main"]}
    configuration = load(with_dr(tmp_path, sister=SISTER, received=received))
    sister, copies = configuration.recovery.sister, configuration.recovery.received
    assert sister is not None
    assert copies is not None
    assert (sister.host, sister.port, sister.folder, sister.maximum_age) == ("erp-db", 22, "/var/lib/wenyam/pushed", 7200.0)
    assert (copies.instances, copies.maximum_age) == (("main",), 26 * 3600.0)
    assert effective(configuration)["dr"]["sister"]["credential"] == "ssh"
    assert [job.name for job in calendar_jobs(configuration) if job.name == "dr-push"] == ["dr-push"]
    assert [server.address for server in servers(configuration, "erp-db")] == ["127.0.0.9"]


def test_nothing_is_pushed_where_nothing_is_said(tmp_path: Path) -> None:
    configuration = load(with_dr(tmp_path))
    assert configuration.recovery.sister is None
    assert "dr-push" not in [job.name for job in calendar_jobs(configuration)]


@pytest.mark.parametrize(("changed", "said"), [
    ({"host": "erp-dbb"}, "dr.sister.host: there is no device 'erp-dbb'; did you mean 'erp-db'?"),
    ({"credential": "shs"}, "dr.sister.credential: there is no credential of this name; did you mean 'ssh'?"),
    ({"credential": "web"}, "dr.sister.credential: 'web' is of kind http-basic; one of ssh-key, ssh-password is needed"),
    ({"folder": "pushed"}, "is not an absolute path"),
    ({"maximum_age": "26"}, "dr.sister.maximum_age"),
    ({"port": 0}, "dr.sister.port"),
    ({"fold": "/x"}, "dr.sister"),
])  # fmt: skip
def test_a_machine_that_cannot_be_meant_is_refused(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(BrokenConfigurationError) as caught:
        load(with_dr(tmp_path, sister={**SISTER, **changed}))
    assert said in str(caught.value)
