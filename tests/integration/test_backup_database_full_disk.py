"""A really full spool: a small tmpfs in a mount namespace of its own, on which two databases are dumped."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from wenyam.testing.databases import Database, MariaDb, Postgres

pytestmark = [pytest.mark.real, pytest.mark.long]
CHILD = Path(__file__).with_name("backup_full_disk.py")
SCRIPT = 'mount -t tmpfs -o size=3m,mode=0755 tmpfs "$1" && exec "$2" "$3" "$1" "$4" "$5" "$6"'
ROWS = {
    "postgres": "CREATE TABLE t AS SELECT i, md5(i::text) || md5((-i)::text) AS t FROM generate_series(1, 100000) i",
    "mariadb": "CREATE TABLE t AS SELECT seq, concat(md5(seq), md5(-seq)) AS t FROM seq_1_to_100000",
}


@pytest.fixture(params=[Postgres, MariaDb])
def server(request: pytest.FixtureRequest) -> Iterator[Database]:
    kind: type[Postgres | MariaDb] = request.param
    with kind() as running:
        running.execute("CREATE DATABASE erp")
        running.execute(ROWS[running.name], "erp")
        yield running


def test_a_spool_without_room_is_a_sentence_and_with_room_again_a_dump(server: Database, tmp_path: Path) -> None:
    alone = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "-m"]
    words = [sys.executable, str(CHILD), server.name, str(server.port), server.password]
    command = [*alone, "sh", "-c", SCRIPT, "sh", str(tmp_path), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    full, left, roomy = map(json.loads, done.stdout.splitlines())
    assert full.startswith("What should be backed up could not be copied whole: the disk of the spool is full: ")
    assert [name for name in left if name.startswith(".")] == []
    assert roomy == "100000"
