"""Writes config/grafana/dashboards from the description: `python -m wenyam.testing.grafana`."""

from pathlib import Path

from wenyam.testing.grafana.dashboards import DASHBOARDS
from wenyam.testing.grafana.writing import dashboard_text

FOLDER = Path(__file__).parents[3] / "config" / "grafana" / "dashboards"


def main() -> None:
    """Write every file."""
    for dashboard in DASHBOARDS:
        (FOLDER / f"{dashboard.uid}.json").write_text(dashboard_text(dashboard), encoding="utf-8")


if __name__ == "__main__":
    main()
