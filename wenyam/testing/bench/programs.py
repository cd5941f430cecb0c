"""The programs of a run beside the watcher and the benchmark itself: agent, bare collector, prometheus-snmp-exporter."""

import json
import sys
import urllib.request
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from wenyam.testing.bench.counters import Counters
from wenyam.testing.bench.plan import Plan
from wenyam.testing.bench.rival import EXPORTER, snmp_yaml
from wenyam.testing.ports import free_port
from wenyam.testing.servers import RealServer


class _Counted(RealServer):
    """A program of ours that is ready when its fourth counter says so."""

    def __init__(self, folder: Path) -> None:
        """Take the run's folder."""
        super().__init__("127.0.0.1", folder)
        self.counters_path = folder / f"{self.name}.counters"
        self.counters = Counters(self.counters_path, make=True)

    def ready(self) -> bool:
        """Tell whether it works."""
        return self.counters.read()[3] > 0

    def remove(self) -> None:
        """Stop it and unmap its counters."""
        super().remove()
        self.counters.close()


class AgentProgram(_Counted):
    """The agent for every address. Counters: requests, varbinds."""

    name = "agent"

    def __init__(self, plan: Plan) -> None:
        """Take the run."""
        super().__init__(plan.folder)
        self._plan = plan

    def command(self) -> Sequence[str]:
        """Return the words that start it."""
        own = ["--device", self._plan.letter, "--port", str(self._plan.port), "--counters", str(self.counters_path)]
        return [sys.executable, "-m", "wenyam.testing.bench.agent", *own]


class CollectorProgram(_Counted):
    """Our collector alone, on the benchmark's schedule. Counters: readings, failed readings, values."""

    name = "collector"

    def __init__(self, plan: Plan) -> None:
        """Take the run."""
        super().__init__(plan.folder)
        self._plan = plan

    def command(self) -> Sequence[str]:
        """Return the words that start it."""
        described = json.dumps(asdict(self._plan) | {"folder": str(self._plan.folder)})
        return [sys.executable, "-m", "wenyam.testing.bench.collecting", described, str(self.counters_path)]


class RivalProgram(RealServer):
    """Debian's prometheus-snmp-exporter with the same columns."""

    name = "snmp-exporter"

    def __init__(self, plan: Plan) -> None:
        """Write its configuration."""
        super().__init__("127.0.0.1", plan.folder)
        self.port = free_port()
        self._settings = plan.folder / "snmp.yml"
        self._settings.touch(0o600)
        self._settings.write_text(snmp_yaml(plan), encoding="utf-8")

    def command(self) -> Sequence[str]:
        """Return the words that start it."""
        listen = f"--web.listen-address=127.0.0.1:{self.port}"
        return [EXPORTER, f"--config.file={self._settings}", listen, "--log.level=error"]

    def ready(self) -> bool:
        """Tell whether it answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=1.0) as answer:
                return bool(answer.status == 200)  # noqa: PLR2004  # HTTP: OK
        except OSError:
            return False
