"""Promotion of a real streaming replica, and the fence before it: every way to two writers refused, then done once."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from wenyam.dr.contract import StepError, StepPlace
from wenyam.dr.steps.fence import FenceStep
from wenyam.dr.steps.promote_postgresql import PromotePostgresqlStep
from wenyam.model.backup import Verdict
from wenyam.model.instants import Instant, seconds_between
from wenyam.model.recovery import Mode
from wenyam.testing.databases import POSTGRES_PROGRAMS, Postgres
from wenyam.testing.recovery import OPERATOR, STEP, TwoSites, database_pair, fence_by_reading, promotion
from wenyam.testing.replicas import PostgresReplica
from wenyam.testing.sshd import Sshd

pytestmark = pytest.mark.real
PASSWORD = "canary-91c2"


@pytest.fixture(scope="module")
def primary() -> Iterator[Postgres]:
    with Postgres(password=PASSWORD) as running:
        running.execute("CREATE TABLE numbered (n int); CREATE ROLE weak LOGIN PASSWORD 'weak'")
        yield running


@pytest.fixture(scope="module")
def server() -> Iterator[Sshd]:
    with Sshd() as running:
        yield running


@pytest.fixture(scope="module")
def kept_replica(primary: Postgres) -> Iterator[PostgresReplica]:
    with PostgresReplica(primary) as running:
        yield running


@pytest.fixture
def replica(primary: Postgres, kept_replica: PostgresReplica) -> PostgresReplica:
    """Give a replica that streams: what an earlier test promoted is copied anew."""
    primary.start()
    if primary.execute("SELECT count(*) FROM pg_roles WHERE rolname = 'replicator' AND NOT rolcanlogin").strip() == "1":
        primary.execute("ALTER ROLE replicator LOGIN")  # a test that failed left it so
    if kept_replica.execute("SELECT pg_is_in_recovery()").strip() != "t":
        kept_replica.copy_again()
    kept_replica.wait_until(kept_replica.streams)
    return kept_replica


@pytest_asyncio.fixture
async def sites(tmp_path: Path) -> AsyncIterator[TwoSites]:
    async with database_pair(tmp_path, "postgres", PASSWORD) as made:
        yield made


def _control_file(primary: Postgres, server: Sshd) -> dict[str, object]:
    program = max(POSTGRES_PROGRAMS.glob("*/bin/pg_controldata"))
    words = ["/usr/bin/env", "LC_ALL=C", str(program), "-D", str(primary.data)]
    return {"host": "db-main", "credential": "main-ssh", "port": server.port, "command": words}


def _promote(primary: Postgres, replica: Postgres, **options: object) -> PromotePostgresqlStep:
    given = promotion(primary.port, replica.port, **options)
    return PromotePostgresqlStep(PromotePostgresqlStep.Config.model_validate(given))


def _unplanned(sites: TwoSites) -> StepPlace:
    """Rehearse a step that is for a lost site alone, and so needs no control file."""
    place = sites.place(Mode.REHEARSAL)
    return replace(place, step=replace(place.step, modes=frozenset({Mode.DRILL, Mode.FAILOVER})))


def _fence_by_port(primary: Postgres, server: Sshd) -> FenceStep:
    proof = {"proof": "port_closed", "host": "db-main", "credential": "main-ssh", "port": server.port, "closed": primary.port}
    return FenceStep(FenceStep.Config.model_validate({"proofs": [proof]}))


def _is_replica(replica: Postgres) -> bool:
    return replica.execute("SELECT pg_is_in_recovery()").strip() == "t"


async def test_a_rehearsal_tells_how_far_the_replica_is_and_promotes_nothing(
    sites: TwoSites, primary: Postgres, replica: PostgresReplica
) -> None:
    outcome = await _promote(primary, replica).rehearse(_unplanned(sites))
    assert outcome.verdict is Verdict.PASS
    assert "db-dr streams from db-main" in outcome.summary
    assert _is_replica(replica)
    assert PASSWORD not in repr(outcome)


async def test_two_writers_are_refused_until_the_primary_is_fenced(
    sites: TwoSites, primary: Postgres, replica: PostgresReplica, server: Sshd
) -> None:
    sites.trust(server, "main-ssh")
    step = _promote(primary, replica, control_file=_control_file(primary, server))
    fence = fence_by_reading("postgresql", primary.port)
    with pytest.raises(StepError, match=r"the primary .* is not in recovery, so it takes writes"):
        await step.run(sites.place(Mode.SWITCHOVER))
    with pytest.raises(StepError, match="site main can still write"):
        await fence.run(sites.place(Mode.SWITCHOVER))
    primary.execute("INSERT INTO numbered VALUES (1)")
    replica.wait_for()
    primary.stop()
    with pytest.raises(StepError, match="no fence of site main has passed"):
        await step.run(sites.place(Mode.SWITCHOVER))
    assert _is_replica(replica)
    with pytest.raises(StepError, match=r"could not be asked .*refused the connection"):
        await fence.run(sites.place(Mode.SWITCHOVER))
    fenced = await _fence_by_port(primary, server).run(sites.place(Mode.SWITCHOVER))
    assert "nobody listens on port" in fenced.summary
    outcome = await step.run(sites.place(Mode.SWITCHOVER))
    assert outcome.verdict is Verdict.PASS
    assert not _is_replica(replica)
    assert "a write was committed at" in outcome.summary
    assert "was stopped in order, its last record at" in outcome.evidence["end"]
    assert sites.said[f"{STEP}.position"] == outcome.evidence["replayed"]
    assert sites.said.pop(f"{STEP}.has_all") is True
    assert replica.execute("SELECT count(*) FROM numbered").strip() == "1"
    assert await step.was_done(sites.place(Mode.SWITCHOVER)) is True
    assert sites.said[f"{STEP}.has_all"] is True, "what was kept before a crash is told again"
    with pytest.raises(StepError, match="no replica: it is not in recovery"):
        await step.run(sites.place(Mode.SWITCHOVER))


async def test_a_planned_move_never_promotes_without_what_a_cut_line_held_back(
    sites: TwoSites, primary: Postgres, replica: PostgresReplica, server: Sshd
) -> None:
    """An orderly stop sends the rest only to who is connected: the newest rows would be lost, and nobody could be asked."""
    sites.trust(server, "main-ssh")
    sites.said["fence.fenced"] = "main"
    step = _promote(primary, replica, control_file=_control_file(primary, server))
    primary.execute("ALTER ROLE replicator NOLOGIN; SELECT pg_terminate_backend(pid) FROM pg_stat_replication")
    replica.wait_until(lambda: not replica.streams())
    primary.execute("INSERT INTO numbered VALUES (30)")
    primary.stop()
    with pytest.raises(StepError, match="how far the primary on db-main came is not known") as blind:
        await _promote(primary, replica).run(sites.place(Mode.SWITCHOVER))
    assert "control_file" in blind.value.advice
    with pytest.raises(StepError, match=r"db-dr has all only up to \S+, and the primary .* was stopped in order") as short:
        await step.run(sites.place(Mode.FAILBACK))
    assert "have this step tried again" in short.value.advice
    assert _is_replica(replica)
    primary.start()
    primary.execute("ALTER ROLE replicator LOGIN")
    replica.wait_until(replica.streams)
    primary.stop()
    assert (await step.run(sites.place(Mode.SWITCHOVER))).verdict is Verdict.PASS
    assert replica.execute("SELECT count(*) FROM numbered WHERE n = 30").strip() == "1"


async def test_a_primary_that_crashed_is_no_planned_move(
    sites: TwoSites, primary: Postgres, replica: PostgresReplica, server: Sshd
) -> None:
    sites.trust(server, "main-ssh")
    sites.said["fence.fenced"] = "main"
    step = _promote(primary, replica, control_file=_control_file(primary, server))
    primary.stop(signal.SIGQUIT)  # as after a power cut: nothing is sent, nothing is closed
    with pytest.raises(StepError, match="was not stopped in order: its control file says 'in production'"):
        await step.run(sites.place(Mode.SWITCHOVER))
    assert _is_replica(replica)
    primary.start()
    replica.wait_until(replica.streams)
    primary.stop()
    assert (await step.run(sites.place(Mode.SWITCHOVER))).verdict is Verdict.PASS


async def test_the_rehearsal_reads_the_control_file_of_the_right_server(
    sites: TwoSites, primary: Postgres, replica: PostgresReplica, server: Sshd, tmp_path: Path
) -> None:
    sites.trust(server, "main-ssh")
    good = _control_file(primary, server)
    place = sites.place(Mode.REHEARSAL)
    with pytest.raises(StepError, match="could not learn whether db-dr has everything"):
        await _promote(primary, replica).rehearse(place)
    assert (await _promote(primary, replica).rehearse(_unplanned(sites))).verdict is Verdict.PASS
    outcome = await _promote(primary, replica, control_file=good).rehearse(place)
    assert "the control file on db-main can be read" in outcome.summary
    with pytest.raises(StepError, match="says nothing of 'Database cluster state'"):
        await _promote(primary, replica, control_file={**good, "command": ["/bin/true"]}).rehearse(place)
    with Postgres(password=PASSWORD) as stranger, pytest.raises(StepError, match="tells of another database system"):
        await _promote(primary, replica, control_file=_control_file(stranger, server)).rehearse(place)


async def test_a_fence_holds_only_as_long_as_the_primary_takes_no_writes(
    sites: TwoSites, primary: Postgres, replica: PostgresReplica
) -> None:
    sites.said["fence.fenced"] = "main"
    with pytest.raises(StepError, match="takes writes"):
        await _promote(primary, replica).run(sites.place(Mode.FAILOVER))
    sites.said["fence.fenced"] = "dr"
    primary.stop()
    with pytest.raises(StepError, match="no fence of site main"):
        await _promote(primary, replica).run(sites.place(Mode.FAILOVER))
    assert _is_replica(replica)


@pytest.mark.long
async def test_a_silent_primary_is_not_fenced(sites: TwoSites, primary: Postgres, replica: PostgresReplica) -> None:
    primary.freeze()
    try:
        with pytest.raises(StepError, match="could not be asked"):
            await fence_by_reading("postgresql", primary.port).run(sites.place(Mode.FAILOVER))
        with pytest.raises(StepError, match=r"no fence of site main .* could not be asked"):
            await _promote(primary, replica).run(sites.place(Mode.FAILOVER))
    finally:
        primary.thaw()
    assert _is_replica(replica)


@pytest.mark.long
async def test_a_drill_promotes_beside_a_living_primary_and_the_last_commit_is_kept(
    sites: TwoSites, primary: Postgres, replica: PostgresReplica
) -> None:
    before = sites.clock.now()
    primary.execute("INSERT INTO numbered VALUES (2)")
    replica.wait_for()
    outcome = await _promote(primary, replica).run(sites.place(Mode.DRILL))
    assert outcome.verdict is Verdict.PASS
    assert "production goes on" in outcome.evidence["primary"]
    assert 0 <= seconds_between(before, Instant(sites.said[f"{STEP}.newest_data"])) < 30
    assert f"{STEP}.has_all" not in sites.said, "in a drill production goes on"


async def test_a_replica_that_does_not_stream_is_red_until_it_does(
    sites: TwoSites, primary: Postgres, replica: PostgresReplica
) -> None:
    step = _promote(primary, replica)
    primary.execute("ALTER ROLE replicator NOLOGIN; SELECT pg_terminate_backend(pid) FROM pg_stat_replication")
    replica.wait_until(lambda: not replica.streams())
    with pytest.raises(StepError, match="db-dr is not streaming"):
        await step.rehearse(_unplanned(sites))
    primary.execute("ALTER ROLE replicator LOGIN")
    replica.wait_until(replica.streams)
    assert (await step.rehearse(_unplanned(sites))).verdict is Verdict.PASS


@pytest.mark.long
async def test_lag_is_red_and_paused_replay_is_never_promoted_over(
    sites: TwoSites, primary: Postgres, replica: PostgresReplica
) -> None:
    step = _promote(primary, replica, maximum_lag="64KiB")
    replica.execute("SELECT pg_wal_replay_pause()")
    primary.execute("INSERT INTO numbered SELECT generate_series(1, 20000)")
    try:
        with pytest.raises(StepError, match="bytes behind its primary, at most 65,536"):
            await step.rehearse(_unplanned(sites))
        with pytest.raises(StepError, match="replay is paused on db-dr"):
            await _promote(primary, replica).run(sites.place(Mode.DRILL))
    finally:
        replica.execute("SELECT pg_wal_replay_resume()")
    replica.wait_for()
    assert (await step.rehearse(_unplanned(sites))).verdict is Verdict.PASS
    assert await step.was_done(sites.place()) is False


@pytest.mark.long
async def test_an_account_without_the_right_is_found_by_the_rehearsal(
    sites: TwoSites, primary: Postgres, replica: PostgresReplica
) -> None:
    sites.login("db", "sql", {"username": "weak"}, password="weak")
    with pytest.raises(StepError, match="credential 'db' may not promote"):
        await _promote(primary, replica).rehearse(_unplanned(sites))
    primary.execute("GRANT EXECUTE ON FUNCTION pg_promote(boolean, integer) TO weak")
    replica.wait_for()
    assert (await _promote(primary, replica).rehearse(_unplanned(sites))).verdict is Verdict.PASS
    sites.login("db", "sql", {"username": "weak"}, password="wrong")
    with pytest.raises(StepError, match="refused the credentials"):
        await _promote(primary, replica).rehearse(_unplanned(sites))
    assert await _promote(primary, replica).was_done(sites.place()) is None


@pytest.mark.long
async def test_a_primary_that_comes_back_while_the_replica_catches_up_is_no_second_writer(
    sites: TwoSites, primary: Postgres, replica: PostgresReplica
) -> None:
    replica.execute("ALTER SYSTEM SET recovery_min_apply_delay = '8s'; SELECT pg_reload_conf()")
    try:
        primary.execute("INSERT INTO numbered VALUES (9)")
        primary.stop()
        sites.said["fence.fenced"] = "main"
        promotion = asyncio.create_task(_promote(primary, replica).run(sites.place(Mode.FAILOVER)))
        await asyncio.to_thread(primary.start)
        with pytest.raises(StepError, match="takes writes"):
            await promotion
        assert _is_replica(replica)
    finally:
        replica.execute("ALTER SYSTEM RESET recovery_min_apply_delay; SELECT pg_reload_conf()")


async def test_a_step_of_the_way_back_is_rehearsed_while_its_server_is_the_primary(
    sites: TwoSites, primary: Postgres, replica: PostgresReplica, server: Sshd
) -> None:
    sites.trust(server, "main-ssh")
    ours = {"host": "db-main", "credential": "db", "port": primary.port}
    given = {**ours, "primary": {"host": "db-dr", "credential": "db", "port": replica.port}}
    given["control_file"] = _control_file(replica, server)
    back = PromotePostgresqlStep(PromotePostgresqlStep.Config.model_validate(given))
    place = sites.place(Mode.REHEARSAL)
    with pytest.raises(StepError, match="is no replica"):
        await back.rehearse(place)
    only_back = replace(place, step=replace(place.step, modes=frozenset({Mode.FAILBACK})))
    assert "as it should be until a failback" in (await back.rehearse(only_back)).summary


def test_a_server_that_would_be_its_own_primary_is_refused(tmp_path: Path) -> None:
    sites = TwoSites(tmp_path)
    sites.device("db", "dr")
    sites.login("db", "sql", {"username": OPERATOR}, password="x")
    given = {"host": "db", "credential": "db", "primary": {"host": "db", "credential": "db"}}
    step = PromotePostgresqlStep(PromotePostgresqlStep.Config.model_validate(given))
    assert step.unknown(sites.configuration) == ("'db' is named as replica and as its own primary",)
