"""The screen of `wenyam alert list`: what is open, who was told, how the channels are."""

from rich.console import Console, RenderableType
from rich.text import Text

from wenyam.cli.fitted import FittedTable
from wenyam.i18n.dates import format_instant
from wenyam.i18n.lengths import short_time
from wenyam.i18n.translate import Translator, translator
from wenyam.incidents.incident import Incident
from wenyam.model.alerting import Severity
from wenyam.model.durations import write
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, seconds_between
from wenyam.operations.alerts import AlertView, ChannelView

_LOOKS = {Severity.CRITICAL: ("✖", "red"), Severity.WARNING: ("▲", "yellow")}


def show(found: AlertView, configuration: Configuration, now: Instant, language: str) -> None:
    """Print the screen in a language."""
    say, zone = translator(language), configuration.instance.availability.time_zone
    console = Console(highlight=False)
    for part in (*_incidents(found, now, say), *_channels(found.channels, now, say)):
        console.print(part)
    for silence in found.silences:
        until = format_instant(silence.until, zone, language)
        line = say("Silence {name}: {what} until {until}, {by}: {reason}")
        told = line.format(name=silence.name, what=silence.what, until=until, by=silence.by, reason=silence.reason)
        console.print(Text(told, style="dim"))


def _incidents(found: AlertView, now: Instant, say: Translator) -> list[RenderableType]:
    if not found.incidents:
        return [Text(say("Nothing is open."), style="green")]
    table = FittedTable(say("Code"), say("What"), say("Since"), say("Taken by"), say("Told"), spare=[3, 2])
    for incident in found.incidents:
        table.add_row(*_row(incident, found.told.get(incident.code, ()), now, say))
    return [table]


def _row(incident: Incident, told: tuple[str, ...], now: Instant, say: Translator) -> list[Text]:
    symbol, colour = _LOOKS[incident.severity]
    ended = incident.recovered or now
    since = short_time(write(float(int(max(0.0, seconds_between(incident.began, ended))))), say)
    if incident.recovered is not None:
        symbol, colour, since = "✔", "green", f"{since} · {say('recovered')}"
    more = f" (+{len(incident.members) - 1})" if len(incident.members) > 1 else ""
    taken = "" if incident.acknowledged is None else incident.acknowledged.by
    return [
        Text(f"{symbol} {incident.code}", style=colour),
        Text(f"{incident.title}{more}"),
        Text(since),
        Text(taken),
        Text("; ".join(told)),
    ]


def _channels(channels: tuple[ChannelView, ...], now: Instant, say: Translator) -> list[RenderableType]:
    if not channels:
        return [Text(say("No channel is configured: nobody is told of anything."), style="yellow")]
    table = FittedTable(
        say("Channel"), say("Kind"), say("Waiting"), say("Last hour"), say("Self-test"), spare=[1, 3], sentence=False
    )
    for channel in channels:
        waiting = (
            "0"
            if channel.oldest is None
            else f"{channel.waiting} ({short_time(write(seconds_between(channel.oldest, now)), say)})"
        )
        tested = say("never") if channel.self_tested is None else channel.problem or "✔"
        hour = f"{channel.sent_in_hour} / {channel.cap_per_hour}"
        style = "red" if channel.problem else ""
        table.add_row(Text(channel.name, style=style), Text(channel.kind), Text(waiting), Text(hour), Text(tested))
    return [Text(), table]
