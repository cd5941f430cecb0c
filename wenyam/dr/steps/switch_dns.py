"""Points a name at another site: by dynamic update, or in the zone's file; proven by asking every server that is listed."""

import json
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field, model_validator

from wenyam.dr import zone_files
from wenyam.dr.attempts import left, step_errors
from wenyam.dr.before import recall, remember
from wenyam.dr.contract import StepError, StepPlace
from wenyam.dr.options import StepOptions, unknown_credential
from wenyam.dr.zone_files import ZoneFileOptions
from wenyam.dr.zone_text import changed
from wenyam.dr.zones import Answer, ServerOptions, answer_of, answers_of
from wenyam.links import dns_update
from wenyam.links.dns_update import Key, NameServer, RecordSet
from wenyam.model.instance import Configuration
from wenyam.model.recovery import Outcome, failed, passed
from wenyam.settings.values import Duration, Line, Name

FORMER: Final = "former"
_SECONDS: Final = 10.0
_LOOK_AGAIN: Final = 0.5


class UpdateOptions(ServerOptions):
    """The zone's primary, and the key it trusts."""

    credential: Name
    """Credential of kind tsig."""


class SwitchDnsOptions(StepOptions):
    """Which records, where they are changed, and who must know them."""

    zone: Line
    """Zone that holds the name."""
    name: Line
    """The whole name, such as erp.example.org."""
    type: Literal["A", "AAAA", "CNAME"] = "A"
    """Type of the record."""
    to: Annotated[tuple[Line, ...], Field(min_length=1, max_length=20)]
    """The values it has afterwards, and no others."""
    ttl: Duration = 60.0
    """How long others may remember the answer."""
    servers: Annotated[tuple[ServerOptions, ...], Field(min_length=1, max_length=50)]
    """Every server that users ask; each must answer the new values."""
    update: UpdateOptions | None = None
    """Change it by dynamic update."""
    zone_file: ZoneFileOptions | None = None
    """Change it in the zone's file over SSH; for a zone that takes no updates."""
    settle: Duration = 60.0
    """Longest time until every server knows it."""

    @model_validator(mode="after")
    def _whole(self) -> "SwitchDnsOptions":
        if (self.update is None) is (self.zone_file is None):
            raise ValueError("either 'update' or 'zone_file' is needed")
        if not f".{self.name.rstrip('.')}".endswith(f".{self.zone.rstrip('.')}"):
            raise ValueError(f"the name '{self.name}' does not lie in zone '{self.zone}'; write the whole name")
        return self


class SwitchDnsStep:
    """Changes one record set."""

    Config: ClassVar[type[SwitchDnsOptions]] = SwitchDnsOptions
    changes: ClassVar[bool] = True
    repeatable: ClassVar[bool] = True
    waits: ClassVar[bool] = False

    def __init__(self, config: SwitchDnsOptions) -> None:
        """Take validated options."""
        self._config = config

    def describe(self) -> str:
        """Say what is changed and who must know it."""
        config = self._config
        servers = ", ".join(server.shown for server in config.servers)
        return f"point {config.name} ({config.type}) at {', '.join(config.to)}, until {servers} answer so"

    def unknown(self, configuration: Configuration) -> tuple[str, ...]:
        """Return a sentence for each name that is not known."""
        update, file = self._config.update, self._config.zone_file
        if update is not None:
            return unknown_credential(configuration, update.credential, (dns_update.KIND,))
        return () if file is None else file.unknown(configuration)

    async def rehearse(self, place: StepPlace) -> Outcome:
        """Ask every server, and prove key and right, or login and file, without changing a record."""
        config = self._config
        answers = await self._answers(place)
        if silent := [answer.problem(answer.values, None) for answer in answers if answer.trouble]:
            raise StepError("; ".join(silent))
        if config.update is not None:
            with step_errors():
                key = self._key(place, config.update)
                server = NameServer(config.update.address, config.update.port)
                await dns_update.rehearse(server, self._records(config.to), key, left(place, _SECONDS))
        if config.zone_file is not None:
            await zone_files.rehearse(place, config.zone_file)
            text = await zone_files.read(place, config.zone_file)
            changed(text, self._records(config.to), served=answers[0].serial)
        now = "; ".join(answer.line for answer in answers)
        return passed(f"{config.name} could be changed; all {len(answers)} servers answer", answers=now)

    async def run(self, place: StepPlace) -> Outcome:
        """Change it, and wait until every server answers so."""
        return await self._switch(place, self._config.to)

    async def was_done(self, place: StepPlace) -> bool | None:
        """Ask the servers."""
        problems = [answer.problem(self._config.to, None) for answer in await self._answers(place)]
        return None if any("could not be asked" in problem for problem in problems) else not any(problems)

    async def undo(self, place: StepPlace) -> Outcome:
        """Put the former values back, in the same way."""
        former = recall(place, FORMER)
        if former is None:
            raise StepError(f"it is not known what {self._config.name} was before")
        return await self._switch(place, tuple(former))

    async def _switch(self, place: StepPlace, to: tuple[str, ...]) -> Outcome:
        before = await self._primary(place)
        former = remember(place, FORMER, list(before.values))
        place.said[f"{place.step.id}.{FORMER}"] = json.dumps(former)
        is_new = set(before.values) != {value.rstrip(".") for value in to}
        if is_new:
            place.say(f"{self._config.name}: {', '.join(before.values) or 'nothing'} becomes {', '.join(to) or 'nothing'}")
            await self._change(place, before, to)
        answers = await self._settled(place, to, before.serial if is_new else None)
        problems = [problem for answer in answers if (problem := answer.problem(to, before.serial if is_new else None))]
        evidence = {"before": before.line, "answers": "\n".join(answer.line for answer in answers)}
        if problems:
            return failed(f"not every server knows {self._config.name} yet: {'; '.join(problems)}", **evidence)
        shown = ", ".join(to) or "nothing"
        return passed(f"all {len(answers)} servers answer {shown} for {self._config.name}", **evidence)

    async def _primary(self, place: StepPlace) -> Answer:
        """Ask where it is changed: the primary, or else the first server that is listed."""
        config = self._config
        server = config.update or config.servers[0]
        found = await answer_of(place, server, config.zone, config.name, config.type)
        if found.trouble:
            raise StepError(f"{server.shown} {found.trouble}")
        return found

    async def _change(self, place: StepPlace, before: Answer, to: tuple[str, ...]) -> None:
        config, wanted = self._config, self._records(to)
        if config.update is not None:
            with step_errors():
                server, key = NameServer(config.update.address, config.update.port), self._key(place, config.update)
                await dns_update.replace(server, wanted, before.values, key, left(place, _SECONDS))
        if config.zone_file is not None:
            text = await zone_files.read(place, config.zone_file)
            new = changed(text, wanted, served=before.serial)
            await zone_files.put(place, config.zone_file, config.zone, new)

    async def _settled(self, place: StepPlace, to: tuple[str, ...], than: int | None) -> list[Answer]:
        """Ask until every server answers as it should, or the time is up."""
        deadline = place.clock.monotonic() + left(place, self._config.settle) - _LOOK_AGAIN
        answers = await self._answers(place)
        while any(answer.problem(to, than) for answer in answers) and place.clock.monotonic() < deadline:
            await place.clock.sleep(_LOOK_AGAIN)
            answers = await self._answers(place)
        return answers

    async def _answers(self, place: StepPlace) -> list[Answer]:
        config = self._config
        return await answers_of(place, config.servers, config.zone, config.name, config.type)

    def _records(self, values: tuple[str, ...]) -> RecordSet:
        config = self._config
        return RecordSet(config.zone, config.name, config.type, values, int(config.ttl))

    def _key(self, place: StepPlace, update: UpdateOptions) -> Key:
        return Key.of(place.configuration.inventory.credentials[update.credential], place.links.secrets)
