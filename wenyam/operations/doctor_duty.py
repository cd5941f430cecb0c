"""Examination of duty: somebody is on duty at every hour of the coming days, and every route means somebody whenever it holds."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from wenyam.alerts.routing import ONCALL, within_hours
from wenyam.incidents.rota import gaps
from wenyam.model.alerting import AlertPlan, Route
from wenyam.model.instants import Instant, Period, after, to_datetime
from wenyam.model.oncall import OnCallPlan, Rota
from wenyam.operations.findings import Finding, Surroundings, bad, counted, good, untested, without_configuration
from wenyam.operations.oncall import GAP_DAYS, read_plan
from wenyam.store.opening import DATABASE

_DAY = 86_400.0
_STEP = 1800.0
"""Seconds between two looks at the hours of a route within a time that nobody has."""
_FILL = "A rota with 'hours: outside-office' fills nights and holidays; or name duty_officer beside the rota."


def duty(surroundings: Surroundings) -> Iterable[Finding]:
    """Examine the coming 30 days, with everybody who was entered at run time."""
    configuration = surroundings.configuration
    if configuration is None:
        return without_configuration("duty")
    if not configuration.oncall.rotas:
        return [good("duty", "no rota is configured; everything's own duty officer is told")]
    plan, silence = read_plan(configuration)
    coming = Period(surroundings.clock.now(), after(surroundings.clock.now(), GAP_DAYS * _DAY))
    wrong = [*_nobody_at_all(plan, coming), *_routes_to_nobody(plan, configuration.alerts, coming)]
    found = [bad("duty", sentence, _FILL) for sentence in wrong]
    if silence and (Path(configuration.instance.state_directory) / DATABASE).exists():
        found.append(untested("duty", f"who was entered at run time could not be read: {silence}"))
    rotas = counted(len(plan.rotas), "rota")
    return found or [good("duty", f"somebody of {rotas} is on duty at every hour of the coming {GAP_DAYS} days")]


def _nobody_at_all(plan: OnCallPlan, coming: Period) -> Iterator[str]:
    open_ = gaps(plan, plan.rotas.values(), coming)
    if open_:
        more = f" and {counted(len(open_) - 1, 'further time')}" if len(open_) > 1 else ""
        yield f"nobody is on duty from {_local(open_[0].start, plan)} to {_local(open_[0].end, plan)}{more}"


def _routes_to_nobody(plan: OnCallPlan, alerts: AlertPlan, coming: Period) -> Iterator[str]:
    for route in alerts.routes:
        words = route.steps[0].to
        if all(word.startswith(ONCALL) for word in words):
            rotas = [plan.rotas[name] for word in words if (name := word.removeprefix(ONCALL)) in plan.rotas]
            moment = next(_meaning_nobody(plan, rotas, route, coming), None)
            if moment is not None:
                yield f"alerts.routes.{route.name}: its first step means nobody at {_local(moment, plan)}"


def _meaning_nobody(plan: OnCallPlan, rotas: Iterable[Rota], route: Route, coming: Period) -> Iterator[Instant]:
    """Yield moments at which the route holds and none of these rotas has anybody."""
    for gap in gaps(plan, rotas, coming):
        moment = gap.start
        while moment < gap.end:
            if route.match.hours is None or within_hours(route.match.hours, moment, plan.time_zone):
                yield moment
            moment = after(moment, _STEP)


def _local(instant: Instant, plan: OnCallPlan) -> str:
    return f"{to_datetime(instant).astimezone(ZoneInfo(plan.time_zone)):%Y-%m-%d %H:%M}"
