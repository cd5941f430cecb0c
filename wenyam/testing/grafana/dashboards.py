"""All of them, in the order in which a person would look."""

from wenyam.testing.grafana.device import DEVICE_PAGE
from wenyam.testing.grafana.fleet import FLEET

DASHBOARDS = (FLEET, DEVICE_PAGE)
