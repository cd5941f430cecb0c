import subprocess
from pathlib import Path

import pytest

from wenyam.testing.databases import MariaDb, Postgres
from wenyam.testing.nginx import Nginx
from wenyam.testing.servers import ServerFailedError, accepts
from wenyam.testing.sshd import Sshd

pytestmark = pytest.mark.real


def _ssh(server: Sshd, command: str) -> subprocess.CompletedProcess[str]:
    known = f"UserKnownHostsFile={server.known_hosts}"
    words = ["/usr/bin/ssh", "-p", str(server.port), "-i", str(server.client_key), "-o", known, "-o", "BatchMode=yes"]
    words += [f"{server.username}@{server.address}", command]
    return subprocess.run(words, capture_output=True, encoding="utf-8", timeout=30, check=False)


def test_the_ssh_server_runs_commands_until_it_is_stopped_and_leaves_nothing() -> None:
    with Sshd() as server:
        assert _ssh(server, "echo good").stdout == "good\n"
        directory = server.directory
    assert not accepts(server.address, server.port)
    assert not directory.exists()


def test_a_rotated_host_key_is_another_key_that_strict_clients_refuse() -> None:
    with Sshd() as server:
        before = server.fingerprint
        server.rotate_host_key()
        assert server.fingerprint != before
        assert "REMOTE HOST IDENTIFICATION HAS CHANGED" in _ssh(server, "true").stderr


@pytest.mark.parametrize("kind", [Postgres, MariaDb])
def test_a_database_keeps_its_rows_over_a_crash_and_its_new_password(kind: type[Postgres | MariaDb]) -> None:
    with kind() as server:
        server.execute("CREATE TABLE t (a integer); INSERT INTO t VALUES (7);", _database(server))
        server.set_password(server.superuser, "another")
        server.stop()
        server.start()
        assert server.execute("SELECT a FROM t", _database(server)) == "7\n"
        with pytest.raises(ServerFailedError):
            server.execute("SELEC 1")


def _database(server: Postgres | MariaDb) -> str:
    return "postgres" if isinstance(server, Postgres) else "mysql"


def test_a_server_that_cannot_start_says_why_in_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(ServerFailedError, match="unknown directive"), Nginx(directory=tmp_path, settings=["nonsense on;"]):
        pass
