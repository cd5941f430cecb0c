"""Establishes that a site is down, from several vantage points: a broken path never counts as a lost site (R6.1, step 1)."""

import asyncio
from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from wenyam.dr import vantage
from wenyam.dr.contract import StepError, StepPlace
from wenyam.dr.options import StepOptions, unknown_device, unknown_name
from wenyam.dr.site_down import Answer, Sight, judge, merged
from wenyam.dr.vantage import OtherVantage, OwnVantage, SightOptions, from_here, from_there
from wenyam.model.instance import Configuration
from wenyam.model.recovery import Outcome, RecoveryPlan, failed, passed
from wenyam.settings.values import Duration, Name


class ConfirmSiteDownOptions(StepOptions):
    """Which site, what of it is looked at, and from where."""

    site: Name | None = None
    """The plan's main site where it is left out."""
    things: Annotated[tuple[SightOptions, ...], Field(min_length=2, max_length=50)]
    """Hosts and ports of the site; all of them must be silent on every path."""
    here: OwnVantage
    """What this Wenyam sees itself, and what proves that its own path is whole."""
    others: Annotated[tuple[OtherVantage, ...], Field(min_length=1, max_length=10)]
    """Further places to look from, over other paths."""
    rounds: Annotated[int, Field(ge=1, le=20)] = 3
    """How often everything is looked at; one answer in any round counts."""
    pause: Duration = 5.0
    """Between two rounds."""

    @model_validator(mode="after")
    def _other_paths(self) -> "ConfirmSiteDownOptions":
        paths = {self.here.path, *(other.path for other in self.others)}
        if len(paths) < 2:  # noqa: PLR2004  # two vantage points behind one line see the same
            raise ValueError("'here' and 'others' look along the same path; a second path is needed to tell a path fault")
        return self


class ConfirmSiteDownStep:
    """Looks at a site from everywhere and gives one of three answers."""

    Config: ClassVar[type[ConfirmSiteDownOptions]] = ConfirmSiteDownOptions
    changes: ClassVar[bool] = False
    repeatable: ClassVar[bool] = True
    waits: ClassVar[bool] = False

    def __init__(self, config: ConfirmSiteDownOptions) -> None:
        """Take validated options."""
        self._config = config

    def describe(self) -> str:
        """Say what is looked at from where."""
        config = self._config
        things = ", ".join(thing.shown for thing in config.things)
        points = ", ".join(["this machine", *(other.host for other in config.others)])
        return f"confirm that {self._site_words()} is down: {things} are silent, seen from {points}"

    def unknown(self, configuration: Configuration) -> tuple[str, ...]:
        """Return a sentence for each name that is not known, and for vantage points that lie at the site itself."""
        config, inventory = self._config, configuration.inventory
        found = [sentence for thing in config.things for sentence in unknown_device(configuration, thing.host)]
        found += [sentence for name in config.here.witnesses for sentence in unknown_name("witness", name, inventory.witnesses)]
        found += [sentence for other in config.others for sentence in other.unknown(configuration)]
        if config.site is not None:
            found += unknown_name("site", config.site, inventory.sites)
        if found:
            return tuple(found)
        sites = {inventory.devices[thing.host].site for thing in config.things}
        if len(sites) > 1:
            found.append(f"what is looked at lies at several sites: {', '.join(sorted(sites))}")
        found += [
            f"vantage point '{other.host}' lies at the site it should look at"
            for other in config.others
            if inventory.devices[other.host].site in sites
        ]
        return tuple(found)

    async def rehearse(self, place: StepPlace) -> Outcome:
        """Look from everywhere: every vantage point must work, and the site, which lives, must answer on each path."""
        for other in self._config.others:
            await vantage.rehearse(place, other)
        sights = await self._round(place)
        blind = [sight.line for sight in sights if not sight.works]
        if blind:
            raise StepError(f"a vantage point sees nothing at all: {'; '.join(blind)}")
        words = judge(self._site(place.plan), sights).reason
        return passed(f"{len(sights)} vantage points can look; now {words}", **_evidence(sights))

    async def run(self, place: StepPlace) -> Outcome:
        """Pass only for «site down»; «path fault» and «site up» are failures in plain words."""
        site, rounds = self._site(place.plan), []
        for number in range(self._config.rounds):
            if number:
                await place.clock.sleep(self._config.pause)
            rounds.append(await self._round(place))
            place.say(f"round {number + 1}: {'; '.join(sight.line for sight in rounds[-1])}")
        sights = merged(rounds)
        found = judge(site, sights)
        sentence = f"{found.answer}: {found.reason}"
        return (passed if found.answer is Answer.SITE_DOWN else failed)(sentence, **_evidence(sights))

    async def was_done(self, place: StepPlace) -> bool | None:  # noqa: ARG002  # looking twice is the same as once
        """Tell that it may just be done again."""
        return False

    async def undo(self, place: StepPlace) -> Outcome:  # noqa: ARG002  # the contract's form
        """Take nothing back: nothing was changed."""
        return passed("nothing was changed, so nothing is taken back")

    async def _round(self, place: StepPlace) -> list[Sight]:
        config = self._config
        own = from_here(place, config.here, config.things)
        return list(await asyncio.gather(own, *(from_there(place, other, config.things) for other in config.others)))

    def _site(self, plan: RecoveryPlan) -> str:
        return self._config.site or plan.main_site

    def _site_words(self) -> str:
        return "the main site" if self._config.site is None else f"site {self._config.site}"


def _evidence(sights: list[Sight]) -> dict[str, str]:
    return {"seen": "\n".join(sight.line for sight in sights)}
