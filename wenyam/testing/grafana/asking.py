"""Asks a real Prometheus what Grafana would ask: variables filled in, queries and lists of choices."""

import re
from collections.abc import Iterator
from urllib.parse import quote

from wenyam.testing.grafana.parts import Dashboard, Panel, Query
from wenyam.testing.prometheus import Prometheus

FILLED = {"$__rate_interval": "10s", "$__interval": "5s", "$__range": "1m"}
"""Grafana's own variables, for a Prometheus that scrapes every second."""
EVERYTHING = ".*"
"""What a variable means while 'All' is chosen."""


def queries(dashboard: Dashboard) -> Iterator[tuple[Panel, Query]]:
    """Yield every query with its panel."""
    for panel in dashboard.panels:
        for query in panel.queries:
            yield panel, query


def filled(dashboard: Dashboard, expression: str) -> str:
    """Return the expression as Grafana sends it while 'All' is chosen everywhere."""
    for name, value in FILLED.items():
        expression = expression.replace(name, value)
    for variable in dashboard.variables:
        expression = re.sub(rf"\${variable.name}\b", EVERYTHING, expression)
    return expression


def series(prometheus: Prometheus, expression: str) -> int:
    """Return how many series an instant query has now; HTTPError when Prometheus does not understand it."""
    return len(prometheus.ask(f"query?query={quote(expression)}")["result"])


def choices(prometheus: Prometheus, dashboard: Dashboard) -> dict[str, int]:
    """Return how many values each variable of a dashboard offers."""
    return {
        variable.name: len(prometheus.ask(f"label/{variable.name}/values?match[]={quote(filled(dashboard, variable.series))}"))
        for variable in dashboard.variables
    }
