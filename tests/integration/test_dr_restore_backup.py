"""The newest copy at the DR site restored into a real server there, by an instance that made none of the backups."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from wenyam.dr.contract import StepError, StepPlace
from wenyam.dr.steps.restore_backup import RestoreBackupStep
from wenyam.model.backup import Verdict
from wenyam.model.instants import after
from wenyam.model.recovery import Mode
from wenyam.settings.loader import load
from wenyam.testing.backup_site import MAIN, SECOND
from wenyam.testing.clock import FakeClock
from wenyam.testing.databases import Postgres
from wenyam.testing.recovery import STEP, TwoSites
from wenyam.testing.restore_site import JOB, RestoreSite

pytestmark = [pytest.mark.real, pytest.mark.long]
PASSWORD = "canary-88aa"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> RestoreSite:
    """Back a database of the main site up, with a copy at the DR site; then the main site is gone."""
    with Postgres() as main:
        main.execute("CREATE DATABASE erp")
        main.execute("CREATE TABLE letters (n int PRIMARY KEY); INSERT INTO letters SELECT generate_series(1, 500)", "erp")
        site = RestoreSite(tmp_path_factory.mktemp("site"))
        site.configure(main, copies=[SECOND])
        site.site.call("backup", "init", SECOND)
        site.back_up()
    return site


@pytest.fixture
def emptied(tmp_path: Path) -> RestoreSite:
    """Back a database up, empty its table, and back it up once more."""
    (folder := tmp_path / "site").mkdir()
    with Postgres() as main:
        main.execute("CREATE DATABASE erp")
        main.execute("CREATE TABLE letters (n int PRIMARY KEY); INSERT INTO letters SELECT generate_series(1, 500)", "erp")
        site = RestoreSite(folder)
        site.configure(main, copies=[SECOND])
        assert site.site.call("backup", "init", SECOND).returncode == 0
        site.back_up()
        main.execute("DELETE FROM letters", "erp")
        done = site.site.call("backup", "run", JOB, "--again")
        assert done.returncode == 3, "it waits for a reason, and is copied all the same"
    return site


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with Postgres(password=PASSWORD) as running:
        yield running


@pytest_asyncio.fixture
async def sites(tmp_path: Path, server: Postgres) -> AsyncIterator[TwoSites]:
    made = TwoSites(tmp_path)
    made.device("db-dr", "dr")
    made.login("db", "sql", {"username": "postgres"}, password=PASSWORD)
    yield made
    await made.close()
    for name in server.execute("SELECT datname FROM pg_database WHERE datname LIKE 'erp%'").split():
        server.execute(f'DROP DATABASE "{name}"')


def _place(sites: TwoSites, site: RestoreSite, mode: Mode = Mode.DRILL) -> StepPlace:
    place = sites.place(mode, seconds=120)
    backup = replace(load(site.site.folder).backup, scratch=str(sites.folder / "scratch"), spool=str(sites.folder / "spool"))
    return replace(place, configuration=replace(place.configuration, backup=backup))


def _step(server: Postgres, **options: Any) -> RestoreBackupStep:
    given = {"job": JOB, "host": "db-dr", "credential": "db", "port": server.port, "instance": "dc-main", **options}
    return RestoreBackupStep(RestoreBackupStep.Config.model_validate(given))


async def test_the_copy_is_rehearsed_restored_measured_and_found_again(
    sites: TwoSites, site: RestoreSite, server: Postgres
) -> None:
    step = _step(server)
    rehearsed = await step.rehearse(_place(sites, site, Mode.REHEARSAL))
    assert rehearsed.verdict is Verdict.PASS
    assert f"of '{SECOND}'" in rehearsed.summary
    assert await step.was_done(_place(sites, site)) is False
    outcome = await step.run(_place(sites, site))
    assert outcome.verdict is Verdict.PASS, outcome
    assert "is as it was at backup time" in outcome.summary
    assert server.execute("SELECT count(*) FROM letters", "erp").strip() == "500"
    assert sites.said[f"{STEP}.newest_data"] > 0
    assert PASSWORD not in repr(outcome)
    assert await step.was_done(_place(sites, site)) is True
    with pytest.raises(StepError, match="is there and not empty"):
        await step.run(_place(sites, site))
    server.execute("DELETE FROM letters WHERE n = 7", "erp")
    assert await step.was_done(_place(sites, site)) is None
    with pytest.raises(StepError, match="is not dropped by itself"):
        await step.undo(_place(sites, site))


async def test_an_old_copy_another_instance_and_a_wrong_password_are_red(
    sites: TwoSites, site: RestoreSite, server: Postgres
) -> None:
    with pytest.raises(StepError, match=r"h old, at most 0\.0 h"):
        await _step(server, maximum_age="1s").rehearse(_place(sites, site))
    set_back = FakeClock(after(sites.clock.now(), -3 * 86_400))
    with pytest.raises(StepError, match="lies in the future"):
        await _step(server, maximum_age="1d").rehearse(replace(_place(sites, site), clock=set_back))
    with pytest.raises(StepError, match=f"'{SECOND}' holds no backup of '{JOB}'"):
        await _step(server, instance=None).rehearse(_place(sites, site))
    with pytest.raises(StepError, match="holds no database 'hr'; there are: erp"):
        await _step(server, database="hr").rehearse(_place(sites, site))
    sites.login("db", "sql", {"username": "postgres"}, password="wrong")
    with pytest.raises(StepError, match="refused the credentials"):
        await _step(server).rehearse(_place(sites, site))
    sites.login("db", "sql", {"username": "postgres"}, password=PASSWORD)
    assert (await _step(server, name="erp_drill", maximum_age="1d").run(_place(sites, site))).verdict is Verdict.PASS


async def test_a_damaged_copy_is_no_success(sites: TwoSites, site: RestoreSite, server: Postgres) -> None:
    packs = [path for path in site.site.repositories[SECOND].glob("data/*/*") if path.is_file()]
    kept = {path: path.read_bytes() for path in packs}
    try:
        for path, content in kept.items():
            path.chmod(0o600)
            path.write_bytes(content[: len(content) // 2] + b"\0" * (len(content) - len(content) // 2))
        with pytest.raises(StepError):
            await _step(server, repository=SECOND).run(_place(sites, site))
    finally:
        for path, content in kept.items():
            path.write_bytes(content)
    assert (await _step(server, repository=MAIN).run(_place(sites, site))).verdict is Verdict.PASS


async def test_a_newest_copy_of_emptied_tables_is_refused_and_the_one_before_can_be_named(
    sites: TwoSites, emptied: RestoreSite, server: Postgres
) -> None:
    site = emptied
    for mode, work in ((Mode.REHEARSAL, RestoreBackupStep.rehearse), (Mode.FAILOVER, RestoreBackupStep.run)):
        with pytest.raises(
            StepError, match=r"rows -100%: 0 in all tables, normal 500.* write its beginning under 'snapshot': "
        ) as told:
            await work(_step(server), _place(sites, site, mode))
    named = str(told.value).rpartition("'snapshot': ")[2].strip()
    outcome = await _step(server, snapshot=named).run(_place(sites, site))
    assert outcome.verdict is Verdict.PASS, outcome
    assert server.execute("SELECT count(*) FROM letters", "erp").strip() == "500"
    with pytest.raises(StepError, match="holds no backup of 'erp-db' that begins with 'beefbeef'"):
        await _step(server, snapshot="beefbeef").rehearse(_place(sites, site))
