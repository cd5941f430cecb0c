"""A prepared test machine over a real sshd, with a real server of its own: restored there, compared there, nothing left there."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from wenyam.backup import facts
from wenyam.errors import RestoreError
from wenyam.model.backup import Verdict
from wenyam.testing.backup_site import MAIN
from wenyam.testing.databases import MariaDb, Postgres
from wenyam.testing.other_postgres import OtherPostgres, programs_of
from wenyam.testing.restore_machines import VM, Machine, Pair, World, pair_of, sending_machine, share_world

pytestmark = pytest.mark.real


@pytest.fixture
def vm() -> Iterator[Machine]:
    with sending_machine() as server:
        yield server


@pytest.fixture
def share(tmp_path: Path, vm: Machine) -> World:
    return share_world(tmp_path, vm)


@pytest.fixture(params=[Postgres, MariaDb])
def pair(request: pytest.FixtureRequest, tmp_path: Path, vm: Machine) -> Iterator[Pair]:
    with pair_of(request.param, tmp_path, vm) as made:
        yield made


async def test_files_are_sent_measured_asked_and_removed(share: World) -> None:
    plain = share.site.directory / "data" / "plain"
    (share.vm.directory / "seen").mkdir()
    looking = ["cp", "-a", "{folder}", f"{share.vm.directory}/seen"]
    checks = [["test", "-f", f"{{folder}}{plain}"], ["grep", "-q", "plain", f"{{folder}}{plain}"], looking]
    share.on(share.machine(commands=checks), questions=[{"ask": str(plain)}, {"ask": f"sha256 {plain}"}])
    await share.back_up()
    proof = await share.prove()
    assert (proof.verdict, proof.problems) == (Verdict.PASS, ())
    assert {"fetch", "load", "compare", "questions", "commands"} == dict(proof.parts).keys()
    evidence = json.loads(proof.evidence.read_text(encoding="utf-8"))
    assert (evidence["machine"], [each["exit_code"] for each in evidence["commands"]]) == (VM, [0, 0, 0])
    assert any("on the test machine too" in note for note in evidence["notes"])
    assert list(share.vm.folder.iterdir()) == []
    (copied,) = (share.vm.directory / "seen").iterdir()
    assert copied.name.startswith("wenyam-share-")
    there = Path(f"{copied}{share.site.directory}/data")
    here = share.site.directory / "data"
    assert sorted(os.listdir(os.fsencode(there))) == sorted(os.listdir(os.fsencode(here)))  # noqa: PTH208  # names as bytes
    assert (there / "second name").read_bytes() == (here / "large").read_bytes()


async def test_a_check_of_the_application_that_fails_is_a_failure_with_its_words(share: World) -> None:
    failing = ["sh", "-c", "echo the index is empty >&2; exit 4"]
    share.on(share.machine(commands=[["true"], failing]))
    await share.back_up()
    proof = await share.prove()
    assert proof.verdict is Verdict.FAIL
    assert proof.problems[0].endswith("on the test machine ended with exit code 4: the index is empty")
    share.on(share.machine(commands=[["sleep", "60"]], command_timeout="1s"))
    assert "did not end" in (await share.prove()).problems[0]
    share.on(share.machine(commands=[["true"]]))
    await share.passes()
    assert list(share.vm.folder.iterdir()) == []


@pytest.mark.long
async def test_what_is_wrong_with_the_machine_says_nothing_against_the_backup(share: World) -> None:
    share.on(share.machine())
    await share.back_up()
    share.vm.rotate_host_key()
    await share.is_not_tested("the test machine cannot be used", "SSH host key is not the one on record")
    share.record_host_key()
    await share.passes()
    share.vm.stop()
    await share.is_not_tested("the test machine cannot be used", "refused the connection")
    share.vm.start()
    share.on(share.machine(folder="/nonexistent"))
    await share.is_not_tested("/nonexistent/wenyam-share-", "on the test machine cannot be made: no such file")
    share.on(share.machine())
    await share.passes()
    (share.vm.directory / "authorized_keys").rename(share.vm.directory / "away")
    await share.is_not_tested("refused the credentials")
    (share.vm.directory / "away").rename(share.vm.directory / "authorized_keys")
    await share.passes()


@pytest.mark.long
@pytest.mark.parametrize(
    ("disk", "words"),
    [
        ("size=8m", "MiB are free, the restore needs"),
        ("size=90m,nr_inodes=6", "cannot be written on the test machine"),
        ("size=90m,ro", "on the test machine cannot be made"),
    ],
)
async def test_a_full_machine_is_not_tested_and_with_room_it_passes(share: World, disk: str, words: str) -> None:
    share.on(share.machine())
    await share.back_up()
    share.vm.stop()
    share.vm.disk = disk
    share.vm.start()
    await share.is_not_tested(words)
    share.vm.stop()
    share.vm.disk = "size=90m"
    share.vm.start()
    await share.passes()


async def test_damage_in_the_repository_is_a_failure_here_already(share: World) -> None:
    share.on(share.machine())
    await share.back_up()
    pack = share.site.packs(MAIN)[0]
    good = pack.read_bytes()
    pack.chmod(0o600)
    pack.write_bytes(good[:1000] + bytes([good[1000] ^ 1]) + good[1001:])
    assert (await share.prove()).verdict is Verdict.FAIL
    pack.write_bytes(good)
    await share.passes()


async def test_a_database_is_loaded_into_the_machine_s_own_server_compared_asked_and_dropped(pair: Pair) -> None:
    world, before = pair.world, pair.databases()
    questions = [{"ask": "SELECT subject FROM letter WHERE number = 1", "expect": "หนังสือเวียน"}]
    world.on(pair.machine(), questions=questions)
    await world.back_up()
    proof = await world.prove()
    assert (proof.verdict, proof.problems) == (Verdict.PASS, ())
    assert proof.items > 3
    assert pair.databases() == before
    evidence = json.loads(proof.evidence.read_text(encoding="utf-8"))
    assert [(each["exit_code"], each["said"]) for each in evidence["commands"]] == [(0, "3")]
    assert pair.there.password not in str(world.site.facts(facts.TESTED)[-1].fact.body)
    world.on(pair.machine(query="SELECT * FROM gone"))
    proof = await world.prove()
    assert (proof.verdict, "ended with exit code 1" in proof.problems[0]) == (Verdict.FAIL, True)
    assert pair.databases() == before


@pytest.mark.long
async def test_production_is_refused_and_a_server_that_is_off_is_not_tested(pair: Pair) -> None:
    world = pair.world
    world.on(pair.machine())
    await world.back_up()
    at_home = {**pair.machine(pair.production.port), "host": "127.0.0.1"}
    at_home["database"]["credential"] = "sql"
    world.on(at_home)
    proof = await world.prove()
    assert (proof.verdict, "the target is the server that was backed up" in proof.problems[0]) == (Verdict.FAIL, True)
    assert "_wenyam_" not in pair.production.execute(
        {"postgres": "SELECT datname FROM pg_database", "mariadb": "SHOW DATABASES"}[pair.there.name]
    )
    world.on(pair.machine())
    pair.there.stop()
    await world.is_not_tested("the test machine cannot be used", "refused the connection")
    pair.there.start()
    await world.passes()
    world.vm.rotate_host_key()
    await world.is_not_tested("the test machine cannot be used", "SSH host key is not the one on record")
    world.record_host_key()
    await world.passes()


@pytest.mark.long
@pytest.mark.parametrize("pair", [Postgres], indirect=True)
async def test_missing_roles_and_another_major_version_are_not_tested(pair: Pair) -> None:
    world = pair.world
    pair.production.execute("CREATE ROLE clerk; ALTER TABLE letter OWNER TO clerk", "erp")
    world.on(pair.machine())
    await world.back_up()
    await world.is_not_tested("the test machine lacks the roles clerk", "owners: false")
    world.on(pair.machine(owners=False))
    await world.passes()
    world.on(pair.machine())
    pair.there.execute("CREATE ROLE clerk")
    await world.passes()
    native = programs_of(18)
    try:
        with OtherPostgres(native, 18, VM) as newer:
            secret = world.site.folder / "sql-vm.key"
            secret.write_text(newer.password, encoding="ascii")
            world.on(pair.machine(newer.port))
            await world.is_not_tested("wrong major version on the test machine: the backup is of PostgreSQL 15", "PostgreSQL 18")
    finally:
        shutil.rmtree(native.parents[1])


@pytest.mark.long
@pytest.mark.parametrize("pair", [Postgres], indirect=True)
async def test_what_stays_on_the_machine_is_told(pair: Pair) -> None:
    world = pair.world
    running = pair.there.data / "postmaster.pid"
    stop = ["sh", "-c", f"kill -INT {pair.there.process_id}; while [ -e {running} ]; do sleep 0.05; done"]
    machine = pair.machine()
    world.on({**machine, "commands": [stop]})
    await world.back_up()
    with pytest.raises(RestoreError, match=r"databases stayed on the test machine, remove them by hand: 'erp_wenyam_"):
        await world.prove()
    assert world.site.facts(facts.TESTED)[-1].fact.body["verdict"] == "pass"
    pair.there.start()
    world.on(machine)
    await world.passes()
