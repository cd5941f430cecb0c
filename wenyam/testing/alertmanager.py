"""Debian's Alertmanager, sending everything to one webhook at once."""

import json
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wenyam.testing.prometheus import OfPrometheus


class Alertmanager(OfPrometheus):
    """Debian's prometheus-alertmanager on loopback, alone."""

    name = "alertmanager"

    def __init__(self, webhook: str, token: Path, directory: Path) -> None:
        """Send every alert to this address with the token in this file."""
        super().__init__(directory)
        (directory / "alertmanager.yaml").write_text(
            "route: {receiver: wenyam, group_by: ['...'], group_wait: 100ms, group_interval: 1s, repeat_interval: 1h}\n"
            "receivers:\n  - name: wenyam\n    webhook_configs:\n"
            f"      - {{url: '{webhook}', http_config: {{authorization: {{credentials_file: '{token}'}}}}}}\n",
            encoding="utf-8",
        )

    def command(self) -> Sequence[str]:
        """Return its command line."""
        return [
            "/usr/bin/prometheus-alertmanager",
            f"--config.file={self.directory / 'alertmanager.yaml'}",
            f"--storage.path={self.directory / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--cluster.listen-address=",
        ]

    def give(self, alerts: Sequence[dict[str, Any]]) -> None:
        """Hand it alerts as Prometheus would."""
        address = f"http://127.0.0.1:{self.port}/api/v2/alerts"
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(address, json.dumps(alerts).encode(), headers, method="POST")  # loopback
        with urllib.request.urlopen(request, timeout=5.0):  # noqa: S310  # as above
            return
