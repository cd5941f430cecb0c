"""The application at each site: nginx with TLS before a small program, and keepalived that carries the site's address."""

import json
import sys

from wenyam.testing.certificates import TestAuthority
from wenyam.testing.lab.private_files import write_private
from wenyam.testing.sites import mariadb, postgresql
from wenyam.testing.sites.machines import Machines
from wenyam.testing.sites.plan import (
    APPLICATION,
    DRILL_ADDRESS,
    MAIN,
    REHEARSED_APPLICATION,
    SERVICE_ADDRESS,
    Node,
    Part,
    node_of,
)
from wenyam.testing.sites.scripts import COPY_PORT
from wenyam.testing.sites.secrets import SiteSecrets
from wenyam.testing.sites.services import Service

APPLICATION_PORT, DRILL_PORT = 8000, 8001
_NGINX = """\
user www-data;
daemon off;
pid /run/lab/nginx-own.pid;
error_log stderr;
worker_processes 1;
events {{ worker_connections 256; }}
http {{
  access_log off;
  default_type text/html;
  client_body_temp_path /run/lab/body; proxy_temp_path /run/lab/proxy; fastcgi_temp_path /run/lab/fastcgi;
  uwsgi_temp_path /run/lab/uwsgi; scgi_temp_path /run/lab/scgi;
  server {{
    listen 80; listen 443 ssl;
    ssl_certificate /srv/tls/chain.pem; ssl_certificate_key /srv/tls/key.pem;
    location / {{ proxy_pass http://127.0.0.1:{port}; proxy_connect_timeout 2s; proxy_read_timeout 5s; }}
  }}
  server {{
    listen {drill_address}:443 ssl;
    ssl_certificate /srv/tls/chain.pem; ssl_certificate_key /srv/tls/key.pem;
    location / {{ proxy_pass http://127.0.0.1:{drill_port}; proxy_connect_timeout 2s; proxy_read_timeout 5s; }}
  }}
}}
"""
_KEEPALIVED = """\
global_defs {{ router_id {name} }}
vrrp_instance application {{
  state MASTER
  interface lan
  virtual_router_id 51
  version 3
  priority 200
  advert_int 0.2
  virtual_ipaddress {{ {address}/24 dev lan }}
}}
"""


def application(machines: Machines, node: Node, secrets: SiteSecrets, authority: TestAuthority) -> tuple[Service, ...]:
    """Prepare the application of a site; at the DR site only nginx and the SSH server start by themselves."""
    disk, boots = machines.disk(node), node.site == MAIN
    for name in ("tls", "nginx", "keepalived", "application"):
        (disk / name).mkdir(exist_ok=True)
    names = (APPLICATION, REHEARSED_APPLICATION, SERVICE_ADDRESS[node.site], DRILL_ADDRESS, node.address)
    chain, key = authority.issue(node.name, *names)
    write_private(disk / "tls" / "key.pem", key.read_text(encoding="ascii"))
    (disk / "tls" / "chain.pem").write_text(chain.read_text(encoding="ascii"), encoding="ascii")
    nginx = _NGINX.format(port=APPLICATION_PORT, drill_port=DRILL_PORT, drill_address=DRILL_ADDRESS)
    (disk / "nginx" / "nginx.conf").write_text(nginx, encoding="ascii")
    held = _KEEPALIVED.format(name=node.name, address=SERVICE_ADDRESS[node.site])
    (disk / "keepalived" / "keepalived.conf").write_text(held, encoding="ascii")
    write_private(disk / "application" / "settings.json", _settings(node.site, secrets, drill=False))
    services = (
        Service("application", program("settings"), port=APPLICATION_PORT, boots=boots),
        Service("nginx", ("/usr/sbin/nginx", "-c", "/srv/nginx/nginx.conf"), stop="QUIT", port=443),
        Service("keepalived", _keepalived_words(), boots=boots),
    )
    if boots:
        return services
    write_private(disk / "application" / "drill.json", _settings(node.site, secrets, drill=True))
    return (*services, Service("application-drill", program("drill"), port=DRILL_PORT, boots=False))


def program(settings: str) -> tuple[str, ...]:
    """Return the words that start the application with these settings."""
    return (sys.executable, "-m", "wenyam.testing.sites.app", f"/srv/application/{settings}.json")


def _settings(site: str, secrets: SiteSecrets, *, drill: bool) -> str:
    settings = {
        "site": f"{site}-drill" if drill else site,
        "port": DRILL_PORT if drill else APPLICATION_PORT,
        "password": secrets.read("application"),
        "postgresql": {
            "host": node_of(site, Part.POSTGRESQL).address,
            "port": COPY_PORT[Part.POSTGRESQL] if drill else postgresql.PORT,
        },
        "mariadb": {"host": node_of(site, Part.MARIADB).address, "port": COPY_PORT[Part.MARIADB] if drill else mariadb.PORT},
    }
    return json.dumps(settings, indent=1) + "\n"


def _keepalived_words() -> tuple[str, ...]:
    files = ("-f", "/srv/keepalived/keepalived.conf", "-p", "/run/keepalived.pid", "-r", "/run/keepalived-vrrp.pid")
    return ("/usr/sbin/keepalived", "--dont-fork", "--vrrp", "--log-console", *files)
