"""Whose host keys backups need: devices read over SSH and machines that keep repositories."""

from pathlib import Path

import pytest

from wenyam.errors import UsageError
from wenyam.model.instance import Configuration
from wenyam.operations.host_keys import SshServer, servers
from wenyam.settings.loader import load

CONFIGURATION = """
instance: {name: test, site: office}
sites: {office: }
people: {somchai: {name: Somchai}}
defaults: {owner: somchai, duty_officer: somchai}
credentials:
  shell: {kind: ssh-key, username: w, key: file:a}
  base: {kind: sql, username: w, password: file:b}
devices:
  app: {kind: vm, address: 192.0.2.1, credentials: {ssh: shell}}
  old: {kind: server, address: 192.0.2.2}
  db: {kind: database, address: 192.0.2.3}
repositories:
  main: {kind: local, key: file:k, path: /srv/a}
  dr: {kind: sftp, key: file:l, host: 192.0.2.4, port: 2222, path: /srv/b, credential: shell}
backups:
  app: {source: files, paths: [/a], device: app, credential: shell, covers: [], schedule: every day 01:30, repository: main}
  old: {source: files, paths: [/a], device: old, credential: shell, port: 2022, legacy_crypto: true, covers: [],
        schedule: every 6h, repository: dr}
  db: {source: postgresql, all: true, device: db, credential: base, covers: [], schedule: every day 01:30, repository: main,
       restore: {machine: {host: 192.0.2.5, port: 2223, credential: shell, database: {credential: base}}}}
"""


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    tmp_path.chmod(0o755)
    (tmp_path / "wenyam.yaml").write_text(CONFIGURATION, encoding="utf-8")
    return load(tmp_path)


def test_devices_of_backups_and_machines_with_repositories_are_among_the_servers(configuration: Configuration) -> None:
    assert servers(configuration, None) == [
        SshServer(("app",), "192.0.2.1", 22, legacy_crypto=False),
        SshServer(("old",), "192.0.2.2", 2022, legacy_crypto=True),
        SshServer(("machine:db",), "192.0.2.5", 2223, legacy_crypto=False),
        SshServer(("repository:dr",), "192.0.2.4", 2222, legacy_crypto=False),
    ]
    assert [server.address for server in servers(configuration, "repository:dr")] == ["192.0.2.4"]


@pytest.mark.parametrize(("name", "sentence"), [("db", "is not read over SSH"), ("repository:main", "is not read over SSH")])
def test_what_is_not_reached_over_ssh_has_no_host_key(configuration: Configuration, name: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        servers(configuration, name)
