"""How the lab stands, as rows for a table or for JSON."""

from collections.abc import Mapping, Sequence

from wenyam.testing.lab.faults import FAULTS, silenced
from wenyam.testing.lab.plan import DEVICES
from wenyam.testing.lab.record import LabRecord, ProcessRecord


def device_rows(lab: LabRecord) -> list[dict[str, str]]:
    """Return one row per device: where it is, what runs for it, what is broken."""
    gone = silenced(lab.faults)
    return [
        {
            "device": device.name,
            "address": device.address,
            "site": device.site,
            "servers": ", ".join(_state(server, lab.processes.get(f"{device.name}/{server}")) for server in device.servers),
            "network": "dropped" if device.address in gone else "reachable",
            "faults": ", ".join(entry.split()[0] for entry in lab.faults if entry.split()[1] == device.name),
        }
        for device in DEVICES.values()
    ]


def fault_rows() -> list[dict[str, str]]:
    """Return one row per fault: what it does, whom it hits, what Wenyam should say."""
    return [
        {"fault": fault.name, "device": fault.default, "what it does": fault.sentence, "what Wenyam says": fault.expectation}
        for fault in FAULTS.values()
    ]


def table(rows: Sequence[Mapping[str, str]]) -> str:
    """Lay rows out in columns; the last column is not padded."""
    heads = list(rows[0])
    widths = [max(len(head), *(len(row[head]) for row in rows)) for head in heads]
    lines = [heads, *([row[head] for head in heads] for row in rows)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)


def _state(server: str, process: ProcessRecord | None) -> str:
    if process is None or not process.alive:
        return f"{server} (stopped)"
    return f"{server} (frozen)" if process.mark.frozen else server
