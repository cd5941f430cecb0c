"""The Wenyam of each site: what it watches, as the operators there would have written it down."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import bcrypt

from wenyam.settings.show import as_yaml
from wenyam.testing.certificates import TestAuthority
from wenyam.testing.lab.private_files import write_private
from wenyam.testing.sites.ground import known_hosts
from wenyam.testing.sites.machines import Machines
from wenyam.testing.sites.namespaces import DISK
from wenyam.testing.sites.network_services import KEY_NAME
from wenyam.testing.sites.plan import (
    APPLICATION,
    EDGES,
    LINE_ENDS,
    MAIN,
    NAME_SERVER,
    NODES,
    RECOVERY,
    USER,
    USERS,
    Node,
    Part,
    node_of,
    other,
)
from wenyam.testing.sites.recovery import plans
from wenyam.testing.sites.secrets import LOGINS, UPDATE_KEY, SiteSecrets
from wenyam.testing.sites.services import Service

SERVICE: Final = "erp"
EXPORTER_PORT: Final = 9710
FOLDER: Final = "/srv/wenyam/etc"
"""The folder for `wenyam --config` on each machine that watches."""
BOARD: Final = "/srv/bin/board"
"""The channel of the lab: whatever is told to people is one line of JSON in `/srv/board`."""
_BOARD = "#!/bin/sh\nexec cat >> /srv/board\n"
_HEAD = "# Written by scripts/lab; every person, office and telephone number here is made up.\n"
_QUICK = {"after": 2, "recheck": "1s"}
_ALIVE = {"any_of": ["icmp", "tcp:22"], "interval": "2s", "timeout": "1s", **_QUICK}
_EVERY = {"interval": "2s", "timeout": "2s"}
_KINDS = {
    Part.ROUTER: "router",
    Part.FIREWALL: "firewall",
    Part.POSTGRESQL: "database",
    Part.MARIADB: "database",
}
PEOPLE: Final = {
    "somchai": ("สมชาย ใจดี", "Somchai Jaidee", "operator"),
    "suda": ("สุดา รักงาน", "Suda Rakngan", "duty_officer"),
    "anan": ("อนันต์ เวรยาม", "Anan Wenyam", "superior"),
    "malee": ("มาลี มั่นคง", "Malee Mankhong", "dr_committee"),
    "wichai": ("วิชัย รอบคอบ", "Wichai Ropkhop", "dr_committee"),
    "kanya": ("กัญญา ใช้งาน", "Kanya Chaingan", "user_representative"),
}
_BEHIND = """SELECT coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)), 0) FROM pg_stat_replication"""
_QUERIES: Final[Mapping[tuple[Part, bool], Mapping[str, str]]] = {
    (Part.POSTGRESQL, False): {
        "offices": "SELECT count(*) FROM offices WHERE name <> ''",
        "replicas": "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'",
        "bytes-behind": _BEHIND,
    },
    (Part.POSTGRESQL, True): {
        "offices": "SELECT count(*) FROM offices WHERE name <> ''",
        "follows": "SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'",
    },
    (Part.MARIADB, False): {"offices": "SELECT count(*) FROM offices WHERE name <> ''"},
    (Part.MARIADB, True): {
        "offices": "SELECT count(*) FROM offices WHERE name <> ''",
        "follows": "SELECT count(*) / 2 FROM information_schema.processlist WHERE user = 'system user' AND command LIKE 'Slave%'"
        " AND state NOT LIKE 'Reconnecting%' AND state NOT LIKE 'Connecting%'",
    },
}
"""By kind of database and whether it is the replica: what is asked."""


def watcher(machines: Machines, node: Node, secrets: SiteSecrets, authority: TestAuthority) -> tuple[Service, ...]:
    """Write the configuration of a site's Wenyam; `known_hosts` is written by `record_host_keys` when all machines are laid."""
    folder = machines.disk(node) / "wenyam" / "etc"
    for path in (folder / "secrets", folder / "web", folder.parent / "state", folder.parent / "run"):
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o755)
    (folder / "secrets").chmod(0o700)
    for name in ("watch-sql", "dr-sql", "peer", UPDATE_KEY, *LOGINS):
        write_private(folder / "secrets" / name, secrets.path(name).read_text(encoding="ascii"))
    _write_web(folder, node, secrets, authority)
    parts = {
        "wenyam.yaml": _head(node, secrets),
        "devices.yaml": {"devices": {each.name: _device(node, each) for each in NODES.values()}},
        "services.yaml": {"links": _links(node.site), "services": _services(), "witnesses": _witnesses()},
        "dr.yaml": {"dr": {"site": node.site, "plans": dict(plans())}},
    }
    for file, content in parts.items():
        (folder / file).write_text(_HEAD + as_yaml(content), encoding="utf-8")
    board = machines.disk(node) / Path(BOARD).relative_to(DISK)
    board.parent.mkdir(exist_ok=True)
    board.write_text(_BOARD, encoding="ascii")
    board.chmod(0o755)
    words = (sys.executable, "-m", "wenyam", "--config", FOLDER, "run")
    return (Service("wenyam", words, port=EXPORTER_PORT),)


def record_host_keys(machines: Machines) -> None:
    """Let both Wenyams know every machine's host key."""
    for site in (MAIN, RECOVERY):
        path = machines.disk(node_of(site, Part.WATCH)) / "wenyam" / "state" / "known_hosts"
        path.write_text(known_hosts(machines), encoding="ascii")


def _head(node: Node, secrets: SiteSecrets) -> dict[str, Any]:
    far = node_of(other(node.site), Part.WATCH)
    return {
        "instance": {
            "name": f"wenyam-{node.site}",
            "site": node.site,
            "state_directory": "/srv/wenyam/state",
            "run_directory": "/srv/wenyam/run",
            "language": "en",
            "ballast": "1MiB",
            "operators_group": "root",
            "credential_retry": "2s",
            "exporter": {"listen": f"{node.address}:{EXPORTER_PORT}", "web_config": "web/config"},
        },
        "sites": {
            MAIN: {"label": {"th": "ศูนย์คอมพิวเตอร์หลัก", "en": "Main site"}},
            RECOVERY: {"label": {"th": "ศูนย์คอมพิวเตอร์สำรอง", "en": "DR site"}},
            USERS: {"label": {"th": "ฝั่งผู้ใช้งาน", "en": "User side"}},
        },
        "people": {name: _person(number, name, secrets) for number, name in enumerate(PEOPLE, 1)},
        "defaults": {"owner": "somchai", "duty_officer": "suda"},
        "credentials": _credentials(),
        "channels": {"board": {"kind": "command", "command": [BOARD]}},
        "peers": {
            f"wenyam-{far.site}": {
                "url": f"https://{far.address}:{EXPORTER_PORT}",
                "credential": "peer",
                "authority": "authority.pem",
                "every": "2s",
                "timeout": "1s",
                "heartbeat_late": "5s",
            }
        },
    }


def _person(number: int, name: str, secrets: SiteSecrets) -> dict[str, Any]:
    thai, english, role = PEOPLE[name]
    person = {
        "name": {"th": thai, "en": english},
        "mail": f"{name}@{APPLICATION.partition('.')[2]}",
        "telephone": f"02-000-000{number}",
        "roles": [role],
        "keys": [{"public": secrets.public(name)}],
    }
    return {**person, "os_user": "root"} if name == "somchai" else person


def _credentials() -> dict[str, Any]:
    return {
        "ssh-watch": {"kind": "ssh-key", "username": "watch", "key": "file:secrets/watch"},
        "ssh-dr": {"kind": "ssh-key", "username": "dr", "key": "file:secrets/dr"},
        "sql-watch": {"kind": "sql", "username": "watch", "password": "file:secrets/watch-sql"},
        "sql-dr": {"kind": "sql", "username": "dr", "password": "file:secrets/dr-sql"},
        KEY_NAME: {"kind": "tsig", "key_name": KEY_NAME, "algorithm": "hmac-sha256", "secret": f"file:secrets/{UPDATE_KEY}"},
        "peer": {"kind": "http-basic", "username": "peer", "password": "file:secrets/peer"},
    }


def _device(here: Node, node: Node) -> dict[str, Any]:
    from_outside = node.part is Part.FIREWALL and node.site != here.site
    entry: dict[str, Any] = {
        "kind": _KINDS.get(node.part, "server"),
        "label": node.name,
        "address": EDGES[node.site] if from_outside else node.address,
        "site": node.site,
        "alive": _ALIVE,
        "parents": _parents(here, node),
    }
    if node.part in (Part.POSTGRESQL, Part.MARIADB):
        entry |= _database(node)
    if node.part is Part.NAMES:
        entry["reads"] = {"name": {"collector": "dns", "name": APPLICATION, "type": "A", **_EVERY}}
    return entry


def _parents(here: Node, node: Node) -> list[str]:
    """Return through whom a machine is reached from where we stand."""
    near, far = node_of(here.site, Part.ROUTER).name, node_of(other(here.site), Part.ROUTER).name
    if node.name in (near, here.name):
        return []
    if node.site == USERS or (node.part is Part.FIREWALL and node.site != here.site):
        return [node_of(here.site, Part.FIREWALL).name]
    return [near] if node.site == here.site or node.name == far else [far]


def _database(node: Node) -> dict[str, Any]:
    queries = _QUERIES[node.part, node.site == RECOVERY]
    engine = "postgresql" if node.part is Part.POSTGRESQL else "mariadb"
    asked = {name: {"text": text} for name, text in queries.items()}
    read = {"collector": "sql", "engine": engine, "database": "erp", "queries": asked, "statement_timeout": "2s", **_EVERY}
    limits = {"offices": 499, "replicas": 0, "follows": 0.5}
    checks: dict[str, Any] = {
        name: {"check": "threshold", **_value(name), "direction": "below", "crit": limits[name], **_QUICK}
        for name in queries
        if name in limits
    }
    if "bytes-behind" in queries:
        checks["bytes-behind"] = {"check": "threshold", **_value("bytes-behind"), "crit": 262144, **_QUICK}
    return {"credentials": {"sql": "sql-watch"}, "reads": {"database": read}, "checks": checks}


def _value(query: str) -> dict[str, Any]:
    return {"sample": "sql_query_value", "labels": {"query": query}}


def _links(site: str) -> dict[str, Any]:
    near, far = node_of(site, Part.ROUTER), LINE_ENDS[other(site)]
    return {"site-line": {"label": "The line between the sites", "near": {"device": near.name}, "far": far, "alive": _ALIVE_LINK}}


_ALIVE_LINK = {"interval": "2s", "timeout": "1s", **_QUICK}


def _services() -> dict[str, Any]:
    """Return the application as its users know it: by its name."""
    site = f"https://{APPLICATION}"
    probe = {"collector": "http", "authority": f"{FOLDER}/authority.pem"}
    health = {**probe, "url": f"{site}/health", "expect_text": "good", "interval": "1s", "timeout": "1s"}
    # A failure is dated by the first look that failed: often, and with a page that costs nothing.
    page = {**probe, "url": f"{site}/login", "interval": "500ms", "timeout": "500ms"}
    label = {"th": "ระบบบริหารทรัพยากรองค์กร (ERP)", "en": "ERP"}
    return {SERVICE: {"label": label, "after": 6, "recheck": "500ms", "probes": {"page": page, "health": health}}}


def _witnesses() -> dict[str, Any]:
    return {"name-server": {"address": NAME_SERVER}, "user": {"address": USER}}


def _write_web(folder: Path, node: Node, secrets: SiteSecrets, authority: TestAuthority) -> None:
    chain, key = authority.issue(node.name, node.name, node.address)
    write_private(folder / "web" / "key.pem", key.read_text(encoding="ascii"))
    shutil.copyfile(chain, folder / "web" / "chain.pem")
    shutil.copyfile(authority.certificate, folder / "authority.pem")
    hashed = bcrypt.hashpw(secrets.read("peer").encode(), bcrypt.gensalt(4)).decode("ascii")
    tls = "tls_server_config: {cert_file: chain.pem, key_file: key.pem}\n"
    write_private(folder / "web" / "config", f"{tls}basic_auth_users: {{peer: '{hashed}'}}\n")
