"""What Wenyam reads in the lab: per device and per service, with the ports this lab has."""

from typing import Any

from wenyam.testing.lab.plan import DEVICES, PORTS, LabDevice
from wenyam.testing.lab.site import Site

INTERVAL, PROBE_INTERVAL = "15s", "10s"
LOGIN_TEXT = "เข้าสู่ระบบ"
_FRONTS = {"e-saraban": "esaraban-web", "erp": "erp-app", "hr": "hr-app", "mail": "mail-1"}
"""The device whose login page is a service's own probe."""
_ENGINES = {"postgres": "postgresql", "mariadb": "mariadb"}
_TEST_DRIVER = "test:///default"
"""libvirt's own driver that plays machines where no hypervisor is (libvirt.org/drvtest.html)."""
_QUESTIONS = {"postgres": ("esaraban", "letters"), "mariadb": ("erp", "orders")}
"""Database and the table whose rows are counted."""


def credentials(device: LabDevice) -> dict[str, str]:
    """Return the credential of a device by collector."""
    found = {}
    if device.agent or device.recording:
        found["snmp"] = "snmp-secure" if device.agent == "3" else "snmp-read"
    if device.ssh and not device.router:
        found["ssh"] = "ssh-watch"
    if device.hypervisor:
        found["virsh"] = "ssh-watch"
    if device.database:
        found["sql"] = "esaraban-sql" if device.database == "postgres" else "erp-sql"
    return found


def of_device(site: Site, device: LabDevice) -> dict[str, Any]:
    """Return the readings of a device."""
    present = {
        "snmp": _snmp(site, device) if device.agent or device.recording else None,
        "ssh": {"collector": "ssh", **_port(site, "ssh")} if device.ssh and not device.router else None,
        "shell": {"collector": "tcp", "port": site.ports["ssh"]} if device.router else None,
        "machines": {"collector": "virsh", "uri": _TEST_DRIVER, **_port(site, "ssh")} if device.hypervisor else None,
        "web": _page(site, device) if device.web else None,
        "certificate": _certificate(site, device) if device.web else None,
        "database": _query(site, device) if device.database else None,
        "names": _name(site) if device.dns else None,
        "ping": {"collector": "icmp"} if device.kind in ("switch", "router", "firewall") else None,
    }
    return {job: {"interval": INTERVAL, "timeout": "10s", **plan} for job, plan in present.items() if plan}


def of_service(site: Site, service: str) -> dict[str, Any]:
    """Return a service's own probes: what a user would do."""
    probes: dict[str, Any] = {}
    if service in _FRONTS:
        probes["login"] = {**_page(site, DEVICES[_FRONTS[service]]), "interval": PROBE_INTERVAL, "timeout": "5s"}
    if service == "erp":
        probes["orders"] = {
            **_query(site, DEVICES["erp-db"]),
            "address": DEVICES["erp-db"].address,
            "credential": "erp-sql",
            "interval": PROBE_INTERVAL,
            "timeout": "5s",
        }
    return {"probes": probes} if probes else {}


def _snmp(site: Site, device: LabDevice) -> dict[str, Any]:
    version = {"version": "3"} if device.agent == "3" else {}
    return {"collector": "snmp", **_port(site, "snmp"), **version}


def _page(site: Site, device: LabDevice) -> dict[str, Any]:
    port = "" if site.ports["https"] == PORTS["https"] else f":{site.ports['https']}"
    return {
        "collector": "http",
        "url": f"https://{device.address}{port}/login",
        "authority": str(site.authority / "authority.pem"),
        "expect_text": LOGIN_TEXT,
    }


def _certificate(site: Site, device: LabDevice) -> dict[str, Any]:
    authority = str(site.authority / "authority.pem")
    return {"collector": "tls", "server_name": f"{device.name}.agency.test", "authority": authority, **_port(site, "https")}


def _query(site: Site, device: LabDevice) -> dict[str, Any]:
    kind = device.database or ""
    database, table = _QUESTIONS[kind]
    return {
        "collector": "sql",
        "engine": _ENGINES[kind],
        "database": database,
        "queries": {table: {"text": f"SELECT count(*) FROM {table}"}},  # noqa: S608  # a name of our own
        **_port(site, kind),
    }


def _name(site: Site) -> dict[str, Any]:
    return {
        "collector": "dns",
        "name": "erp-app.agency.test",
        "type": "A",
        "expect": [DEVICES["erp-app"].address],
        **_port(site, "dns"),
    }


def _port(site: Site, server: str) -> dict[str, int]:
    """Return the port where it is not the usual one."""
    return {} if site.ports[server] == PORTS[server] else {"port": site.ports[server]}
