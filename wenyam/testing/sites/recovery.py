"""The plan by which the lab's application moves to the DR site and back, as its operators would have written it down."""

from collections.abc import Mapping
from typing import Any, Final

from wenyam.testing.sites import postgresql
from wenyam.testing.sites.network_services import KEY_NAME
from wenyam.testing.sites.plan import (
    APPLICATION,
    DRILL_ADDRESS,
    MAIN,
    NAME_SERVER,
    RECOVERY,
    REHEARSED_APPLICATION,
    SERVICE_ADDRESS,
    TIME_TO_LIVE,
    ZONE,
    Part,
    node_of,
    other,
)
from wenyam.testing.sites.scripts import COPY_LOCK, DRILL_COPY, FOLLOW

PLAN: Final = "erp"
Step = dict[str, Any]
_SERVICE, _FLOCK = "/usr/sbin/service", "/usr/bin/flock"
_COPY_VERBS = {"command": "start", "back": "stop", "done": "status"}
_MARIADB = ("/usr/bin/mariadb", "--no-defaults", "--socket=/run/mysqld/mysqld.sock", "-u", "root", "-e")
_CONTROL_FILE = ["/usr/bin/env", "LC_ALL=C", f"{postgresql.PROGRAMS}/pg_controldata", "-D", postgresql.DATA]
_NEWEST = {
    Part.POSTGRESQL: "SELECT extract(epoch FROM max(written)) FROM letters",
    Part.MARIADB: "SELECT unix_timestamp(max(written)) FROM letters",
}
_ENGINES = {Part.POSTGRESQL: "postgresql", Part.MARIADB: "mariadb"}
TO_DR, ALL_REAL = ["switchover", "failover"], ["switchover", "failover", "failback"]


def plans() -> Mapping[str, Any]:
    """Return the section `dr.plans`."""
    return {
        PLAN: {
            "title": "ERP moves to the DR site",
            "owner": "somchai",
            "main_site": MAIN,
            "dr_site": RECOVERY,
            "services": ["erp"],
            "objectives": {"recovery_time": "10m", "recovery_point": "1m"},
            "committee": {"members": ["malee", "wichai", "anan"], "quorum": 2},
            "rights": {"drill": ["role:operator"], "real": ["role:operator"]},
            "touches": ["dr-app", "dr-pgsql", "dr-mariadb"],
            "steps": [
                *_opening(), *_drill(), *_leave(MAIN), _fence_main(), *_arrive(RECOVERY), *_come_back(), *_leave(RECOVERY),
                *_arrive(MAIN), *_closing(),
            ],
        }
    }  # fmt: skip


def _opening() -> list[Step]:
    """Is the main site lost, or only the way to it? Then: who must know, who must agree."""
    address = SERVICE_ADDRESS[MAIN]
    things = [{"host": "main-app", "port": 443, "over": address}, {"host": "main-app", "over": address}]
    others = [{"host": "user-1", "credential": "ssh-watch", "path": "the users' network"}]
    here = {"path": "the line between the sites", "witnesses": ["name-server", "user"]}
    sight = {"things": things, "here": here, "others": others, "rounds": 2, "pause": "1s"}
    return [
        {"id": "site-is-down", "do": "confirm_site_down", "with": sight, "modes": ["failover"]},
        {"id": "report", "do": "report_to", "with": {"to": ["role:superior"]}},
        # Two people look at the equipment while the committee meets; neither waits for the other.
        {"parallel": [{"id": "approve", "do": "approve", "modes": ALL_REAL}, _fence_lost_main()]},
    ]


def _drill() -> list[Step]:
    """Copy the replicas and run the application on them, at an address and a name that no user knows."""
    probe = {"url": f"https://{REHEARSED_APPLICATION}/health", "address": DRILL_ADDRESS, "expect": "good"}
    steps = [
        *(_newest(part) for part in _ENGINES),
        *(_copy(part) for part in _ENGINES),
        _start(RECOVERY, "application-drill"),
        {
            "id": "drill-address",
            "do": "switch_address",
            "with": {**_login("dr-app"), "address": f"{DRILL_ADDRESS}/24", "interface": "lan", "answers_on": 443},
            "undo": "itself",
        },
        _dns("drill-name", REHEARSED_APPLICATION, DRILL_ADDRESS),
        {"id": "drill-page", "do": "http", "with": {**probe, "authority": "/srv/wenyam/etc/authority.pem"}},
        {"id": "drill-service", "do": "test_service", "with": {"service": "erp", "address": DRILL_ADDRESS}},
    ]
    return [{**step, "modes": ["drill"]} for step in steps]


def _leave(site: str) -> list[Step]:
    """Stop everything that writes at a site that is alive."""
    mode, app = (["switchover"] if site == MAIN else ["failback"]), f"{site}-app"
    return [
        {"id": f"stop-{site}-address", **_service(app, "keepalived", "stop"), "modes": mode},
        {"id": f"stop-{site}-application", **_service(app, "application", "stop"), "modes": mode},
        {"id": f"stop-{site}-mariadb", **_read_only(site), "modes": mode},
        {"id": f"all-came-from-{site}", **_streams_to(other(site)), "modes": mode},
        {"id": f"stop-{site}-postgresql", **_service(f"{site}-pgsql", "postgresql", "stop"), "modes": mode},
        *([] if site == MAIN else [{"id": "fence-dr", "do": "fence", "with": {"proofs": _proofs(site)}, "modes": mode}]),
    ]


def _streams_to(site: str) -> Step:
    """Wait until the replica hears from its primary, before that is stopped: else the promotion would refuse, and users wait."""
    text = "SELECT count(*) > 0 FROM pg_stat_wal_receiver WHERE status = 'streaming'"
    asked = {"host": node_of(site, Part.POSTGRESQL).name, "credential": "sql-dr", "database": "erp", "engine": "postgresql",
             "text": text, "expect": "true"}  # fmt: skip
    return {"do": "wait_until", "with": {"do": "sql", "with": asked, "every": "1s", "within": "60s"}}


def _fence_main() -> Step:
    """Prove by looking that the main site cannot write."""
    return {"id": "fence-main", "do": "fence", "with": {"proofs": _proofs(MAIN)}, "modes": ["switchover"]}


def _fence_lost_main() -> Step:
    """Prove it by looking, and where nothing can be seen by the word of two people."""
    statement = {"by": ["role:superior", "role:duty_officer", "role:dr_committee"], "people": 2}
    options = {"proofs": _proofs(MAIN), "statement": statement}
    return {"id": "fence-lost-main", "do": "fence", "with": options, "modes": ["failover"]}


def _come_back() -> list[Step]:
    """Make what came back at the main site serve nobody, see what it had that the DR site never got, and let it follow."""
    why = "until the failback is through, the main site serves nobody"
    quiet = [
        {"id": f"quiet-main-{service}", **_service("main-app", service, "stop"), "undo": {"impossible": why}}
        for service in ("keepalived", "application")
    ]
    compare, follow = ([make(part) for part in _ENGINES] for make in (_compare, _follow_dr))
    return [{**step, "modes": ["failback"]} for step in (*quiet, *compare, *follow)]


def _arrive(site: str) -> list[Step]:
    """Let the other site write, then bring the users there."""
    modes = TO_DR if site == RECOVERY else ["failback"]
    app = f"{site}-app"
    address = {**_login(app), "address": f"{SERVICE_ADDRESS[site]}/24", "interface": "lan", "within": "20s", "answers_on": 443,
               "keepalived": {"service": "keepalived", "manager": "sysv"}}  # fmt: skip
    steps: list[Step] = [
        {"parallel": [{**_promote(site, part), "modes": modes} for part in _ENGINES]},
        {**_start(site, "application"), "modes": modes},
        {"id": f"{site}-address", "do": "switch_address", "with": address, "undo": "itself", "modes": modes},
        {**_dns(f"{site}-name", APPLICATION, SERVICE_ADDRESS[site]), "modes": modes},
        {"id": f"{site}-service", "do": "test_service", "with": {"service": "erp", "address": SERVICE_ADDRESS[site]},
         "modes": modes},
    ]  # fmt: skip
    behind = ["switchover"] if site == RECOVERY else ["failback"]
    return [*steps, *({**_follow(other(site), part, again=True), "modes": behind} for part in _ENGINES)]


def _closing() -> list[Step]:
    return [
        {"id": "users-test", "do": "user_test", "with": {"text": "write a letter and find it again"}},
        {"id": "announce", "do": "announce", "with": {"text": {"th": "ระบบ ERP ใช้งานได้ตามปกติ", "en": "ERP can be used"}},
         "modes": ALL_REAL},
    ]  # fmt: skip


def _proofs(site: str) -> list[dict[str, Any]]:
    """Return what shows that a site cannot write."""
    app = _login(f"{site}-app")
    database = {"host": f"{site}-mariadb", "credential": "sql-dr", "engine": "mariadb"}
    return [
        {"proof": "service_stopped", **app, "service": "application", "manager": "sysv"},
        {"proof": "address_withdrawn", **app, "address": SERVICE_ADDRESS[site]},
        {"proof": "service_stopped", **_login(f"{site}-pgsql"), "service": "postgresql", "manager": "sysv"},
        {"proof": "database_read_only", **database},
    ]


def _promote(site: str, part: Part) -> Step:
    replica = {"host": node_of(site, part).name, "credential": "sql-dr", "database": "erp"}
    primary = {"host": node_of(other(site), part).name, "credential": "sql-dr", "database": "erp"}
    options: dict[str, Any] = {**replica, "primary": primary, "catch_up": "30s"}
    if part is Part.POSTGRESQL:
        options["control_file"] = {**_login(node_of(other(site), part).name), "command": _CONTROL_FILE}
    if part is Part.MARIADB:
        options["newest_data"] = _NEWEST[part]
    back = {"do": "ssh", "with": {**_login(node_of(site, part).name), "command": [FOLLOW, node_of(other(site), part).address]}}
    return {"id": f"promote-{site}-{part}", "do": f"promote_{_ENGINES[part]}", "with": options, "undo": back}


def _compare(part: Part) -> Step:
    """See which rows the main site had and the DR site never got, before the main site's data is thrown away."""
    was, now = ({"host": node_of(site, part).name, "credential": "sql-dr", "database": "erp"} for site in (MAIN, RECOVERY))
    options = {"engine": _ENGINES[part], "was": was, "now": now, "text": "SELECT number FROM letters"}
    return {"id": f"lost-{_ENGINES[part]}", "do": "compare_rows", "with": options}


def _follow_dr(part: Part) -> Step:
    return _follow(MAIN, part)


def _follow(site: str, part: Part, *, again: bool = False) -> Step:
    """Make a site's server the replica of the other's, and see it follow."""
    node, leader = node_of(site, part), node_of(other(site), part)
    words = {**_login(node.name), "command": [FOLLOW, leader.address], "rehearsal": ["/usr/bin/test", "-x", FOLLOW]}
    name = f"{site}-{part}-follows-again" if again else f"{site}-{part}-follows"
    why = "what it held was not the newest data; the other site has that"
    return {"id": name, "do": "ssh", "with": words, "undo": {"impossible": why}, "tries": 3, "pause": "2s"}


def _newest(part: Part) -> Step:
    """Ask the replica how new its data is: what would be lost if the main site were."""
    database = {"host": node_of(RECOVERY, part).name, "credential": "sql-dr", "database": "erp", "engine": _ENGINES[part]}
    return {"id": f"newest-{part}", "do": "sql", "with": {**database, "text": _NEWEST[part], "newest_data": True}}


def _copy(part: Part) -> Step:
    host = node_of(RECOVERY, part).name
    # Who asks after a crash waits for what may still be working; the servers that are started do not keep the lock.
    command = {key: [_FLOCK, "-o", COPY_LOCK, DRILL_COPY, verb] for key, verb in _COPY_VERBS.items()}
    command["rehearsal"] = ["/usr/bin/test", "-x", DRILL_COPY]
    return {"id": f"copy-{part}", "do": "ssh", "with": {**_login(host), **command}, "undo": "itself"}


def _start(site: str, service: str) -> Step:
    options = {**_login(f"{site}-app"), "service": service, "manager": "sysv", "steady": "1s"}
    return {"id": f"start-{site}-{service}", "do": "start_service", "with": options, "undo": "itself"}


def _service(host: str, service: str, verb: str) -> Step:
    """Stop a service; taken back by starting it again."""
    words = {"command": [_SERVICE, service, verb], "back": [_SERVICE, service, "start"]}
    done = ["/usr/bin/test", "!", "-e", f"/run/lab/{service}.pid"]
    return {"do": "ssh", "with": {**_login(host), **words, "done": done}, "undo": "itself"}


def _read_only(site: str) -> Step:
    words = {"command": [*_MARIADB, "SET GLOBAL read_only = 1"], "back": [*_MARIADB, "SET GLOBAL read_only = 0"]}
    return {"do": "ssh", "with": {**_login(f"{site}-mariadb"), **words}, "undo": "itself"}


def _dns(name: str, whom: str, address: str) -> Step:
    update = {"address": NAME_SERVER, "credential": KEY_NAME}
    options: dict[str, Any] = {"zone": ZONE, "name": whom, "to": [address], "ttl": f"{TIME_TO_LIVE}s", "update": update}
    options["servers"] = [{"address": NAME_SERVER}]
    return {"id": name, "do": "switch_dns", "with": options, "undo": "itself"}


def _login(host: str) -> dict[str, Any]:
    return {"host": host, "credential": "ssh-dr"}
