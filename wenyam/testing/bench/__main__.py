"""What `scripts/bench` runs: poll, growth, ask, backup, alerts, tui, expose, detect, soak."""

import argparse
import asyncio
import json
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from wenyam.errors import WenyamError
from wenyam.testing.bench import alerting, asking, backing_up, backup_figures, dashboard, detecting, exposing, growing, soaking
from wenyam.testing.bench.devices import DEVICES
from wenyam.testing.bench.figures import Meter
from wenyam.testing.bench.plan import Plan
from wenyam.testing.bench.programs import AgentProgram
from wenyam.testing.bench.report import Outcome, as_data, table
from wenyam.testing.bench.stages import BenchError, WatcherStage, collector_stage, rival_stage
from wenyam.testing.ports import free_port
from wenyam.testing.servers import ServerFailedError

_MOST_DEVICES = 60_000
_AT_SIZE = {
    "growth": (growing, "CPU for each varbind and memory with 100, 1,000 and 10,000 devices"),
    "expose": (exposing, "/metrics of a running watcher: seconds, memory, lateness of the event loop meanwhile"),
    "detect": (
        detecting,
        "seconds from a death to hard DOWN, one by one and thousands at once, and whether the states are right",
    ),
    "soak": (soaking, "a simulated month with faults: memory, descriptors, lateness, retention"),
}
"""Benchmarks that declare their own options: the module, and the line of `--help`."""


def main(words: Sequence[str] | None = None) -> int:
    """Run a benchmark and return its exit code: 0 done, 1 failed, 2 usage, 3 a part was NOT TESTED."""
    asked = _parser().parse_args(words)
    others = {"ask": _ask, "backup": _backup, "alerts": _alerts, "tui": _dashboard}
    if asked.verb in others:
        return others[asked.verb](asked)
    try:
        if asked.verb in _AT_SIZE:
            return int(_AT_SIZE[asked.verb][0].run(asked, _talk))
        outcome = asyncio.run(_poll(asked))
    except (BenchError, ServerFailedError, WenyamError, AssertionError) as error:
        _talk(f"nothing was measured: {error}")
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        _talk("stopped; nothing was measured")
        return 1
    data = as_data(outcome)
    sys.stdout.write((json.dumps(data, ensure_ascii=False, indent=1) if asked.json else table(outcome)) + "\n")
    return 3 if data["not_tested"] else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    poll = verbs.add_parser("poll", help="CPU for each varbind: watcher, collector alone, prometheus-snmp-exporter")
    poll.add_argument("--devices", type=_count, default=1000, help="addresses the agent answers for (default 1000)")
    poll.add_argument("--seconds", type=float, default=60.0, help="length of each measured stretch (default 60)")
    poll.add_argument("--device", choices=sorted(DEVICES), default="A", help="A: 48 interfaces x 6 columns, B: 8 x 12")
    poll.add_argument("--version", choices=("2c", "3"), default="2c", help="SNMP version; 3 is authPriv (SHA-1, AES-128)")
    poll.add_argument(
        "--factor", type=float, default=1.0, help="how many times faster than every 60 s to poll (and scrape, and learn rows)"
    )
    poll.add_argument("--settle", type=float, help="seconds to wait for the steady state (default: 900 / factor)")
    poll.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    poll.add_argument("--keep", type=Path, metavar="FOLDER", help="leave configuration, state and logs in this folder")
    questions = verbs.add_parser("ask", help="seconds for availability, status and /metrics at size")
    questions.add_argument("--subjects", type=_count, default=10_000, help="devices with a history (default 10000)")
    questions.add_argument("--changes", type=int, default=1_000_000, help="changes of state in a quarter (default 1000000)")
    questions.add_argument("--series", type=int, default=1_000_000, help="series in /metrics (default 1000000)")
    questions.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    saving = verbs.add_parser("backup", help="seconds of a backup beside bare restic and the bare dump tool")
    saving.add_argument("--mib", type=_count, default=2048, help="MiB of files; a quarter of it in a database (default 2048)")
    saving.add_argument("--rounds", type=_count, default=4, help="every second one in the other order (default 4)")
    saving.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    storm = verbs.add_parser("alerts", help="changes of state a second through every stage of alerts")
    storm.add_argument("--changes", type=_count, default=10_000, help="devices that change at once (default 10000)")
    storm.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    screen = verbs.add_parser("tui", help="first paint, keys, CPU and memory of the dashboard of a large site")
    screen.add_argument("--devices", type=_count, default=10_000, help="devices (default 10000)")
    screen.add_argument("--checks", type=_count, default=10, help="checks of each device (default 10)")
    screen.add_argument("--seconds", type=float, default=30.0, help="length of each measured stretch (default 30)")
    screen.add_argument("--looks", type=int, default=1800, help="looks of two seconds for the memory (default 1800: an hour)")
    screen.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    for name, (module, line) in _AT_SIZE.items():
        verb = verbs.add_parser(name, help=line)
        module.declare(verb)
        verb.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    return parser


def _dashboard(asked: argparse.Namespace) -> int:
    rows = dashboard.measure(asked.devices, asked.checks, asked.seconds, asked.looks, _talk)
    data = json.dumps(dashboard.as_data(asked.devices, asked.checks, rows), ensure_ascii=False, indent=1)
    sys.stdout.write((data if asked.json else dashboard.table(rows)) + "\n")
    return 0


def _alerts(asked: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="wenyam-bench-") as folder:
        rows = alerting.measure(asked.changes, Path(folder), _talk)
    data = json.dumps(alerting.as_data(rows), ensure_ascii=False, indent=1)
    sys.stdout.write((data if asked.json else alerting.table(rows)) + "\n")
    return 0


def _backup(asked: argparse.Namespace) -> int:
    try:
        with tempfile.TemporaryDirectory(prefix="wenyam-bench-") as folder:
            rows = backup_figures.rows_of(backing_up.measure(asked.mib, Path(folder), _talk, asked.rounds))
    except (backing_up.BackupBenchError, ServerFailedError) as error:
        _talk(f"nothing was measured: {error}")
        return 1
    data = json.dumps(backup_figures.as_data(asked.mib, rows), ensure_ascii=False, indent=1)
    sys.stdout.write((data if asked.json else backup_figures.table(rows)) + "\n")
    return 0


def _ask(asked: argparse.Namespace) -> int:
    size = asking.Size(asked.subjects, asked.changes, asked.series)
    with tempfile.TemporaryDirectory(prefix="wenyam-bench-") as folder:
        found = asking.ask(size, Path(folder), _talk)
    data = json.dumps(asking.as_data(size, found), ensure_ascii=False, indent=1)
    sys.stdout.write((data if asked.json else asking.table(found)) + "\n")
    return 0


def _count(word: str) -> int:
    count = int(word)
    if not 1 <= count <= _MOST_DEVICES:
        raise argparse.ArgumentTypeError(f"between 1 and {_MOST_DEVICES}")
    return count


async def _poll(asked: argparse.Namespace) -> Outcome:
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)  # so that nothing we started is left
    with tempfile.TemporaryDirectory(prefix="wenyam-bench-") as temporary:
        folder = asked.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        plan = Plan(
            asked.device,
            asked.devices,
            asked.seconds,
            asked.version,
            asked.factor,
            free_port(""),
            folder.absolute(),
            asked.settle,
        )
        agent = AgentProgram(plan)
        try:
            agent.start()
            return await _stages(plan, Meter(agent.process_id, agent.counters))
        finally:
            agent.remove()


async def _stages(plan: Plan, meter: Meter) -> Outcome:
    watcher = WatcherStage(plan, meter, _talk)
    stretches = await watcher.run()
    stretches += await collector_stage(plan, meter, _talk)
    other = await rival_stage(plan, meter, _talk)
    if other is not None:
        stretches.append(other)
    return Outcome(plan, stretches, watcher.shown or watcher.exposition, max(watcher.scrape_seconds))


def _talk(line: str) -> None:
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
