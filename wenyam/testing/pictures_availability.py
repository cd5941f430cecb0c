"""A counted month of the hand-made site: a dead core switch behind which much was unreachable, planned work, a blind hour."""

from wenyam.availability.buckets import count
from wenyam.availability.outages import outages
from wenyam.availability.timeline import Timeline
from wenyam.i18n.periods import parse_period
from wenyam.model.causes import CauseCode
from wenyam.model.instance import AvailabilityRules
from wenyam.model.instants import Instant, after
from wenyam.model.states import State, Subject
from wenyam.operations.accounts import Account
from wenyam.operations.availability_view import AvailabilityView, told
from wenyam.operations.reports import Loss
from wenyam.testing.pictures import NOW, configuration

HOUR = 3600.0
_DEAD, _PLANNED = "device:core-1", "device:nas-1"


def counted(period: str = "this-month", *, calm: bool = False) -> AvailabilityView:
    """Return the view of a period in which the site was watched since its third day; calm: nothing ever failed in it."""
    known = configuration()
    rules = AvailabilityRules()
    named = parse_period(period, NOW, rules.time_zone)
    lines = {Subject.parse(text): line for text, line in _lines(after(named.period.start, 2 * 24 * HOUR), calm=calm).items()}
    planned = {Subject.parse(_PLANNED): [(after(NOW, -50 * HOUR), after(NOW, -46 * HOUR))]}
    counts = {subject: count(line, planned.get(subject, ())) for subject, line in lines.items()}
    account = Account(named, NOW, NOW, rules, final=False, lines=lines, planned=planned, counts=counts, corrected={})
    losses = [
        Loss(
            subject,
            each,
            CauseCode.HARDWARE_FAILURE,
            Subject.parse(_DEAD) if each.state is State.UNREACHABLE else None,
            "3 of 3 silent",
        )
        for subject, line in lines.items()
        for each in outages(line, planned.get(subject, ()))
    ]
    return told(account, known.inventory, sorted(losses, key=lambda loss: loss.outage.start), len(losses))


def _lines(start: Instant, *, calm: bool) -> dict[str, Timeline]:
    inventory = configuration().inventory
    dead, back = after(NOW, -80 * HOUR), after(NOW, -40 * HOUR)
    blind = ((after(NOW, -20 * HOUR), State.UNKNOWN), (after(NOW, -19 * HOUR), State.UP))
    courses: dict[str, tuple[tuple[Instant, State], ...]] = {f"device:{name}": blind for name in inventory.devices}
    courses[_DEAD] = ((dead, State.DOWN), (back, State.UP), *blind)
    for name in ("edge-1", "web-1", "web-2"):
        courses[f"device:{name}"] = ((dead, State.UNREACHABLE), (back, State.UP), *blind)
    courses["service:register"] = ((dead, State.DOWN), (back, State.UP), *blind)
    courses["link:isp-1"] = ((after(NOW, -300 * HOUR), State.DOWN), (after(NOW, -299 * HOUR), State.UP), *blind)
    courses[_PLANNED] = ((after(NOW, -50 * HOUR), State.DOWN), (after(NOW, -46 * HOUR), State.UP), *blind)
    return {text: Timeline(start, NOW, State.UP, () if calm else changes) for text, changes in courses.items()}
