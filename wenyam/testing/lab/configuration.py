"""Wenyam's configuration for the lab: the same devices, as their operators would have written them down."""

import getpass
import grp
import os
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from wenyam.testing.lab import backups, reads
from wenyam.testing.lab.agents import AUTHENTICATION, PRIVACY, SHARE, SNMP_USER
from wenyam.testing.lab.ground import CARRIER
from wenyam.testing.lab.plan import DEVICES, FILE_SERVER, LINKS, MAIN, RECOVERY, WITNESSES, LabDevice
from wenyam.testing.lab.secrets import SUPERIOR_KEY
from wenyam.testing.lab.site import Site

_HEAD = "# Written by scripts/lab at every 'up'; every person, office, company and telephone number here is made up.\n"

_PEOPLE = {
    "somchai": ("สมชาย ใจดี", "Somchai Jaidee", ["operator"]),
    "suda": ("สุดา รักงาน", "Suda Rakngan", ["duty_officer"]),
    "anan": ("อนันต์ เวรยาม", "Anan Wenyam", ["superior"]),
}

_SERVICES: dict[str, tuple[str, str, Any]] = {
    "e-saraban": ("ระบบสารบรรณอิเล็กทรอนิกส์", "e-Saraban", {"all": ["esaraban-web", "esaraban-db"]}),
    "erp": ("ระบบบริหารทรัพยากรองค์กร (ERP)", "ERP", {"all": ["erp-app", "erp-db", "storage-1"]}),
    "website": ("เว็บไซต์หน่วยงาน", "Public website", {"any": ["web-1", "web-2"]}),
    "hr": ("ระบบบริหารงานบุคคล", "Human resources", {"all": ["hr-app", "directory-1"]}),
    "files": ("ระบบแฟ้มข้อมูลกลาง", "File server", {"all": [FILE_SERVER, {"any": ["storage-1", "dr-storage"]}]}),
    "mail": ("ระบบจดหมายอิเล็กทรอนิกส์", "Electronic mail", {"all": ["mail-1", "dns-1"]}),
}
"""Thai name, English name, members."""

_MARKED = {
    "core-1": ["mgmt0", "Vlan50"],
    "dist-1": ["Gi1/0/1"],
    "dist-2": ["Gi0/49"],
    "router-1": ["lan0", "wan0", "dr0"],
    "firewall-1": ["port1"],
}
_IN_SERVICE = {"core-1": "2017-10-01", "storage-1": "2016-03-15", "ups-1": "2020-06-01", "erp-app": "2023-01-09"}
_CONTRACT = {
    "contractor": "บริษัท ตัวอย่างบำรุงรักษา จำกัด",
    "reference": "ตย. 12/2569",
    "valid_until": "2027-09-30",
    "telephone": "02-000-0009",
}
_CONTRACTED = ("core-1", "storage-1", "ups-1")
_PERSONAL = ("hr-app", "erp-db")
_QUICK = {"after": 2, "recheck": "5s"}
_QUICK_CHECKS = {
    "server": ("certificate", "certificate-valid", "page-text", "dns-answer"),
    "switch": ("interfaces", "fans", "power-supplies", "components", "temperature"),
    "router": ("interfaces",),
    "firewall": ("interfaces", "tunnels", "cluster"),
    "storage": ("disks", "raid", "volumes", "components"),
    "ups": ("charge", "load", "components"),
    "sensor": ("temperature",),
}
"""Checks of the shipped kinds that are judged sooner here, so that a fault is seen while somebody watches."""
_OF_THIS_MACHINE = ("cpu", "memory", "filesystem", "inodes", "clock", "clock-behind", "services")
"""What the lab's Linux servers would say about the one machine they all run on; measured and shown, not judged."""


def write(site: Site, folder: Path, exporter_port: int) -> None:
    """Write the configuration folder; its secrets are there already."""
    folder.mkdir(parents=True, exist_ok=True)
    parts: dict[str, dict[str, Any]] = {
        "wenyam.yaml": {
            "instance": _instance(site, exporter_port),
            **_organisation(site),
            "credentials": _credentials(site),
            "kinds": _kinds(),
            "witnesses": _witnesses(),
        },
        "devices.yaml": {"devices": {device.name: _device(site, device) for device in DEVICES.values()}},
        "services.yaml": {"links": _links(), "services": _services(site), "groups": _groups(), "windows": _windows()},
        "backups.yaml": backups.sections(site),
    }
    for name, content in parts.items():
        (folder / name).write_text(_HEAD + _yaml(content), encoding="utf-8")


def _instance(site: Site, exporter_port: int) -> dict[str, Any]:
    return {
        "name": "wenyam-lab",
        "site": MAIN,
        "state_directory": str(site.directory / "state"),
        "run_directory": str(site.directory / "run"),
        "language": "th",
        "time_zone": "Asia/Bangkok",
        "credential_retry": "30s",
        "operators_group": grp.getgrgid(os.getegid()).gr_name,
        "exporter": {"listen": f"127.0.0.1:{exporter_port}"},
    }


def _organisation(site: Site) -> dict[str, Any]:
    people: dict[str, dict[str, Any]] = {
        name: {
            "name": {"th": thai, "en": english},
            "mail": f"{name}@agency.test",
            "telephone": f"02-000-000{number}",
            "roles": roles,
        }
        for number, (name, (thai, english, roles)) in enumerate(_PEOPLE.items(), start=1)
    }
    people["somchai"]["os_user"] = getpass.getuser()
    people["anan"]["keys"] = [{"public": site.secrets.public(SUPERIOR_KEY)}]
    return {
        "sites": {
            MAIN: {"label": {"th": "สำนักงานใหญ่", "en": "Head office"}, "hosting_centre": "ศูนย์ข้อมูลสมมติ"},
            RECOVERY: {"label": {"th": "ศูนย์คอมพิวเตอร์สำรอง", "en": "DR site"}, "hosting_centre": "ศูนย์ข้อมูลสมมติ"},
        },
        "people": people,
        "defaults": {"owner": "somchai", "duty_officer": "suda"},
    }


def _credentials(site: Site) -> dict[str, Any]:
    return {
        "snmp-read": {"kind": "snmp-community", "community": "file:secrets/snmp-community"},
        "snmp-secure": {
            "kind": "snmp-v3",
            "username": SNMP_USER,
            "authentication": AUTHENTICATION,
            "authentication_key": "file:secrets/snmp-authentication",
            "privacy": PRIVACY,
            "privacy_key": "file:secrets/snmp-privacy",
        },
        "ssh-watch": {"kind": "ssh-key", "username": site.username, "key": "file:secrets/id_ed25519"},
        "esaraban-sql": {"kind": "sql", "username": "wenyam", "password": "file:secrets/esaraban-sql"},
        "erp-sql": {"kind": "sql", "username": "wenyam", "password": "file:secrets/erp-sql"},
    }


def _kinds() -> dict[str, Any]:
    return {
        kind: {"interval": reads.INTERVAL, "timeout": "10s", "checks": {name: dict(_QUICK) for name in names}}
        for kind, names in _QUICK_CHECKS.items()
    }


def _device(site: Site, device: LabDevice) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "kind": device.kind,
        "label": {"th": device.thai, "en": device.english},
        "address": device.address,
        "site": device.site,
        "criticality": "high" if device.name == "core-1" else "normal",
    }
    if device.parent:
        entry["parents"] = [device.parent]
    if device.name in _IN_SERVICE:
        entry["in_service"] = _IN_SERVICE[device.name]
    if device.name in _CONTRACTED:
        entry["contract"] = dict(_CONTRACT)
    if device.name in _PERSONAL:
        entry["personal_data"] = True
    if device.name in _MARKED:
        entry["marked_interfaces"] = _MARKED[device.name]
    credentials = reads.credentials(device)
    if credentials:
        entry["credentials"] = credentials
    entry["reads"] = reads.of_device(site, device)
    checks = _checks(device)
    if checks:
        entry["checks"] = checks
    return entry


def _checks(device: LabDevice) -> dict[str, Any]:
    if device.name == "core-1":
        return {"temperature": {"warn": 85, "crit": 95}}  # one of its sensors sits on a chip that runs at 76 °C
    if device.agent is None and not device.ssh:
        return {}
    checks: dict[str, Any] = (
        dict.fromkeys(_OF_THIS_MACHINE, False) if device.kind != "router" else {"cpu": False, "memory": False}
    )
    if device.name == FILE_SERVER:
        limits = {"warn": "85%", "crit": "95%"}
        sample = {"check": "threshold", "sample": "filesystem_utilization_ratio", "labels": {"mount": SHARE}}
        checks["filesystem"] = {**sample, **limits, **_QUICK}
    return checks


def _services(site: Site) -> dict[str, Any]:
    return {
        name: {
            "label": {"th": thai, "en": english},
            "members": members,
            "personal_data": name == "hr",
            "after": 2,
            "recheck": "2s",
            **reads.of_service(site, name),
        }
        for name, (thai, english, members) in _SERVICES.items()
    }


def _links() -> dict[str, Any]:
    near = {"isp-1": "wan0", "dr-line": "dr0"}
    return {
        link.name: {
            "label": {"th": link.thai, "en": link.english},
            "site": MAIN,
            "near": {"device": "router-1", "interface": near[link.name]},
            "provider": link.beyond[0],
            "far": link.beyond[1],
        }
        for link in LINKS.values()
    }


def _groups() -> dict[str, Any]:
    network = [device.name for device in DEVICES.values() if device.kind in ("switch", "router", "firewall")]
    return {
        "network": {"label": {"th": "อุปกรณ์เครือข่าย", "en": "Network"}, "members": network},
        "systems": {
            "label": {"th": "ระบบสารสนเทศ", "en": "Information systems"},
            "members": [f"service:{name}" for name in _SERVICES],
        },
    }


def _windows() -> dict[str, Any]:
    return {
        "patching": {
            "subjects": ["service:website", "web-1", "web-2"],
            "schedule": "every sun 01:00",
            "duration": "2h",
            "reason": "monthly operating system updates",
            "approved_by": "anan",
            "approved_at": "2026-01-05T09:00+07:00",
        }
    }


def _witnesses() -> dict[str, Any]:
    return {
        "ministry": {"address": WITNESSES["ministry"], "behind": "core-1"},
        "provider": {"address": WITNESSES["provider"], "interface": CARRIER},
    }


def _yaml(content: dict[str, Any]) -> str:
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.allow_unicode = True
    writer.width = 120
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # the library types it by its default
    out = StringIO()
    writer.dump(content, out)
    return out.getvalue()
