"""Bringing the two sites up: fabric, machines, servers in the order they need each other, until the application answers."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from wenyam.testing.certificates import TestAuthority
from wenyam.testing.lab.errors import LabError
from wenyam.testing.sites import mariadb, namespaces, postgresql
from wenyam.testing.sites.ground import copy_etc, lay_ground
from wenyam.testing.sites.machines import Machines
from wenyam.testing.sites.network_services import firewall, name_server, router
from wenyam.testing.sites.plan import APPLICATION, MAIN, NETWORKS, NODES, RECOVERY, SERVICE_ADDRESS, Node, Part, node_of
from wenyam.testing.sites.scripts import write_database_scripts
from wenyam.testing.sites.secrets import SiteSecrets
from wenyam.testing.sites.services import Service, write_scripts
from wenyam.testing.sites.watching import record_host_keys, watcher
from wenyam.testing.sites.web import application

WORKERS = 4


class Builder:
    """Builds one lab on the fabric that already stands; its caller holds the lab's lock."""

    def __init__(self, machines: Machines, say: Callable[[str], None]) -> None:
        """Take the machines; `say` is told what goes on."""
        self.machines = machines
        self._say = say
        self.secrets = SiteSecrets(machines.directory)

    def build(self) -> None:
        """Start everything and wait until it answers."""
        started = time.monotonic()
        self.describe()
        namespaces.lay_bridges(self.machines.record.fabric.pid, NETWORKS)
        self._each(NODES.values(), self.machines.switch_on)
        self._say(f"{len(NODES)} machines are on after {time.monotonic() - started:.1f} s")
        databases = (self._raise_postgresql, self._raise_mariadb)
        others = [node for node in NODES.values() if node.part not in (Part.POSTGRESQL, Part.MARIADB, Part.WATCH)]
        with ThreadPoolExecutor(WORKERS) as pool:
            for done in [*(pool.submit(work) for work in databases), *(pool.submit(self.boot, node) for node in others)]:
                done.result()
        self.await_application(MAIN)
        self._say(f"the application answers users after {time.monotonic() - started:.1f} s")
        self._each([node_of(site, Part.WATCH) for site in (MAIN, RECOVERY)], self.boot)
        self._say(f"a Wenyam watches at each site after {time.monotonic() - started:.1f} s")

    def describe(self) -> None:
        """Write the files of every machine and note which services it has; starts nothing."""
        self.secrets.make()
        copy_etc(self.machines.directory)
        authority = TestAuthority(self.machines.directory / "authority")
        for node in NODES.values():
            services = [lay_ground(self.machines, node, self.secrets), *self._services(node, authority)]
            write_scripts(self.machines.place(node) / "init.d", services)
            self.machines.record.services[node.name] = services
        record_host_keys(self.machines)

    def boot(self, node: Node) -> None:
        """Start what a machine starts when it is switched on."""
        self.machines.switch_on(node)
        self.machines.start(node, [each for each in self.machines.record.services[node.name] if each.boots])

    def boot_all(self, nodes: Iterable[Node]) -> None:
        """Switch machines on together and start what they start by themselves."""
        nodes = tuple(nodes)
        self._each(nodes, self.machines.switch_on)
        self._each(nodes, self.boot)

    def await_application(self, site: str) -> None:
        """Wait until a user can keep rows at a site."""
        user, words = NODES["user-1"], ("/usr/bin/curl", "--silent", "--show-error", "--fail", "--max-time", "3")
        authority = str(self.machines.directory / "authority" / "authority.pem")
        where = (
            "--cacert",
            authority,
            "--resolve",
            f"{APPLICATION}:443:{SERVICE_ADDRESS[site]}",
            f"https://{APPLICATION}/health",
        )

        def answers() -> bool:
            try:
                self.machines.run(user, *words, *where)
            except LabError:
                return False
            return True

        self.machines.wait(f"the application at {site}", answers)

    def _services(self, node: Node, authority: TestAuthority) -> tuple[Service, ...]:
        if node.part in (Part.POSTGRESQL, Part.MARIADB):
            write_database_scripts(self.machines.disk(node), node)
        if node.part is Part.POSTGRESQL:
            postgresql.prepare(self.machines, node, self.secrets)
            return (postgresql.service(),)
        if node.part is Part.MARIADB:
            mariadb.prepare(self.machines, node, self.secrets)
            return (mariadb.service(),)
        if node.part is Part.APPLICATION:
            return application(self.machines, node, self.secrets, authority)
        if node.part is Part.WATCH:
            return watcher(self.machines, node, self.secrets, authority)
        if node.part is Part.NAMES:
            return name_server(self.machines, node, self.secrets)
        prepare = {Part.ROUTER: router, Part.FIREWALL: firewall}.get(node.part)
        return prepare(self.machines, node) if prepare else ()

    def _raise_postgresql(self) -> None:
        leader, follower = (node_of(site, Part.POSTGRESQL) for site in (MAIN, RECOVERY))
        postgresql.install(self.machines, leader)
        self.boot(leader)
        self.machines.wait("PostgreSQL", partial(_answers, partial(postgresql.ask, self.machines, leader, "SELECT 1")))
        postgresql.fill(self.machines, leader, self.secrets)
        self._await_line(follower, leader)
        postgresql.follow(self.machines, follower, leader)
        self.boot(follower)

    def _raise_mariadb(self) -> None:
        leader, follower = (node_of(site, Part.MARIADB) for site in (MAIN, RECOVERY))
        mariadb.install(self.machines, leader)
        mariadb.copy_empty(self.machines, leader, follower)
        for node in (leader, follower):
            self.boot(node)
            self.machines.wait(node.name, partial(_answers, partial(mariadb.ask, self.machines, node, "SELECT 1")))
        mariadb.fill(self.machines, leader)
        self._await_line(follower, leader)
        mariadb.follow(self.machines, follower, leader, self.secrets)

    def _await_line(self, source: Node, target: Node) -> None:
        ping = ("/usr/bin/ping", "-c1", "-W1", target.address)
        self.machines.wait("the line between the sites", lambda: _answers(lambda: self.machines.run(source, *ping)))

    def _each(self, nodes: Iterable[Node], work: Callable[[Node], None]) -> None:
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(work, nodes))


def _answers(question: Callable[[], object]) -> bool:
    try:
        question()
    except LabError:
        return False
    return True
