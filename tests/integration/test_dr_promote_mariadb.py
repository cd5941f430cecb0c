"""Promotion of a real MariaDB replica: lag, stopped threads, missing rights and living primaries red, then done once."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from wenyam.dr.contract import StepError
from wenyam.dr.steps.promote_mariadb import PromoteMariadbStep
from wenyam.model.backup import Verdict
from wenyam.model.recovery import Mode
from wenyam.testing.databases import MariaDb
from wenyam.testing.recovery import STEP, TwoSites, database_pair, fence_by_reading, promotion
from wenyam.testing.replicas import PRIMARY_SETTINGS, MariaDbReplica

pytestmark = [pytest.mark.real, pytest.mark.long]
PASSWORD = "canary-55d0"


@pytest.fixture(scope="module")
def primary() -> Iterator[MariaDb]:
    with MariaDb(password=PASSWORD, settings=PRIMARY_SETTINGS) as running:
        running.execute("CREATE DATABASE erp; CREATE TABLE erp.numbered (n INT PRIMARY KEY, at INT NOT NULL)")
        yield running


@pytest.fixture(scope="module")
def kept_replica(primary: MariaDb) -> Iterator[MariaDbReplica]:
    with MariaDbReplica(primary) as running:
        running.execute("CREATE DATABASE erp; CREATE TABLE erp.numbered (n INT PRIMARY KEY, at INT NOT NULL)")
        running.follow()
        yield running


@pytest.fixture
def replica(primary: MariaDb, kept_replica: MariaDbReplica) -> MariaDbReplica:
    """Give a replica that follows."""
    primary.start()
    primary.execute("SET GLOBAL read_only = OFF")
    if not kept_replica.follows():
        kept_replica.follow()
    return kept_replica


@pytest_asyncio.fixture
async def sites(tmp_path: Path) -> AsyncIterator[TwoSites]:
    async with database_pair(tmp_path, "root", PASSWORD) as made:
        yield made


def _promote(primary: MariaDb, replica: MariaDb, **options: object) -> PromoteMariadbStep:
    given = promotion(primary.port, replica.port, **options)
    return PromoteMariadbStep(PromoteMariadbStep.Config.model_validate(given))


def _is_replica(replica: MariaDbReplica) -> bool:
    return bool(replica.status())


async def test_a_rehearsal_touches_nothing(sites: TwoSites, primary: MariaDb, replica: MariaDbReplica) -> None:
    outcome = await _promote(primary, replica).rehearse(sites.place(Mode.REHEARSAL))
    assert outcome.verdict is Verdict.PASS
    assert "follows its primary, 0 s behind" in outcome.summary
    assert replica.follows()
    assert await _promote(primary, replica).was_done(sites.place()) is False


async def test_a_switchover_loses_nothing_and_never_has_two_writers(
    sites: TwoSites, primary: MariaDb, replica: MariaDbReplica
) -> None:
    step = _promote(primary, replica, newest_data="SELECT MAX(at) FROM erp.numbered")
    primary.execute("INSERT INTO erp.numbered VALUES (1, 1792000000)")
    with pytest.raises(StepError, match="says read_only = 0"):
        await step.run(sites.place(Mode.SWITCHOVER))
    with pytest.raises(StepError, match="site main can still write"):
        await fence_by_reading("mariadb", primary.port).run(sites.place(Mode.SWITCHOVER))
    primary.execute("SET GLOBAL read_only = ON")
    with pytest.raises(StepError, match="no fence of site main"):
        await step.run(sites.place(Mode.SWITCHOVER))
    assert _is_replica(replica)
    assert "says read_only = 1" in (await fence_by_reading("mariadb", primary.port).run(sites.place(Mode.SWITCHOVER))).summary
    outcome = await step.run(sites.place(Mode.SWITCHOVER))
    assert outcome.verdict is Verdict.PASS
    assert not _is_replica(replica)
    assert replica.execute("SELECT n FROM erp.numbered").split() == ["1"]
    assert replica.execute("SELECT @@global.read_only").strip() == "0"
    assert "wenyam_proof" not in replica.execute("SHOW DATABASES")
    assert sites.said[f"{STEP}.newest_data"] == 1_792_000_000_000
    assert sites.said[f"{STEP}.has_all"] is True
    assert outcome.evidence["end"].startswith("the primary on db-main stood at 0-")
    assert PASSWORD not in repr(outcome)
    assert await step.was_done(sites.place(Mode.SWITCHOVER)) is True


async def test_a_planned_move_wants_to_know_how_far_the_primary_came(
    sites: TwoSites, primary: MariaDb, replica: MariaDbReplica
) -> None:
    sites.said["fence.fenced"] = "main"
    primary.stop()
    with pytest.raises(StepError, match="how far the primary on db-main came is not known") as blind:
        await _promote(primary, replica).run(sites.place(Mode.SWITCHOVER))
    assert "read_only = 1" in blind.value.advice
    assert _is_replica(replica)
    primary.start()
    primary.execute("SET GLOBAL read_only = ON")
    replica.wait_until(replica.follows)
    assert (await _promote(primary, replica).run(sites.place(Mode.SWITCHOVER))).verdict is Verdict.PASS


async def test_what_was_received_is_applied_before_a_failover(sites: TwoSites, primary: MariaDb, replica: MariaDbReplica) -> None:
    replica.execute("STOP SLAVE SQL_THREAD")
    primary.execute("INSERT INTO erp.numbered VALUES (2, 1792000001)")
    replica.wait_until(lambda: replica.status()["Gtid_IO_Pos"] == primary.execute("SELECT @@global.gtid_binlog_pos").strip())
    primary.stop()
    sites.said["fence.fenced"] = "main"
    with pytest.raises(StepError, match=r"received transactions \d+ to \d+ of domain 0 and does not apply it: it names no error"):
        await _promote(primary, replica).run(sites.place(Mode.FAILOVER))
    assert _is_replica(replica)
    replica.execute("START SLAVE SQL_THREAD")
    assert (await _promote(primary, replica).run(sites.place(Mode.FAILOVER))).verdict is Verdict.PASS
    assert replica.execute("SELECT n FROM erp.numbered WHERE n = 2").strip() == "2"
    assert f"{STEP}.has_all" not in sites.said, "nobody could ask the primary"


async def test_a_promotion_that_was_cut_off_half_way_goes_on(sites: TwoSites, primary: MariaDb, replica: MariaDbReplica) -> None:
    step = _promote(primary, replica)
    (sites.evidence / f"{STEP}-position.json").write_text('{"position": "0-1-7", "newest_data": null}')
    replica.execute("STOP SLAVE; RESET SLAVE ALL")
    assert await step.was_done(sites.place()) is False
    assert "0-1-7" in (await step.run(sites.place(Mode.DRILL))).summary
    assert await step.was_done(sites.place()) is True
    (sites.evidence / f"{STEP}-position.json").unlink()
    assert await step.was_done(sites.place()) is None
    with pytest.raises(StepError, match="is no replica"):
        await step.run(sites.place(Mode.DRILL))


async def test_a_replica_that_receives_or_applies_nothing_is_red_until_it_does(
    sites: TwoSites, primary: MariaDb, replica: MariaDbReplica
) -> None:
    step = _promote(primary, replica)
    for thread, words in (("IO_THREAD", "receives nothing"), ("SQL_THREAD", "does not apply what it received")):
        replica.execute(f"STOP SLAVE {thread}")
        with pytest.raises(StepError, match=words):
            await step.rehearse(sites.place(Mode.REHEARSAL))
        replica.execute(f"START SLAVE {thread}")
        replica.wait_until(replica.follows)
    assert (await step.rehearse(sites.place(Mode.REHEARSAL))).verdict is Verdict.PASS


async def test_lag_is_red_until_it_is_made_up(sites: TwoSites, primary: MariaDb, replica: MariaDbReplica) -> None:
    step = _promote(primary, replica, maximum_lag="1s")
    # A statement that takes its time on the replica too, as of ten minutes ago.
    primary.execute(
        "SET SESSION binlog_format = STATEMENT; SET timestamp = UNIX_TIMESTAMP() - 600;"
        "INSERT INTO erp.numbered SELECT 300, SLEEP(3)"
    )
    replica.wait_until(lambda: _seconds_behind(replica) > 1)
    with pytest.raises(StepError, match=r"is \d+ s behind, at most 1 s"):
        await step.rehearse(sites.place(Mode.REHEARSAL))
    replica.wait_for()
    assert (await step.rehearse(sites.place(Mode.REHEARSAL))).verdict is Verdict.PASS


def _seconds_behind(replica: MariaDbReplica) -> int:
    return int(replica.status()["Seconds_Behind_Master"] or 0)


async def test_a_step_of_the_way_back_is_rehearsed_while_its_server_is_the_primary(
    sites: TwoSites, primary: MariaDb, replica: MariaDbReplica
) -> None:
    ours = {"host": "db-main", "credential": "db", "port": primary.port}
    given = {**ours, "primary": {"host": "db-dr", "credential": "db", "port": replica.port}}
    back = PromoteMariadbStep(PromoteMariadbStep.Config.model_validate(given))
    place = sites.place(Mode.REHEARSAL)
    with pytest.raises(StepError, match="is no replica"):
        await back.rehearse(place)
    only_back = replace(place, step=replace(place.step, modes=frozenset({Mode.FAILBACK})))
    assert "failback" in (await back.rehearse(only_back)).summary


async def test_each_missing_right_is_named_by_the_rehearsal(sites: TwoSites, primary: MariaDb, replica: MariaDbReplica) -> None:
    replica.execute("CREATE USER weak@'%' IDENTIFIED BY 'weak'; GRANT REPLICATION CLIENT, SLAVE MONITOR ON *.* TO weak@'%'")
    sites.login("db", "sql", {"username": "weak"}, password="weak")
    with pytest.raises(
        StepError, match=r"may not promote .*: REPLICATION SLAVE ADMIN, READ_ONLY ADMIN, RELOAD, CREATE on wenyam_proof_%"
    ):
        await _promote(primary, replica).rehearse(sites.place(Mode.REHEARSAL))
    replica.execute(
        "GRANT REPLICATION SLAVE ADMIN, READ_ONLY ADMIN, RELOAD ON *.* TO weak@'%';"
        "GRANT CREATE, DROP, INSERT, SELECT ON `wenyam\\_proof\\_%`.* TO weak@'%'"
    )
    assert (await _promote(primary, replica).rehearse(sites.place(Mode.REHEARSAL))).verdict is Verdict.PASS
    assert (await _promote(primary, replica).run(sites.place(Mode.DRILL))).verdict is Verdict.PASS
    sites.login("db", "sql", {"username": "weak"}, password="wrong")
    with pytest.raises(StepError, match="refused the credentials"):
        await _promote(primary, replica).rehearse(sites.place(Mode.REHEARSAL))
