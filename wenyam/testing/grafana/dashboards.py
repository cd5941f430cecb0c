"""All of them, in the order in which a person would look."""

from wenyam.testing.grafana.backups import BACKUPS
from wenyam.testing.grafana.device import DEVICE_PAGE
from wenyam.testing.grafana.fleet import FLEET
from wenyam.testing.grafana.interfaces import INTERFACES
from wenyam.testing.grafana.own import OWN
from wenyam.testing.grafana.power import POWER
from wenyam.testing.grafana.recovery import RECOVERY
from wenyam.testing.grafana.services import SERVICES

DASHBOARDS = (FLEET, DEVICE_PAGE, INTERFACES, POWER, SERVICES, BACKUPS, RECOVERY, OWN)
