"""The profiles there are, and the choice of one for a device."""

import asyncio
import re
from collections.abc import Collection, Mapping
from functools import cache, cached_property
from pathlib import Path

from wenyam.collectors.snmp_profile import Match, Profile
from wenyam.collectors.snmp_shelf import Shelf
from wenyam.collectors.snmp_traps import TrapEntry, table
from wenyam.errors import ConfigurationError
from wenyam.nearest import did_you_mean
from wenyam.settings.problems import BrokenConfigurationError, Findings, Place

SHIPPED = Path(__file__).parent / "profiles"
PARTS = "parts"
GENERIC = "generic"
_LONGEST_DESCRIPTION = 512
Rank = tuple[int, bool, int]
"""Numbers of the sysObjectID that fit, whether its objects must answer, length of the pattern."""
_NO_FIT: Rank = (0, False, 0)


class Library:
    """Profiles by name (their file's name), parts by name; a file is read when it is first needed.

    What is broken raises BrokenConfigurationError with file and line when it is asked for.
    """

    def __init__(self, folder: Path) -> None:
        """List a folder of profiles and its `parts`."""
        self._folder = folder
        self.profiles, self.parts = Shelf(folder), Shelf(folder / PARTS, f"{PARTS}/")

    @cached_property
    def _matches(self) -> Mapping[str, Match]:
        return self.profiles.matches()

    @property
    def traps(self) -> Mapping[str, TrapEntry]:
        """Return what notifications mean, by object identifier."""
        return table(entry for shelf in (self.profiles, self.parts) for profile in shelf.heralds() for entry in profile.traps)

    def named(self, name: str) -> Profile:
        """Return one profile; ConfigurationError with the nearest name when there is none."""
        if name not in self.profiles:
            raise ConfigurationError(f"there is no SNMP profile '{name}'{did_you_mean(name, self.profiles)}")
        return self.profiles[name]

    def choose(self, object_id: str, description: str, answered: Collection[str] = ()) -> str:
        """Return the best profile: longest sysObjectID prefix, then one whose objects answered, then longest fitting pattern.

        `answered` are those of `questions` the device has; `generic` when none fits.
        """
        best, best_rank = GENERIC, _NO_FIT
        for name, match in self._matches.items():
            rank = _rank(match, object_id, description[:_LONGEST_DESCRIPTION])
            if rank > best_rank and _has(match, answered):
                best, best_rank = name, rank
        return best

    def questions(self, object_id: str, description: str) -> list[str]:
        """Return the objects whose presence tells devices of this sysObjectID and sysDescr apart."""
        fitting = (
            match.answers
            for match in self._matches.values()
            if _rank(match, object_id, description[:_LONGEST_DESCRIPTION]) > _NO_FIT
        )
        return list(dict.fromkeys(oid for answers in fitting for oid in answers))

    async def at_hand(self, name: str) -> list[Profile]:
        """Return a profile followed by its parts in their order; after each file that must be read the others have their turn."""
        profile = self.named(name)
        for part in profile.include:
            if part in self.parts and not self.parts.is_read(part):
                await asyncio.sleep(0)
                self.parts[part]
        return self.sources(name)

    def sources(self, name: str) -> list[Profile]:
        """Return a profile followed by its parts in their order."""
        profile, findings = self.named(name), Findings()
        _check(name, profile, self.parts, findings)
        if findings.problems:
            raise BrokenConfigurationError(str(self._folder), findings.problems)
        return [profile, *(self.parts[part] for part in profile.include)]

    def check(self) -> None:
        """Read everything; BrokenConfigurationError lists every problem with file and line."""
        findings = Findings()
        profiles, parts = _read(self.profiles, findings), _read(self.parts, findings)
        for name, profile in profiles.items():
            _check(name, profile, parts, findings)
        for name, part in parts.items():
            if part.match or part.include:
                findings.problem(Place(f"{PARTS}/{name}.yaml"), "a part has neither 'match' nor 'include'")
        if GENERIC not in profiles:
            findings.problem(Place(f"{GENERIC}.yaml"), "is missing; devices that fit no other profile need it")
        if findings.problems:
            raise BrokenConfigurationError(str(self._folder), findings.problems)


def _rank(match: Match, object_id: str, description: str) -> Rank:
    described = match.description is None or re.search(match.description, description) is not None
    fitting = [len(prefix.split(".")) for prefix in match.object_id if f"{object_id}.".startswith(f"{prefix}.")]
    if not described or (match.object_id and not fitting):
        return _NO_FIT
    return (max(fitting, default=0), bool(match.answers), len(match.description or ""))


def _has(match: Match, answered: Collection[str]) -> bool:
    return not match.answers or any(oid in answered for oid in match.answers)


@cache
def shipped() -> Library:
    """Return the profiles that come with Wenyam."""
    return Library(SHIPPED)


def load(folder: Path) -> Library:
    """Read and check a folder of profiles and its `parts`; BrokenConfigurationError lists every problem with file and line."""
    library = Library(folder)
    library.check()
    return library


def _read(shelf: Shelf, findings: Findings) -> dict[str, Profile]:
    found = {name: shelf.read(name, findings) for name in shelf}
    return {name: profile for name, profile in found.items() if profile is not None}


def _check(name: str, profile: Profile, parts: Mapping[str, Profile], findings: Findings) -> None:
    place = Place(f"{name}.yaml")
    for part in profile.include:
        if part not in parts:
            findings.problem(place, f"include: there is no part '{part}'{findings.nearest(part, parts)}")
    if profile.match is None and name != GENERIC:
        findings.problem(place, "'match' is missing; only 'generic' fits every device")
