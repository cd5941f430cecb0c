"""Services started by real init scripts and tested through the real collectors, each way of failing red and then green."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from wenyam.checks.threshold import ThresholdCheck
from wenyam.clock import SystemClock
from wenyam.collectors.http import HttpOptions
from wenyam.collectors.sql import QueryOptions, SqlOptions
from wenyam.dr.contract import StepError
from wenyam.dr.course import Stage
from wenyam.dr.journal import course_of
from wenyam.dr.steps.fence import FenceStep
from wenyam.dr.steps.http import HttpStep
from wenyam.dr.steps.start_service import StartServiceStep
from wenyam.dr.steps.test_service import TestServiceStep
from wenyam.model.backup import Verdict
from wenyam.model.inventory import CheckPlan, ReadPlan, Service, Text
from wenyam.model.recovery import Mode
from wenyam.operations import recoveries
from wenyam.operations.decisions import bench_of, decide
from wenyam.operations.recoveries import Wish
from wenyam.settings.loader import load
from wenyam.testing.databases import Postgres
from wenyam.testing.init_scripts import SshdWithServices
from wenyam.testing.nginx import Nginx
from wenyam.testing.receivers import HttpReceiver
from wenyam.testing.recovery import STEP, TwoSites
from wenyam.testing.recovery_plans import PLAN, write_configuration

pytestmark = pytest.mark.real
NAME = "erp.agency.test"


@pytest.fixture(scope="module")
def server() -> Iterator[SshdWithServices]:
    with SshdWithServices() as running:
        yield running


@pytest.fixture(scope="module")
def web() -> Iterator[Nginx]:
    with Nginx(names=[NAME], users={"anong": "canary-web"}) as running:
        yield running


@pytest_asyncio.fixture
async def sites(tmp_path: Path, server: SshdWithServices) -> AsyncIterator[TwoSites]:
    made = TwoSites(tmp_path)
    made.device("app-dr", "dr")
    made.trust(server, "dr-ssh")
    yield made
    await made.close()


def _start(server: SshdWithServices, **options: object) -> StartServiceStep:
    login = {"host": "app-dr", "credential": "dr-ssh", "port": server.port}
    given = {**login, "manager": "sysv", "within": "2s", "steady": "1s", **options}
    return StartServiceStep(StartServiceStep.Config.model_validate(given))


async def test_a_service_is_started_seen_running_and_stopped_again(sites: TwoSites, server: SshdWithServices) -> None:
    server.service("erp-app")
    step = _start(server, service="erp-app")
    assert "erp-app on app-dr is stopped and could be started, as root" in (await step.rehearse(sites.place())).summary
    assert await step.was_done(sites.place()) is False
    assert (await step.run(sites.place())).summary == "erp-app runs on app-dr"
    assert await step.was_done(sites.place()) is True
    stopped = {"proof": "service_stopped", "host": "app-dr", "credential": "dr-ssh", "port": server.port, "manager": "sysv",
               "service": "erp-app"}  # fmt: skip
    fence = FenceStep(FenceStep.Config.model_validate({"site": "dr", "proofs": [stopped]}))
    with pytest.raises(StepError, match="site dr can still write: erp-app on app-dr is running"):
        await fence.run(sites.place())
    assert (await step.undo(sites.place())).summary == "erp-app on app-dr is stopped again"
    assert (await fence.run(sites.place())).verdict is Verdict.PASS


@pytest.mark.long
async def test_what_ran_before_is_not_stopped_when_a_drill_is_cleaned_up(sites: TwoSites, server: SshdWithServices) -> None:
    server.service("shared")
    step = _start(server, service="shared")
    await step.run(sites.place())
    (sites.evidence / f"{STEP}-ran.json").unlink()
    await step.run(sites.place())
    assert "ran on app-dr before this step" in (await step.undo(sites.place())).summary
    assert await step.was_done(sites.place()) is True


@pytest.mark.long
async def test_a_service_that_fails_or_falls_over_is_no_success_until_it_is_mended(
    sites: TwoSites, server: SshdWithServices
) -> None:
    server.service("weak", "echo no room for the cache >&2; exit 1")
    outcome = await _start(server, service="weak").run(sites.place())
    assert outcome.verdict is Verdict.FAIL
    assert "weak on app-dr is stopped after" in outcome.summary
    assert outcome.evidence["output"] == "no room for the cache"
    server.service("weak", seconds=0.8)
    outcome = await _start(server, service="weak").run(sites.place())
    assert (outcome.verdict, outcome.summary) == (Verdict.FAIL, "weak on app-dr ran and is stopped after 1 s")
    server.service("weak")
    assert (await _start(server, service="weak").run(sites.place())).verdict is Verdict.PASS


@pytest.mark.long
async def test_a_service_nobody_knows_is_found_by_the_rehearsal(sites: TwoSites, server: SshdWithServices) -> None:
    with pytest.raises(StepError, match="app-dr knows no service 'nowhere'"):
        await _start(server, service="nowhere").rehearse(sites.place(Mode.REHEARSAL))
    with pytest.raises(StepError, match="has no program '/opt/erp/start'"):
        await _start(server, start=["/opt/erp/start"], running=["/bin/true"]).rehearse(sites.place(Mode.REHEARSAL))


@pytest.mark.long
async def test_commands_may_stand_in_for_a_manager(sites: TwoSites, server: SshdWithServices, tmp_path: Path) -> None:
    mark = str(tmp_path / "running")
    step = _start(server, start=["touch", mark], running=["test", "-e", mark], stop=["rm", mark])
    assert (await step.run(sites.place())).verdict is Verdict.PASS
    assert "stopped again" in (await step.undo(sites.place())).summary


def _http(web: Nginx, **options: object) -> HttpStep:
    given = {"url": f"https://{NAME}:{web.https_port}/", "address": "127.0.0.1", "authority": str(web.authority), **options}
    return HttpStep(HttpStep.Config.model_validate(given))


async def test_a_page_is_fetched_at_the_dr_sites_address_under_its_own_name(sites: TwoSites, web: Nginx) -> None:
    outcome = await _http(web, expect="เข้าสู่ระบบ").run(sites.place())
    assert (outcome.verdict, outcome.evidence["status"]) == (Verdict.PASS, "200")
    assert (await _http(web, expect="another page").run(sites.place())).verdict is Verdict.FAIL
    wrong = await _http(web, url=f"https://{NAME}:{web.https_port}/status/503").run(sites.place())
    assert wrong.summary.endswith("answers 503, expected is 200")
    with pytest.raises(StepError, match="certificate is for another name"):
        await _http(web, url=f"https://other.agency.test:{web.https_port}/").run(sites.place())
    with pytest.raises(StepError, match=r"'erp\.agency\.test'"):
        await _http(web, address=None).run(sites.place())
    assert "now nothing answers" in (await _http(web, address=None).rehearse(sites.place())).summary


async def test_a_page_behind_a_login_needs_the_right_one_and_shows_none(sites: TwoSites, web: Nginx) -> None:
    sites.login("portal", "http-basic", {"username": "anong"}, password="wrong")
    step = _http(web, url=f"https://{NAME}:{web.https_port}/private/", credential="portal")
    assert (await step.run(sites.place())).summary.endswith("answers 401, expected is 200")
    sites.login("portal", "http-basic", {"username": "anong"}, password="canary-web")
    assert "canary-web" not in repr(await step.run(sites.place()))


def _service(sites: TwoSites, web: Nginx, database: Postgres) -> None:
    page = HttpOptions(url=f"https://{NAME}:{web.https_port}/", authority=str(web.authority), expect_text="เข้าสู่ระบบ")
    query = SqlOptions(
        engine="postgresql", database="postgres", port=database.port, queries={"rows": QueryOptions(text="SELECT 12")}
    )
    probes = (
        ReadPlan("page", "http", 60.0, 5.0, page),
        ReadPlan("database", "sql", 60.0, 5.0, query, "db", "192.0.2.77"),
    )
    limit = ThresholdCheck.Parameters.model_validate({"sample": "sql_query_value", "crit": 10, "direction": "below"})
    checks = (CheckPlan("rows", "threshold", limit),)
    sites.services["erp"] = Service("erp", Text("ERP", "ERP"), "anong", "anong", None, probes=probes, checks=checks)


def _test(**options: object) -> TestServiceStep:
    return TestServiceStep(TestServiceStep.Config.model_validate({"service": "erp", "within": "2s", **options}))


async def test_a_whole_service_is_tested_at_other_addresses(sites: TwoSites, web: Nginx) -> None:
    with Postgres(password="canary-db") as database:
        sites.login("db", "sql", {"username": "postgres"}, password="canary-db")
        _service(sites, web, database)
        assert _test(addresses={"page": "127.0.0.1"}).unknown(sites.configuration) == ()
        before = sites.clock.now()
        outcome = await _test(address="127.0.0.1").run(sites.place())
        assert outcome.verdict is Verdict.PASS, outcome
        assert outcome.summary == "service erp works: 3 probes and checks are good"
        assert before <= sites.said[f"{STEP}.served_at"] <= sites.clock.now()
        assert "canary" not in repr(outcome)
        red = await _test(addresses={"page": "127.0.0.1"}).run(sites.place(seconds=4))
        assert (red.verdict, "probe database: down" in red.summary) == (Verdict.FAIL, True)
        database.stop()
        assert "probe database: down" in (await _test(address="127.0.0.1").run(sites.place())).summary
        assert (await _test(address="127.0.0.1").rehearse(sites.place())).verdict is Verdict.PASS
        database.start()
        web.write_page("/", "<h1>Maintenance</h1>")
        red = await _test(address="127.0.0.1").run(sites.place())
        assert "the expected text is not on the page" in red.summary
        web.write_page("/", "<h1>เข้าสู่ระบบ</h1>")
        assert (await _test(address="127.0.0.1").run(sites.place())).verdict is Verdict.PASS


def test_what_cannot_be_tested_is_told_beforehand(tmp_path: Path) -> None:
    sites = TwoSites(tmp_path)
    sites.services["hr"] = Service("hr", Text("HR", "HR"), "anong", "anong", None)
    assert _test(service="hrr").unknown(sites.configuration) == ("there is no service 'hrr'; did you mean 'hr'?",)
    assert _test(service="hr").unknown(sites.configuration) == (
        "service 'hr' has no probes of its own, so nothing of it can be tested",
    )


async def test_what_a_test_needs_is_loaded_while_earlier_steps_are_done(tmp_path: Path) -> None:
    steps = [
        {"id": "plug", "do": "manual", "with": {"text": "pull"}},
        {"id": "works", "do": "test_service", "with": {"service": "erp"}},
    ]
    with HttpReceiver() as page:
        probe = {"collector": "http", "url": page.url, "interval": "5s", "timeout": "5s"}
        services = {"erp": {"label": "ERP", "probes": {"page": probe}}}
        folder = write_configuration(tmp_path / "c", steps, more={"services": services})
        async with recoveries.opened(load(folder), SystemClock(), "somchai") as command:
            assert (await command.begin(Wish(PLAN, Mode.REHEARSAL))).verdict is Verdict.PASS
            page.heard.clear()
            running = asyncio.create_task(command.begin(Wish(PLAN, Mode.DRILL)))
            async with asyncio.timeout(20):
                while not page.heard or course_of(command.writer, PLAN)[0].step("plug").stage is not Stage.RUNNING:
                    await command.post.clock.sleep(0.02)
            course, _ = course_of(command.writer, PLAN)
            assert course.step("works").stage is Stage.WAITING
            bench = bench_of(load(folder), SystemClock(), "somchai", command.writer, PLAN)
            decide(command.writer, bench, "plug", "done", "pulled")
            assert (await running).verdict is Verdict.PASS
        assert len(page.heard) == 2
