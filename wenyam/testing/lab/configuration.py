"""Wenyam's configuration for the lab: the same devices, as their operators would have written them down."""

from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from wenyam.testing.lab.agents import SNMP_USER
from wenyam.testing.lab.plan import DEVICES, LINKS, MAIN, RECOVERY, WITNESSES, LabDevice
from wenyam.testing.lab.site import Site

READ_INTERVAL, WEB_INTERVAL = "15s", "10s"
_HEAD = "# Written by scripts/lab; every person, office and telephone number here is made up.\n"

_PEOPLE = {
    "somchai": ("สมชาย ใจดี", "Somchai Jaidee", "operator", 1),
    "suda": ("สุดา รักงาน", "Suda Rakngan", "operator", 2),
    "anan": ("อนันต์ เวรยาม", "Anan Wenyam", "superior", 3),
}

_SERVICES: dict[str, tuple[str, str, Any, str | None]] = {
    "e-saraban": ("ระบบสารบรรณอิเล็กทรอนิกส์", "e-Saraban", {"all": ["esaraban-web", "esaraban-db"]}, "esaraban-web"),
    "erp": ("ระบบบริหารทรัพยากรองค์กร (ERP)", "ERP", {"all": ["erp-app", "erp-db", "storage-1"]}, "erp-app"),
    "website": ("เว็บไซต์หน่วยงาน", "Public website", {"any": ["web-1", "web-2"]}, None),
    "hr": ("ระบบบริหารงานบุคคล", "Human resources", {"all": ["hr-app", "directory-1"]}, "hr-app"),
    "files": ("ระบบแฟ้มข้อมูลกลาง", "File server", {"all": ["files-1", {"any": ["storage-1", "dr-storage"]}]}, None),
    "mail": ("ระบบจดหมายอิเล็กทรอนิกส์", "Electronic mail", {"all": ["mail-1", "dns-1"]}, "mail-1"),
}
"""Thai name, English name, members, and the device whose login page is the service's own probe."""


def write(site: Site, folder: Path, exporter_port: int) -> None:
    """Write the configuration folder; its secrets are there already."""
    folder.mkdir(parents=True, exist_ok=True)
    parts: dict[str, dict[str, Any]] = {
        "wenyam.yaml": {"instance": _instance(site, exporter_port), **_organisation(), "witnesses": _witnesses()},
        "devices.yaml": {"devices": {device.name: _device(site, device) for device in DEVICES.values()}},
        "services.yaml": {"links": _links(), "services": _services(site), "groups": _groups(), "windows": _windows()},
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
        "exporter": {"listen": f"127.0.0.1:{exporter_port}"},
    }


def _organisation() -> dict[str, Any]:
    people = {
        name: {
            "name": {"th": thai, "en": english},
            "mail": f"{name}@lab.example",
            "telephone": f"02-000-000{last}",
            "roles": [role],
        }
        for name, (thai, english, role, last) in _PEOPLE.items()
    }
    return {
        "sites": {
            MAIN: {"label": {"th": "สำนักงานใหญ่", "en": "Head office"}, "hosting_centre": "ศูนย์ข้อมูลสมมติ"},
            RECOVERY: {"label": {"th": "ศูนย์คอมพิวเตอร์สำรอง", "en": "DR site"}},
        },
        "people": people,
        "credentials": {
            "snmp-read": {"kind": "snmp-community", "community": "file:secrets/snmp-community"},
            "snmp-secure": {
                "kind": "snmp-v3", "username": SNMP_USER, "authentication": "sha256", "privacy": "aes128",
                "authentication_key": "file:secrets/snmp-authentication", "privacy_key": "file:secrets/snmp-privacy",
            },
        },
        "defaults": {"owner": "somchai", "duty_officer": "suda"},
    }  # fmt: skip


def _device(site: Site, device: LabDevice) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "kind": device.kind,
        "label": {"th": device.thai, "en": device.english},
        "address": device.address,
        "site": device.site,
        "alive": {"any_of": ["icmp"], "interval": "5s", "timeout": "1s", "after": 3, "of": 3, "recheck": "1s"},
    }
    if device.parent:
        entry["parents"] = [device.parent]
    credentials = _credentials(device)
    if credentials:
        entry["credentials"] = credentials
    entry["reads"] = _reads(site.ports, device)
    return entry


def _credentials(device: LabDevice) -> dict[str, str]:
    found = {}
    if device.agent or device.recording:
        found["snmp"] = "snmp-secure" if device.agent == "3" else "snmp-read"
    return found


def _reads(ports: Mapping[str, int], device: LabDevice) -> dict[str, Any]:
    reads: dict[str, Any] = {}
    if device.agent or device.recording:
        version = {"version": "3" if device.agent == "3" else "2c"}
        reads["snmp"] = {"collector": "snmp", "interval": READ_INTERVAL, "timeout": "10s", "port": ports["snmp"], **version}
    if device.web:
        reads["web"] = _page(ports, device)
    return reads


def _page(ports: Mapping[str, int], device: LabDevice) -> dict[str, Any]:
    port = "" if ports["http"] == 80 else f":{ports['http']}"  # noqa: PLR2004  # the port of http (RFC 9110)
    return {
        "collector": "http",
        "url": f"http://{device.address}{port}/login",
        "interval": WEB_INTERVAL,
        "timeout": "5s",
        "expect_text": "เข้าสู่ระบบ",
    }


def _services(site: Site) -> dict[str, Any]:
    entries: dict[str, Any] = {}
    for name, (thai, english, members, front) in _SERVICES.items():
        entries[name] = {"label": {"th": thai, "en": english}, "members": members}
        if front:
            entries[name]["probes"] = {"login": _page(site.ports, DEVICES[front])}
    return entries


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
    return {"network": {"label": {"th": "อุปกรณ์เครือข่าย", "en": "Network"}, "members": network}}


def _windows() -> dict[str, Any]:
    return {
        "patching": {
            "subjects": ["service:website", "web-1", "web-2"], "schedule": "every sun 01:00", "duration": "2h",
            "reason": "monthly operating system updates", "approved_by": "anan", "approved_at": "2026-01-05T09:00+07:00",
        }
    }  # fmt: skip


def _witnesses() -> dict[str, Any]:
    behind = {"ministry": "core-1"}
    return {
        name: {"address": address, **({"behind": behind[name]} if name in behind else {})} for name, address in WITNESSES.items()
    }


def _yaml(content: dict[str, Any]) -> str:
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.allow_unicode = True
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # the library types it by its default
    out = StringIO()
    writer.dump(content, out)
    return out.getvalue()
