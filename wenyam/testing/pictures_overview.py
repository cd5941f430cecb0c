"""Everything that the first screen tells, of one site."""

from dataclasses import replace

from wenyam.availability.buckets import Buckets
from wenyam.availability.figures import figures
from wenyam.i18n.periods import parse_period
from wenyam.model.instance import AvailabilityRules
from wenyam.operations.whole import WholeFigures
from wenyam.testing import pictures_backups, pictures_incidents, pictures_recovery
from wenyam.testing.incident_cases import INVENTORY
from wenyam.testing.pictures import NOW, configuration, in_trouble
from wenyam.tui.picture import Picture

HOUR = 3_600_000


def whole() -> Picture:
    """Return a site of which everything is known."""
    of = configuration()
    people = dict(INVENTORY.people) | dict(of.inventory.people)
    of = replace(of, inventory=replace(of.inventory, people=people))
    return replace(
        in_trouble(),
        configuration=of,
        incidents=pictures_incidents.heads(),
        roster=pictures_incidents.roster(),
        backups=pictures_backups.view(),
        recovery=pictures_recovery.boards(),
        figures=(figure("this-month", up=5_000, down=20), figure("this-fy", up=10_000, down=900, unknown=1_200)),
    )


def figure(period: str, *, up: int, down: int, unknown: int = 0) -> WholeFigures:
    """Return the figures of ten devices over a period, given hours."""
    named, buckets = parse_period(period, NOW), Buckets(unknown * HOUR, up * HOUR, 0, 0, down * HOUR)
    allowed = 0.05 * 10 * named.period.seconds
    return WholeFigures(named, buckets, figures(buckets, AvailabilityRules()), 10, 2, "core-1", allowed, down * 3_600.0)
