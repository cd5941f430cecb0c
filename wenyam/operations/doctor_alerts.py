"""Examinations of how alerts leave and come in: channels, the people behind them, receivers, and the other Wenyams."""

import asyncio
import os
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from typing import Any

from wenyam import plugins
from wenyam.alerts.contract import Notifier, Surroundings
from wenyam.alerts.peer_call import ask_peer, authorization_of
from wenyam.alerts.routing import DUTY_OFFICER, ONCALL, OWNER, ROLE
from wenyam.alerts.sender import probed
from wenyam.errors import SecretError, WenyamError
from wenyam.links.http_exchange import HttpExchange
from wenyam.model import durations
from wenyam.model.alerting import ChannelPlan, EscalationStep
from wenyam.model.guarding import PeerPlan
from wenyam.model.instance import Configuration
from wenyam.model.receiving import TrapPlan, WebhookPlan
from wenyam.operations import findings
from wenyam.operations.findings import Finding, bad, counted, good, untested, without_configuration
from wenyam.settings.secrets import SecretReader

SHORTEST_TOKEN = 16
"""Characters; a shorter one can be guessed by whoever may ask often."""
WELL_KNOWN = frozenset({"public", "private", "community", "cisco", "admin", "snmp", "trap", "manager"})
_GUESSED = "Use a random one: openssl rand -hex 24"
_SET_UP = "docs/howto/alerts.md leads to the first message."


def channels(surroundings: findings.Surroundings) -> Iterable[Finding]:
    """Ask every channel once what bothers nobody (reach, login, quota), when asked to."""
    configuration = surroundings.configuration
    if configuration is None:
        return without_configuration("channels")
    known = configuration.alerts.channels
    if not known:
        return [untested("channels", "none is configured, so nobody is told of anything", _SET_UP)]
    if not surroundings.reach_devices:
        count = counted(len(known), "channel")
        return [untested("channels", f"{count} not asked", "'wenyam doctor --probe' asks each; 'wenyam alert test' sends.")]
    house = Surroundings(surroundings.clock, SecretReader(), configuration.instance.name)
    return asyncio.run(_ask_channels(known.values(), house))


async def _ask_channels(plans: Iterable[ChannelPlan], house: Surroundings) -> list[Finding]:
    return list(await asyncio.gather(*(_ask_channel(plan, house) for plan in plans)))


async def _ask_channel(plan: ChannelPlan, house: Surroundings) -> Finding:
    kind: Any = plugins.load(plugins.NOTIFIERS, plan.kind)
    notifier: Notifier = kind(plan.options, house)
    try:
        detail, problem = await probed(notifier)
    finally:
        await notifier.close()
    if problem:
        return bad(f"channel {plan.name}", problem, f"Then: wenyam alert test {plan.name}")
    return good(f"channel {plan.name}", detail)


def addresses(surroundings: findings.Surroundings) -> Iterable[Finding]:
    """Examine whether everybody whom a route may mean can be reached by a channel of that step."""
    configuration = surroundings.configuration
    if configuration is None:
        return without_configuration("addresses")
    if not configuration.alerts.channels:
        return []
    steps = [
        (f"alerts.routes.{route.name}, step {number}", step)
        for route in configuration.alerts.routes
        for number, step in enumerate(route.steps, 1)
    ]
    wrong = [finding for name, step in steps for finding in _unreachable(configuration, name, step)]
    return wrong or [good("addresses", f"everybody whom {counted(len(steps), 'step')} of routes may mean can be reached")]


def _unreachable(configuration: Configuration, name: str, step: EscalationStep) -> Iterator[Finding]:
    inventory, plans = configuration.inventory, [configuration.alerts.channels[channel] for channel in step.channels]
    kinds: list[tuple[Any, Any]] = [(plugins.load(plugins.NOTIFIERS, plan.kind), plan.options) for plan in plans]
    for person_id in sorted(_meant(configuration, step)):
        person = inventory.people.get(person_id)
        if person is not None and not any(kind.address(options, person) for kind, options in kinds):
            sentence = f"{name}: '{person_id}' has no address for {' or '.join(step.channels)}"
            yield bad("addresses", sentence, f"Give people.{person_id} a mail address or LINE id, or take another channel.")


def _meant(configuration: Configuration, step: EscalationStep) -> set[str]:
    """Return everybody a step may mean at some time, for some incident."""
    found: set[str] = set()
    for word in step.to:
        found |= _behind(configuration, word)
    return found


def _behind(configuration: Configuration, word: str) -> set[str]:
    inventory = configuration.inventory
    if word.startswith(ONCALL):
        rota = configuration.oncall.rotas.get(word.removeprefix(ONCALL))
        layers = () if rota is None else rota.layers
        stand_ins = () if rota is None else rota.overrides
        return {person for layer in layers for person in layer.people} | {each.person for each in stand_ins}
    if word.startswith(ROLE):
        return {person.id for person in inventory.people.values() if word.removeprefix(ROLE) in person.roles}
    if word in (OWNER, DUTY_OFFICER):
        things = (*inventory.devices.values(), *inventory.links.values(), *inventory.services.values())
        return {str(getattr(thing, word)) for thing in things}
    return {word}


def receivers(surroundings: findings.Surroundings) -> Iterable[Finding]:
    """Examine what listens for others: a token nobody guesses, and nothing open to the network without TLS or version 3."""
    configuration = surroundings.configuration
    if configuration is None:
        return without_configuration("receivers")
    plan, found = configuration.receive, list[Finding]()
    if plan.webhook is not None:
        found.append(_webhook(plan.webhook))
    if plan.traps is not None:
        found.append(_traps(configuration, plan.traps))
    return found or [good("receivers", "nothing of others is heard")]


def _webhook(plan: WebhookPlan) -> Finding:
    place = f"{plan.host} port {plan.port}"
    if plan.token.scheme == "credential" and "CREDENTIALS_DIRECTORY" not in os.environ:
        return untested("receiver webhook", f"{plan.token} is handed over by systemd only to the service itself")
    token = SecretReader().read(plan.token)
    if len(token) < SHORTEST_TOKEN:
        return bad("receiver webhook", f"the token for {place} has less than {SHORTEST_TOKEN} characters", _GUESSED)
    if not ip_address(plan.host).is_loopback and plan.web_config is None:
        return bad(
            "receiver webhook", f"{place} is open to the network, and the token crosses it in the clear",
            "Name a web_config with TLS under receive.webhook, or listen on 127.0.0.1.",
        )  # fmt: skip
    return good("receiver webhook", f"{place} asks for a token")


def _traps(configuration: Configuration, plan: TrapPlan) -> Finding:
    place, secrets = f"{plan.host} UDP port {plan.port}", SecretReader()
    known = [configuration.inventory.credentials[name] for name in plan.credentials]
    plain = [credential for credential in known if credential.kind == "snmp-community"]
    guessed = [credential.name for credential in plain if secrets.of(credential, "community").lower() in WELL_KNOWN]
    if guessed and not ip_address(plan.host).is_loopback:
        sentence = f"{place} is open to the network with a community that everybody knows: {', '.join(guessed)}"
        return bad("receiver traps", sentence, f"{_GUESSED}; or use SNMP version 3.")
    advice = (
        "A community crosses the network in the clear; use version 3 where a false alarm would cost something." if plain else ""
    )
    return good("receiver traps", f"{place} asks for {counted(len(known), 'credential')}", advice)


def peers(surroundings: findings.Surroundings) -> Iterable[Finding]:
    """Ask every other Wenyam once how it is, when asked to."""
    configuration = surroundings.configuration
    if configuration is None:
        return without_configuration("peers")
    known = configuration.guarding.peers
    if not known:
        return [good("peers", "no other Wenyam is watched from here", "Two sites can guard each other: docs/howto/dead-man.md.")]
    if not surroundings.reach_devices:
        return [untested("peers", f"{counted(len(known), 'peer')} not asked", "'wenyam doctor --probe' asks each once.")]
    return asyncio.run(_ask_peers(configuration, known.values()))


async def _ask_peers(configuration: Configuration, plans: Iterable[PeerPlan]) -> list[Finding]:
    return list(await asyncio.gather(*(_ask_peer(configuration, plan) for plan in plans)))


async def _ask_peer(configuration: Configuration, plan: PeerPlan) -> Finding:
    about = f"peer {plan.name}"
    try:
        authorization = authorization_of(plan, configuration.inventory.credentials, SecretReader())
        health = await ask_peer(HttpExchange(), plan, authorization)
    except SecretError as error:
        return bad(about, error.sentence, error.advice)
    except WenyamError as error:
        return bad(about, error.sentence, error.advice or "Is its exporter listening there, with this login?")
    if health.blind or health.store_problem or health.silent:
        return bad(about, f"{health.instance} answers, but it is not well", "'wenyam doctor' there says more.")
    return good(about, f"{health.instance} answers; its heartbeat is {durations.write(health.heartbeat_age)} old")
