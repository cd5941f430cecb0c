"""What killed restore tests leave on a test machine: told by the next one, removed by a verb, never the work of a running one."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wenyam.backup import facts
from wenyam.model.backup import Verdict
from wenyam.testing.backup_site import kill
from wenyam.testing.database_backups import until
from wenyam.testing.databases import MariaDb, Postgres
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


def kill_midway(world: World, is_there: Callable[[], bool]) -> None:
    """Start a restore test by the verb and kill it, and all it started, once its folder or database is on the machine."""
    process = world.site.start("restore", "test", world.job)
    try:
        asyncio.run(until(is_there))
    finally:
        kill(process)


def test_a_folder_that_a_killed_test_left_is_told_by_the_next_and_removed_only_when_asked(share: World) -> None:
    share.on(share.machine(commands=[["sleep", "20"]]))
    asyncio.run(share.back_up())
    kill_midway(share, lambda: bool(list(share.vm.folder.glob("wenyam-share-2*"))))
    share.on(share.machine())
    (young,) = share.vm.folder.iterdir()
    old = young.with_name(f"wenyam-share-20260102t030405-{young.name[-6:]}")
    shutil.copytree(young, old, symlinks=True)
    proof = asyncio.run(share.prove())
    assert proof.verdict is Verdict.PASS
    assert proof.notes[0].startswith(f"an earlier test left {old.name}, from 2026-01-02T03:04:05.000Z on the test machine")
    assert proof.notes[0].endswith("wenyam restore leftovers share")
    assert (
        share.site.call("restore", "leftovers", "share", "--plan").stdout == f"share: {old.name}, from 2026-01-02T03:04:05.000Z\n"
    )
    refused = share.site.call("restore", "leftovers", "share")
    assert (refused.returncode, "with: --confirm 'share'" in refused.stderr, old.exists()) == (2, True, True)
    gone = share.site.call("restore", "leftovers", "share", "--confirm", "share")
    assert (gone.returncode, list(share.vm.folder.iterdir())) == (0, [young]), gone.stderr
    assert share.site.call("restore", "leftovers", "share").stdout.startswith("share: nothing that is older than a day lies")
    assert share.site.facts(facts.LEFTOVER_REMOVED)[-1].fact.body == {"job": "share", "machine": VM, "name": old.name}


@pytest.mark.long
def test_a_database_that_a_killed_test_left_is_told_by_the_next_and_removed_only_when_asked(pair: Pair) -> None:
    world, before = pair.world, pair.databases()
    world.on({**pair.machine(), "commands": [["sleep", "20"]]})
    asyncio.run(world.back_up())
    kill_midway(world, lambda: pair.databases() != before)
    world.on(pair.machine())
    (young,) = pair.databases() - before
    old = "erp_wenyam_20260102t030405_0a1b2c"
    pair.there.execute(f"CREATE DATABASE {old}")
    proof = asyncio.run(world.prove())
    assert proof.verdict is Verdict.PASS
    assert proof.notes[0].startswith(f"an earlier test left {old}, from 2026-01-02T03:04:05.000Z on the test machine")
    gone = world.site.call("restore", "leftovers", "erp-db", "--confirm", "erp-db")
    assert gone.returncode == 0, gone.stderr
    assert pair.databases() == {*before, young}
    pair.there.stop()
    away = world.site.call("restore", "leftovers", "erp-db", "--plan")
    assert (away.returncode, "the test machine cannot be used" in away.stderr) == (3, True)
