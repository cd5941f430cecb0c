"""The line of `wenyam status` that says who is on duty, and how to call them."""

from rich.console import RenderableType
from rich.text import Text

from wenyam.i18n.translate import Translator
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant
from wenyam.model.inventory import Text as Label


def duty(configuration: Configuration, at: Instant, say: Translator, language: str) -> list[RenderableType]:
    """Draw who is called first in each rota; nothing where no rota is configured."""
    if not configuration.oncall.rotas:
        return []
    from wenyam.operations.oncall import first_called, read_plan  # noqa: PLC0415  # not needed without rotas

    found = first_called(read_plan(configuration)[0], at)
    said = [f"{_name(configuration, who, language)} ({_rota(rota.label, language)})" for rota, who in found]
    return [Text(f"{say('On duty')}: {', '.join(said) or say('nobody')}", style="" if said else "yellow")]


def _name(configuration: Configuration, who: str, language: str) -> str:
    person = configuration.inventory.people.get(who)
    if person is None:
        return who
    name = person.name.th if language == "th" else person.name.en
    return f"{name} {person.telephone}" if person.telephone else name


def _rota(label: Label, language: str) -> str:
    return label.th if language == "th" else label.en
