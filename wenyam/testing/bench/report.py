"""The table and the JSON of a run."""

import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wenyam.testing.bench import rival
from wenyam.testing.bench.configuration import USUAL_LOOKS
from wenyam.testing.bench.figures import Stretch
from wenyam.testing.bench.plan import Plan
from wenyam.testing.bench.stages import EVERYTHING, LEARNING, LOOKS, READS, REST, RIVAL, Exposition

VERSION = 1
_MILLION = 1e6

_HEADS = (
    ("varbinds", 10),
    ("seconds", 9),
    ("CPU s", 9),
    ("µs/varbind", 12),
    ("µs/value", 10),
    ("ratio", 7),
    ("agent CPU", 11),
    ("others", 8),
    ("MiB", 7),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything a run found."""

    plan: Plan
    stretches: Sequence[Stretch]
    exposition: Exposition
    slowest_scrape: float

    def stretch(self, stage: str) -> Stretch | None:
        """Return one stretch by name."""
        return next((stretch for stretch in self.stretches if stretch.stage == stage), None)

    def value_cost(self, stretch: Stretch) -> float | None:
        """Return microseconds of CPU for each value somebody wanted; None for a stretch without readings.

        An agent may be made to answer more than was wanted (rows past the end of a table, walks that learn rows); that
        spreads a cost over more varbinds but makes nothing cheaper, so programs are compared by this.
        """
        if not stretch.varbinds or stretch.stage == LEARNING:
            return None
        return stretch.cpu * _MILLION / (self.plan.devices * stretch.seconds / self.plan.interval * self.plan.device.values)

    def ratio(self, stretch: Stretch) -> float | None:
        """Return how a stretch's cost of a wanted value stands to prometheus-snmp-exporter's."""
        other = self.stretch(RIVAL)
        own, theirs = self.value_cost(stretch), None if other is None else self.value_cost(other)
        return own / theirs if own is not None and theirs else None

    @property
    def look_cost(self) -> float | None:
        """Microseconds of CPU for one liveness look: what a watcher that only looks costs more than one at rest."""
        looks, rest = self.stretch(LOOKS), self.stretch(REST)
        if looks is None or rest is None:
            return None
        count = self.plan.devices * looks.seconds / USUAL_LOOKS
        return (looks.cpu / looks.seconds - rest.cpu / rest.seconds) * looks.seconds * _MILLION / count


def machine() -> dict[str, Any]:
    """Describe where this ran."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "snmp_exporter": rival.version() or "NOT TESTED: not installed",
    }


def print_found(data: dict[str, Any], text: str, *, json_wanted: bool) -> None:
    """Write what was found to stdout, for programs or for people."""
    sys.stdout.write((json.dumps(data, ensure_ascii=False, indent=1) if json_wanted else text) + "\n")


def as_data(outcome: Outcome) -> dict[str, Any]:
    """Write a run as plain data."""
    plan = outcome.plan
    return {
        "version": VERSION,
        "machine": machine(),
        "run": {
            "device": plan.letter,
            "devices": plan.devices,
            "snmp_version": plan.version,
            "values_per_poll": plan.device.values,
            "interval": plan.interval,
            "factor": plan.factor,
            "scrape_interval": plan.scrape_interval,
            "relearn": plan.relearn,
            "settle": plan.settle,
            "look_interval": USUAL_LOOKS,
        },
        "stages": [_stage(outcome, stretch) for stretch in outcome.stretches],
        "not_tested": [] if outcome.stretch(RIVAL) else [RIVAL],
        "microseconds_per_look": outcome.look_cost,
        "exposition": {**asdict(outcome.exposition), "slowest_scrape": outcome.slowest_scrape},
    }


def _stage(outcome: Outcome, stretch: Stretch) -> dict[str, Any]:
    return {
        **asdict(stretch),
        "microseconds_per_varbind": stretch.cost,
        "microseconds_per_value": outcome.value_cost(stretch),
        "ratio_to_snmp_exporter": outcome.ratio(stretch),
        "varbinds_per_request": stretch.varbinds / stretch.requests if stretch.requests else None,
    }


def table(outcome: Outcome) -> str:
    """Write a run for people."""
    plan = outcome.plan
    here = machine()
    polling = f"SNMP v{plan.version}, every {plan.interval:g} s (factor {plan.factor:g})"
    rhythm = f"scraped every {plan.scrape_interval:g} s, rows learnt afresh after {plan.relearn:g} s at most"
    lines = [
        f"{here['cpu']}, {here['cores']} cores, Linux {here['kernel']}, Python {here['python']}, {here['snmp_exporter']}",
        f"{plan.devices} x device {plan.letter} ({plan.device.values} values a poll), {polling}, {rhythm}",
        "",
        f"{'stage':<28}" + "".join(f"{head:>{width}}" for head, width in _HEADS),
    ]
    lines += [_row(outcome, stretch) for stretch in outcome.stretches]
    if outcome.stretch(RIVAL) is None:
        lines.append(f"{RIVAL:<28}NOT TESTED: it is not installed")
    lines += ["", *_remarks(outcome)]
    return "\n".join(lines)


def _row(outcome: Outcome, stretch: Stretch) -> str:
    # What little a watcher asks besides its readings is not worth a cost of its own.
    read = stretch.stage not in (LOOKS, REST)
    costs = (stretch.cost, outcome.value_cost(stretch), outcome.ratio(stretch)) if read else (None, None, None)
    return (
        f"{stretch.stage:<28}{stretch.varbinds:>10}{stretch.seconds:>9.1f}{stretch.cpu:>9.3f}"
        f"{_number(costs[0], 12)}{_number(costs[1], 10)}{_number(costs[2], 7)}"
        f"{stretch.agent_cpu:>11.2f}{stretch.others:>8.1f}{stretch.resident / 2**20:>7.0f}"
    )


def _number(value: float | None, width: int) -> str:
    return f"{'-':>{width}}" if value is None else f"{value:>{width}.2f}"


def _remarks(outcome: Outcome) -> list[str]:
    seen, reads, whole = outcome.exposition, outcome.stretch(READS), outcome.stretch(EVERYTHING)
    remarks = [f"exposed: {seen.series} series, {seen.size} bytes; slowest scrape {outcome.slowest_scrape:.2f} s"]
    if outcome.look_cost is not None:
        remarks.append(f"liveness: {outcome.look_cost:.0f} µs a look (a look every {USUAL_LOOKS:g} s for each device)")
    learning = outcome.stretch(LEARNING)
    if learning is not None and learning.own_count:
        each = learning.cpu * _MILLION / learning.own_count
        remarks.append(
            f"learning: {each:,.0f} µs for each device met, and again every {outcome.plan.relearn * 0.75:g} s on average"
        )
    if whole is not None and seen.series:
        remarks.append(f"memory: {whole.resident / seen.series / 1024:.2f} KiB a series, the program itself included")
    cost = None if reads is None else outcome.value_cost(reads)
    if cost is not None:
        carried = 60 * _MILLION / cost / outcome.plan.device.values
        remarks.append(f"liveness counted apart, one core would carry {carried:,.0f} such devices a minute")
    remarks += [
        "varbinds: counted by the agent, with rows past a table's end; values: what a poll wanted",
        "ratio: µs/value to prometheus-snmp-exporter's in this run; others: CPU seconds of everything else on this machine",
    ]
    return remarks
