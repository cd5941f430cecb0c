"""Debian's Prometheus with rules, scraping one address every second."""

import json
import urllib.request
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

from wenyam.testing.ports import free_port
from wenyam.testing.servers import RealServer


class OfPrometheus(RealServer):
    """A program of the Prometheus project on loopback, which says by itself when it is ready."""

    def __init__(self, directory: Path) -> None:
        """Take a directory of its own, and a port."""
        super().__init__("127.0.0.1", directory)
        self.port = free_port()

    def ready(self) -> bool:
        """Tell whether it answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=1.0) as answer:
                return bool(answer.status == HTTPStatus.OK)
        except OSError:
            return False


class Prometheus(OfPrometheus):
    """Debian's prometheus with the shipped rules, scraping one target every second."""

    name = "prometheus"

    def __init__(self, target: tuple[str, int], rules: Path, directory: Path, more: str = "") -> None:
        """Scrape this address with the rules of this folder; `more` is added to the scrape configuration."""
        super().__init__(directory)
        for file in rules.glob("*.rules.yaml"):
            (directory / file.name).write_bytes(file.read_bytes())
        (directory / "prometheus.yaml").write_text(
            "global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}\n"
            "rule_files: [wenyam-recording.rules.yaml, wenyam-alerts.rules.yaml]\n"
            "scrape_configs:\n"
            "  - job_name: wenyam\n    honor_labels: true\n"
            f"    static_configs: [{{targets: ['{target[0]}:{target[1]}']}}]\n{more}",
            encoding="utf-8",
        )

    def command(self) -> Sequence[str]:
        """Return its command line."""
        return [
            "/usr/bin/prometheus",
            f"--config.file={self.directory / 'prometheus.yaml'}",
            f"--storage.tsdb.path={self.directory / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--log.level=debug",
        ]

    def ask(self, path: str) -> Any:
        """Return the data of an API answer."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/{path}", timeout=10.0) as answer:
            return json.load(answer)["data"]

    def query(self, expression: str) -> float:
        """Return the first value of an instant query, 0 when there is none."""
        result = self.ask(f"query?query={quote(expression)}")["result"]
        return float(result[0]["value"][1]) if result else 0.0

    def target(self) -> dict[str, Any]:
        """Return the one target; it is not there yet in the first moment."""
        return dict(next(iter(self.ask("targets")["activeTargets"]), {"health": "not there yet"}))
