"""What prometheus-snmp-exporter is told to read: the same columns and scalars, labelled by ifIndex only (its cheapest way)."""

import subprocess
from pathlib import Path

from wenyam.links.snmp import codec
from wenyam.testing.bench import agent_v3
from wenyam.testing.bench.agent import COMMUNITY
from wenyam.testing.bench.devices import SYSTEM_NAME, SYSTEM_OBJECT, SYSTEM_UPTIME, PolledColumn
from wenyam.testing.bench.plan import Plan

EXPORTER = "/usr/bin/prometheus-snmp-exporter"
MODULE = "bench"
_COUNTERS = (codec.COUNTER32, codec.COUNTER64)


def is_installed() -> bool:
    """Tell whether there is something to compare with."""
    return Path(EXPORTER).exists()


def version() -> str:
    """Return the version's words; empty when it is not installed."""
    if not is_installed():
        return ""
    said = subprocess.run([EXPORTER, "--version"], capture_output=True, text=True, timeout=10, check=False)
    return (said.stdout + said.stderr).split(" (", 1)[0].replace(", version", "")


def snmp_yaml(plan: Plan) -> str:
    """Write its configuration in the format of the 0.21 of Debian 12; repetitions and timing stay at its defaults."""
    lines = [f"{MODULE}:", "  walk:"]
    lines += [f"    - {column.oid}" for column in plan.device.columns]
    lines += ["  get:", *(f"    - {oid}" for oid in (SYSTEM_OBJECT, SYSTEM_UPTIME, SYSTEM_NAME)), "  metrics:"]
    for name, oid, kind in (
        ("sysObjectID", SYSTEM_OBJECT, "OctetString"),
        ("sysUpTime", SYSTEM_UPTIME, "gauge"),
        ("sysName", SYSTEM_NAME, "DisplayString"),
    ):
        lines += [f"    - {{name: {name}, oid: {oid.removesuffix('.0')}, type: {kind}, help: {name}}}"]
    lines += [_metric(column) for column in plan.device.columns]
    return "\n".join([*lines, *_login(plan)]) + "\n"


def _metric(column: PolledColumn) -> str:
    kind = "counter" if column.tag in _COUNTERS else "gauge"
    index = "{labelname: ifIndex, type: gauge}"
    return f"    - {{name: {column.name}, oid: {column.oid}, type: {kind}, help: {column.name}, indexes: [{index}]}}"


def _login(plan: Plan) -> list[str]:
    if plan.version == "2c":
        return ["  version: 2", f"  auth: {{community: {COMMUNITY.decode()}}}"]
    return [
        "  version: 3",
        "  auth:",
        f"    username: {agent_v3.USER}",
        "    security_level: authPriv",
        "    auth_protocol: SHA",
        f"    password: {agent_v3.AUTHENTICATION_KEY}",
        "    priv_protocol: AES",
        f"    priv_password: {agent_v3.PRIVACY_KEY}",
    ]
