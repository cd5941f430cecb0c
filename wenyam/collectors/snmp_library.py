"""The profiles there are: read once, checked with file and line, and the choice of one for a device."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from wenyam.collectors.snmp_profile import Match, Profile, unknown_names
from wenyam.collectors.snmp_traps import TrapEntry, table
from wenyam.errors import ConfigurationError
from wenyam.settings.problems import BrokenConfigurationError, Findings, Place, nearest
from wenyam.settings.tree import Block, Rows, read_yaml
from wenyam.settings.validation import validate

SHIPPED = Path(__file__).parent / "profiles"
PARTS = "parts"
GENERIC = "generic"
_LONGEST_DESCRIPTION = 512
Rank = tuple[int, bool, int]
"""Numbers of the sysObjectID that fit, whether its objects must answer, length of the pattern."""
_NO_FIT: Rank = (0, False, 0)


@dataclass(frozen=True, slots=True)
class Library:
    """Profiles by name (their file's name), parts by name."""

    profiles: Mapping[str, Profile]
    parts: Mapping[str, Profile]

    @property
    def traps(self) -> Mapping[str, TrapEntry]:
        """Return what notifications mean, by object identifier."""
        return table(entry for profile in (*self.profiles.values(), *self.parts.values()) for entry in profile.traps)

    def named(self, name: str) -> Profile:
        """Return one profile; ConfigurationError with the nearest name when there is none."""
        profile = self.profiles.get(name)
        if profile is None:
            raise ConfigurationError(f"there is no SNMP profile '{name}'{nearest(name, self.profiles)}")
        return profile

    def choose(self, object_id: str, description: str, answered: Collection[str] = ()) -> str:
        """Return the best profile: longest sysObjectID prefix, then one whose objects answered, then longest fitting pattern.

        `answered` are those of `questions` the device has; `generic` when none fits.
        """
        best, best_rank = GENERIC, _NO_FIT
        for name, profile in self.profiles.items():
            rank = _rank(profile, object_id, description[:_LONGEST_DESCRIPTION])
            if rank > best_rank and profile.match and _has(profile.match, answered):
                best, best_rank = name, rank
        return best

    def questions(self, object_id: str, description: str) -> list[str]:
        """Return the objects whose presence tells devices of this sysObjectID and sysDescr apart."""
        fitting = (
            profile.match.answers
            for profile in self.profiles.values()
            if profile.match and _rank(profile, object_id, description[:_LONGEST_DESCRIPTION]) > _NO_FIT
        )
        return list(dict.fromkeys(oid for answers in fitting for oid in answers))

    def sources(self, name: str) -> list[Profile]:
        """Return a profile followed by its parts in their order."""
        profile = self.named(name)
        return [profile, *(self.parts[part] for part in profile.include)]


def _rank(profile: Profile, object_id: str, description: str) -> Rank:
    match = profile.match
    if match is None:
        return _NO_FIT
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
    return load(SHIPPED)


def load(folder: Path) -> Library:
    """Read a folder of profiles and its `parts`; BrokenConfigurationError lists every problem with file and line."""
    findings = Findings()
    profiles = _read(folder, "", findings)
    parts = _read(folder / PARTS, f"{PARTS}/", findings)
    for name, profile in profiles.items():
        _check(name, profile, parts, findings)
    for name, part in parts.items():
        if part.match or part.include:
            findings.problem(Place(f"{PARTS}/{name}.yaml"), "a part has neither 'match' nor 'include'")
    if GENERIC not in profiles:
        findings.problem(Place(f"{GENERIC}.yaml"), "is missing; devices that fit no other profile need it")
    if findings.problems:
        raise BrokenConfigurationError(str(folder), findings.problems)
    return Library(profiles, parts)


def _read(folder: Path, prefix: str, findings: Findings) -> dict[str, Profile]:
    found: dict[str, Profile] = {}
    for path in sorted(folder.glob("*.yaml")):
        place = Place(f"{prefix}{path.name}", 1)
        block = read_yaml(path.read_text(encoding="utf-8"), place.file, findings)
        profile = None if block is None else validate(Profile, block, place, path="", findings=findings, context={})
        if block is not None and profile:
            found[path.stem] = profile
            for where, sentence in unknown_names(profile):
                findings.problem(_place(block, where), f"{'.'.join(str(_counted(part)) for part in where)}: {sentence}")
    return found


def _counted(part: str | int) -> str | int:
    """Count lists from one, as people do."""
    return part + 1 if isinstance(part, int) else part


def _place(block: Block, where: tuple[str | int, ...]) -> Place:
    """Find the line of what is wrong."""
    here: object = block
    place = block.place
    for part in where:
        if isinstance(here, Block) and isinstance(part, str):
            place, here = here.at(part), here.get(part)
        elif isinstance(here, Rows) and isinstance(part, int):
            place, here = here.places[part], here[part]
    return place


def _check(name: str, profile: Profile, parts: Mapping[str, Profile], findings: Findings) -> None:
    place = Place(f"{name}.yaml")
    for part in profile.include:
        if part not in parts:
            findings.problem(place, f"include: there is no part '{part}'{findings.nearest(part, parts)}")
    if profile.match is None and name != GENERIC:
        findings.problem(place, "'match' is missing; only 'generic' fits every device")
