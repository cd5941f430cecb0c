"""The lab's backup jobs, as its operators would have written them down: two databases, documents, a router, Wenyam itself."""

from typing import Any

from wenyam.testing.lab.plan import DEVICES, MAIN, PERSONNEL_SERVER, PORTS, RECOVERY
from wenyam.testing.lab.site import Site
from wenyam.testing.rclone import USER

REPOSITORIES = ("main", "dr", "vault")
"""Where backups are kept, the first place first."""
DR_HOST, ROUTER = "dr-host", "router-1"
VAULT = next(device.name for device in DEVICES.values() if device.vault)
DUMP_USER = "wenyam_backup"
_SCRATCH_ACCOUNT = "postgres"
_ROOM = "64MiB"


def sections(site: Site) -> dict[str, Any]:
    """Return the part of the configuration that is about backups."""
    return {
        "backup": {
            "spool": str(site.kept / "spool"),
            "scratch": str(site.data / "t"),  # where another account can reach it, and short enough for sockets in it
            "scratch_user": _SCRATCH_ACCOUNT,
        },
        "credentials": _credentials(),
        "repositories": _repositories(site),
        "backups": {name: {**_everywhere(), **job} for name, job in _jobs(site).items()},
    }


def _credentials() -> dict[str, Any]:
    return {
        "esaraban-dump": {"kind": "sql", "username": DUMP_USER, "password": "file:secrets/esaraban-dump"},
        "erp-dump": {"kind": "sql", "username": DUMP_USER, "password": "file:secrets/erp-dump"},
        "vault-login": {"kind": "http-basic", "username": USER, "password": "file:secrets/vault-login"},
    }


def _repositories(site: Site) -> dict[str, Any]:
    authority = str(site.authority / "authority.pem")
    places: dict[str, dict[str, Any]] = {
        "main": {"kind": "local", "path": str(site.kept / "main"), "site": MAIN},
        "dr": {
            "kind": "sftp",
            "host": DEVICES[DR_HOST].address,
            "path": str(site.kept / "dr"),
            "credential": "ssh-watch",
            "site": RECOVERY,
            **_port(site, "ssh"),
        },
        "vault": {
            "kind": "rest",
            "url": f"https://{DEVICES[VAULT].address}:{site.ports['vault']}/wenyam/",
            "authority": authority,
            "credential": "vault-login",
            "append_only": True,
            "site": MAIN,
        },
    }
    return {name: {**place, "key": f"file:secrets/repository-{name}", "minimum_free": _ROOM} for name, place in places.items()}


def _everywhere() -> dict[str, Any]:
    first, *copies = REPOSITORIES
    return {"schedule": "every 1h", "window": "30m", "repository": first, "copies": copies}


def _jobs(site: Site) -> dict[str, dict[str, Any]]:
    return {
        "esaraban": {
            "source": "postgresql", "databases": ["esaraban"], "device": "esaraban-db", "credential": "esaraban-dump",
            "covers": ["esaraban-db", "service:e-saraban"], **_port(site, "postgres"),
            "restore": _restore("SELECT count(*) FROM letters", "200"),
        },
        "erp": {
            "source": "mariadb", "databases": ["erp"], "device": "erp-db", "credential": "erp-dump",
            "covers": ["erp-db", "service:erp"], **_port(site, "mariadb"), "personal_data": True,
            "restore": _restore("SELECT count(*) FROM orders", "200"),
        },
        "hr-documents": {
            "source": "files", "paths": [str(site.documents)], "device": PERSONNEL_SERVER, "credential": "ssh-watch",
            "covers": [PERSONNEL_SERVER, "service:hr"], **_port(site, "ssh"), "personal_data": True,
            "owners": not site.own_network,  # where root is root of one user only, owners cannot be set
            "restore": _restore(f"{site.documents}/แฟ้ม 0/ทะเบียนประวัติ.txt", "เอกสารสมมติของงานบุคคล หน้า 0"),
        },
        "router-config": {
            # Its login shell is vtysh itself, so the command stands alone.
            "source": "network_config", "family": "frr", "commands": ["show running-config"], "device": ROUTER,
            "credential": "ssh-watch", "covers": [ROUTER], **_port(site, "ssh"), "restore": _restore(),
        },
        "wenyam-itself": {
            "source": "own", "state_directory": str(site.directory / "state"), "configuration": str(site.directory / "etc"),
            "covers": [], "restore": _restore(),
        },
    }  # fmt: skip


def _restore(ask: str = "", expect: str = "") -> dict[str, Any]:
    return {"schedule": "every day 04:00", **({"questions": [{"ask": ask, "expect": expect}]} if ask else {})}


def _port(site: Site, server: str) -> dict[str, int]:
    """Return the port where it is not the usual one."""
    return {} if site.ports[server] == PORTS[server] else {"port": site.ports[server]}
