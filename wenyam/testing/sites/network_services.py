"""What carries and filters packets: FRR on the core routers, nftables on the firewalls, and the name server."""

import shutil

from wenyam.testing.sites.machines import Machines
from wenyam.testing.sites.plan import (
    APPLICATION,
    MAIN,
    NAME_SERVER,
    REHEARSED_APPLICATION,
    SERVICE_ADDRESS,
    TIME_TO_LIVE,
    USER_NETWORK,
    ZONE,
    Node,
    Part,
    node_of,
    static_routes,
)
from wenyam.testing.sites.secrets import UPDATE_KEY, SiteSecrets
from wenyam.testing.sites.services import Service

KEY_NAME = "wenyam-dr"
_FRR = "/usr/lib/frr"
_RULES = """\
flush ruleset
table inet site {{
 chain forward {{
  type filter hook forward priority 0; policy drop;
  ct state established,related accept
  iifname "outside" ip daddr {service_address} tcp dport {{ 80, 443 }} accept
  iifname "outside" ip daddr {service_address} icmp type echo-request accept
  iifname "inside" ip saddr {watch} ip daddr {users} accept
  iifname "inside" ip daddr {name_server} meta l4proto {{ tcp, udp }} th dport 53 accept
 }}
 chain input {{
  type filter hook input priority 0; policy drop;
  ct state established,related accept
  iifname {{ "lo", "inside" }} accept
  icmp type echo-request accept
 }}
}}
"""
_NAMED = """\
key "{key}" {{ algorithm hmac-sha256; secret "{secret}"; }};
options {{
  directory "/srv/named"; pid-file "/run/lab/named-own.pid"; session-keyfile "/srv/named/session.key";
  listen-on {{ any; }}; listen-on-v6 {{ none; }}; recursion no; empty-zones-enable no;
  dnssec-validation no; minimal-responses yes;
}};
controls {{ }};
zone "{zone}" {{
  type primary; file "/srv/named/zone";
  update-policy {{ grant {key} name {application}. A; grant {key} name {rehearsed}. A; }};
}};
"""


def router(machines: Machines, node: Node) -> tuple[Service, ...]:
    """Prepare FRR: zebra and the daemon of static routes."""
    home = machines.disk(node) / "frr"
    home.mkdir(exist_ok=True)
    routes = "".join(f"ip route {target} {gateway}\n" for target, gateway in static_routes(node.site))
    (home / "zebra.conf").write_text(f"hostname {node.name}\nlog stdout informational\n", encoding="ascii")
    (home / "staticd.conf").write_text(f"hostname {node.name}\nlog stdout informational\n{routes}", encoding="ascii")
    return tuple(_frr_daemon(name) for name in ("zebra", "staticd"))


def firewall(machines: Machines, node: Node) -> tuple[Service, ...]:
    """Prepare the rules: users reach the application and nothing else."""
    home = machines.disk(node) / "firewall"
    home.mkdir(exist_ok=True)
    watch = node_of(node.site, Part.WATCH).address
    rules = _RULES.format(service_address=SERVICE_ADDRESS[node.site], watch=watch, users=USER_NETWORK, name_server=NAME_SERVER)
    (home / "rules").write_text(rules, encoding="ascii")
    return (Service("firewall", ("/usr/sbin/nft", "-f", "/srv/firewall/rules"), undo=("/usr/sbin/nft", "flush", "ruleset")),)


def name_server(machines: Machines, node: Node, secrets: SiteSecrets) -> tuple[Service, ...]:
    """Prepare BIND: the primary of the zone, which takes signed updates of the application's name."""
    home = machines.disk(node) / "named"
    home.mkdir(exist_ok=True)
    records = (
        f"$TTL {TIME_TO_LIVE}", f"@ IN SOA names hostmaster 1 3600 600 86400 {TIME_TO_LIVE}", "@ IN NS names",
        f"names IN A {NAME_SERVER}", f"{APPLICATION}. IN A {SERVICE_ADDRESS[MAIN]}",
    )  # fmt: skip
    (home / "zone").write_text("\n".join(records) + "\n", encoding="ascii")
    text = _NAMED.format(
        key=KEY_NAME, secret=secrets.read(UPDATE_KEY), zone=ZONE, application=APPLICATION, rehearsed=REHEARSED_APPLICATION
    )
    (home / "named.conf").write_text(text, encoding="ascii")
    (home / "named.conf").chmod(0o640)
    for path in (home, home / "zone", home / "named.conf"):
        shutil.chown(path, "bind", "bind")
    return (Service("named", ("/usr/sbin/named", "-g", "-n", "1", "-u", "bind", "-c", "/srv/named/named.conf"), port=53),)


def _frr_daemon(name: str) -> Service:
    words = (
        f"{_FRR}/{name}",
        "-f",
        f"/srv/frr/{name}.conf",
        "-i",
        f"/run/frr/{name}.pid",
        "-A",
        "127.0.0.1",
        "-u",
        "frr",
        "-g",
        "frr",
    )
    return Service(name, (*words, "--log", "stdout"))
