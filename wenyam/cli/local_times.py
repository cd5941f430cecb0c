"""Times as the verbs whose text is English print them: of the instance's zone, which a line above or below names once."""

from wenyam.i18n.dates import format_instant
from wenyam.model.instants import Instant

WIDTH = len("28 Nov 2026 08:30:00")


def moment(instant: Instant, time_zone: str) -> str:
    """Write date and time of day to the second."""
    return format_instant(instant, time_zone, "en", seconds=True)


def told(instant: Instant, time_zone: str) -> str:
    """Write it as wide as any other, for a column."""
    return f"{moment(instant, time_zone):>{WIDTH}}"


def zone_line(time_zone: str) -> str:
    """Say which zone the times are of."""
    return f"Times are of the zone {time_zone}."
