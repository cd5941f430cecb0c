"""Channels and routes out of what was written."""

from collections.abc import Mapping
from typing import get_args

from wenyam.model.alerting import AlertPlan, ChannelPlan, EscalationStep, Route, RouteMatch
from wenyam.model.states import SubjectKind
from wenyam.settings.alert_gaps import judge_gaps
from wenyam.settings.blocks_alerts import AlertsBlock, ChannelBlock, MatchBlock, RouteBlock, StepBlock
from wenyam.settings.blocks_instance import Role
from wenyam.settings.blocks_inventory import DeviceKind
from wenyam.settings.build_services import subjects
from wenyam.settings.known import Known
from wenyam.settings.plugin_entries import Entry, entries
from wenyam.settings.plugin_options import PluginOptions
from wenyam.settings.problems import Place
from wenyam.settings.schedule import parse
from wenyam.settings.tree import Block

ONCALL, ROLE = "oncall:", "role:"
WORDS = ("duty_officer", "owner")
_KINDS = (*get_args(DeviceKind), *(kind.value for kind in SubjectKind))
_SUBJECTS = ("device", "link", "service")
DEFAULT_ROUTE = "everything"
STARTS_PROGRAMS = "command"


def build_alerts(known: Known, options: PluginOptions) -> AlertPlan:
    """Return everything about alerts that is good; problems of the rest are noted."""
    found = [_channel(known, *entry) for entry in entries(known, "channels", ChannelBlock, options.of_notifier)]
    channels = {channel.name: channel for channel in found if channel is not None}
    _judge_fallbacks(known, channels)
    section = known.section("alerts")
    block = known.valid(AlertsBlock, section, section.place, "alerts") or AlertsBlock()
    rotas = known.section("oncall").get("rotas")
    names = frozenset(rotas) if isinstance(rotas, Block) else frozenset[str]()
    routes = tuple(_route(known, name, route, section, names) for name, route in block.routes.items())
    if routes and channels:
        judge_gaps(known, section.at("routes"), routes, channels)
    elif channels:
        routes = (Route(DEFAULT_ROUTE, RouteMatch(), (EscalationStep(0.0, ("duty_officer",), tuple(channels)),)),)
    return AlertPlan(channels, routes, block.group_wait, block.reopen_within)


def _channel(known: Known, written: ChannelBlock, entry: Entry) -> ChannelPlan | None:
    block, path = entry.part.block, entry.part.path
    known.programs |= written.kind == STARTS_PROGRAMS
    for key, text in (("digest", written.digest), ("self_test", written.self_test)):
        _judge_schedule(known, text, block.at(key), f"{path}.{key}")
    if written.fallback is not None:
        known.refers(block, "fallback", path, "channels", written.fallback)
    if entry.config is None:
        return None
    return ChannelPlan(
        name=entry.name,
        kind=written.kind,
        options=entry.config,
        language=written.language or str(known.section("instance").get("language", "th")),
        severities=tuple(written.severities),
        digest=written.digest,
        cap_per_hour=written.cap_per_hour,
        fallback=written.fallback,
        fallback_after=written.fallback_after,
        self_test=written.self_test,
    )


def _judge_schedule(known: Known, text: str | None, place: Place, path: str) -> None:
    if text is None:
        return
    try:
        parse(text, known.context["time_zone"])
    except ValueError as error:
        known.findings.problem(place, f"{path}: {error}")


def _judge_fallbacks(known: Known, channels: Mapping[str, ChannelPlan]) -> None:
    section = known.section("channels")
    for name, channel in channels.items():
        seen, following = [name], channel.fallback
        while following is not None and following in channels and following not in seen:
            seen.append(following)
            following = channels[following].fallback
        if following == name:
            way = f"goes round in a circle: {' -> '.join([*seen, name])}; let the last of them have none"
            known.findings.problem(section[name].at("fallback"), f"channels.{name}.fallback: {way}")


def _route(known: Known, name: str, written: RouteBlock, section: Block, rotas: frozenset[str]) -> Route:
    block: Block = section["routes"][name]
    path = f"alerts.routes.{name}"
    steps = []
    for number, step in enumerate(written.steps):
        _judge_step(known, step, block.at("steps"), f"{path}.steps[{number}]", rotas)
        steps.append(EscalationStep(step.after, tuple(step.to), tuple(step.channels)))
    if sorted(step.after for step in steps) != [step.after for step in steps]:
        known.findings.problem(block.at("steps"), f"{path}.steps: 'after' must grow from step to step")
    return Route(name, _match(known, written.match, block, f"{path}.match"), tuple(steps), written.repeat)


def _judge_step(known: Known, step: StepBlock, place: Place, path: str, rotas: frozenset[str]) -> None:
    refers = known.findings.refers
    for channel in step.channels:
        refers(place, f"{path}.channels", "channel", channel, known.section("channels"))
    for word in step.to:
        if word.startswith(ONCALL):
            refers(place, f"{path}.to", "rota", word.removeprefix(ONCALL), rotas)
        elif word.startswith(ROLE):
            refers(place, f"{path}.to", "role", word.removeprefix(ROLE), get_args(Role))
        elif word not in WORDS:
            refers(place, f"{path}.to", "person", word, [*known.section("people"), *WORDS])


def _match(known: Known, written: MatchBlock, block: Block, path: str) -> RouteMatch:
    if "match" not in block:
        return RouteMatch()
    place = block.at("match")
    for section, names in (("sites", written.sites), ("services", written.services)):
        for name in names:
            known.findings.refers(place, f"{path}.{section}", section.removesuffix("s"), name, known.section(section))
    for kind in written.kinds:
        known.findings.refers(place, f"{path}.kinds", "kind", kind, _KINDS)
    named = subjects(known, block["match"]["subjects"], f"{path}.subjects", allowed=_SUBJECTS) if written.subjects else ()
    return RouteMatch(
        tuple(written.severities), tuple(written.kinds), tuple(written.sites), tuple(written.services), named, written.hours
    )
