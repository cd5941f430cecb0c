"""The reference page of metric names, written from the register."""

from wenyam.exporter.blocks import PREFIX
from wenyam.model.names import SAMPLES, SampleDefinition

_OPENING = """# Metrics

Written from `wenyam/model/names.py`; a test keeps this page equal to it. Do not edit.

Every name has the prefix `wenyam_`. Series of a device carry `site`, `device` and `kind` in front of the labels named
here; series of a service carry `service`, of a job `job`, and what Wenyam says of itself and of its peers `monitor`
instead. Units are Prometheus base units, ratios go from 0 to 1. A value that was not read is absent, never 0; a reading
that failed removes its series.

| name | type | unit | labels | meaning |
|---|---|---|---|---|
"""

_CLOSING = """
About the process itself: `wenyam_process_cpu_seconds_total`, `wenyam_process_resident_memory_bytes`,
`wenyam_process_virtual_memory_bytes`, `wenyam_process_start_time_seconds`, `wenyam_process_open_fds`,
`wenyam_process_max_fds`; about the exporter: `wenyam_exporter_exposition_bytes`, `wenyam_exporter_exposition_seconds`,
`wenyam_exporter_refused_scrapes_total`.
"""


def metrics_page() -> str:
    """Return docs/reference/metrics.md."""
    return _OPENING + "".join(_row(definition) for definition in SAMPLES.values()) + _CLOSING


def _row(definition: SampleDefinition) -> str:
    labels = ", ".join(f"`{label}`" for label in definition.labels)
    meaning = definition.help.replace("|", "\\|")
    return f"| `{PREFIX}{definition.name}` | {definition.metric.value} | {definition.unit} | {labels} | {meaning} |\n"
