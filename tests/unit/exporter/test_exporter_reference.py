"""The reference page says what the register says."""

from pathlib import Path

from wenyam.exporter.process_metrics import ProcessMetrics
from wenyam.exporter.reference import metrics_page

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "metrics.md"


def test_the_page_of_metrics_is_the_generated_text() -> None:
    assert PAGE.read_text(encoding="utf-8") == metrics_page(), (
        "write it again: python -c 'from wenyam.exporter.reference import *; print(metrics_page(), end=\"\")'"
    )


def test_the_page_names_every_metric_of_the_process() -> None:
    lines = ProcessMetrics().text().decode().splitlines()
    names = {line.split(" ")[0] for line in lines if not line.startswith("#")}
    assert len(names) >= 9
    assert [name for name in sorted(names) if f"`{name}`" not in metrics_page()] == []
