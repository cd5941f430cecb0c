"""The files of one folder of profiles, each read and checked when it is first asked for: a watch needs few of them."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from wenyam.collectors.snmp_profile import Match, Profile, unknown_names
from wenyam.errors import ConfigurationError
from wenyam.settings.problems import BrokenConfigurationError, Findings, Place
from wenyam.settings.tree import Block, Rows, read_yaml
from wenyam.settings.validation import validate

_MATCH = re.compile(r"^match:.*\n(?:[ #].*\n|\n)*", re.MULTILINE)
"""A key that begins its line, and the lines below that are further in."""
_TRAPS = re.compile(r"^traps:", re.MULTILINE)


class Shelf(Mapping[str, Profile]):
    """Profiles (or parts) by name. Asking for one that is broken raises BrokenConfigurationError with file and line."""

    def __init__(self, folder: Path, prefix: str = "") -> None:
        """List the files; `prefix` stands before their names in problems."""
        self._folder, self._prefix = folder, prefix
        self._paths = {path.stem: path for path in sorted(folder.glob("*.yaml"))}
        self._known: dict[str, Profile] = {}

    def __getitem__(self, name: str) -> Profile:
        """Return one profile, read now if it was not before."""
        if name not in self._paths:
            raise KeyError(name)
        if name not in self._known:
            findings = Findings()
            if self.read(name, findings) is None or findings.problems:
                raise BrokenConfigurationError(str(self._folder), findings.problems)
        return self._known[name]

    def __contains__(self, name: object) -> bool:
        """Tell whether there is such a file, without reading it."""
        return name in self._paths

    def __iter__(self) -> Iterator[str]:
        """Yield the names, sorted."""
        return iter(self._paths)

    def __len__(self) -> int:
        """Count the files."""
        return len(self._paths)

    def is_read(self, name: str) -> bool:
        """Tell whether asking for this one costs nothing any more."""
        return name in self._known

    def read(self, name: str, findings: Findings) -> Profile | None:
        """Read one file and note every problem; None when nothing can be made of it."""
        place = Place(f"{self._prefix}{name}.yaml", 1)
        block = read_yaml(self._text(name), place.file, findings)
        if block is None:
            findings.problem(place, "says nothing")
            return None
        profile = validate(Profile, block, place, path="", findings=findings, context={})
        if profile is None:
            return None
        for where, sentence in unknown_names(profile):
            findings.problem(_place(block, where), f"{'.'.join(str(_counted(part)) for part in where)}: {sentence}")
        self._known[name] = profile
        return profile

    def matches(self) -> dict[str, Match]:
        """Return which devices each profile is for, those without a word about it left out. Only that part of a file is read."""
        found = {name: self._match(name) for name in self}
        return {name: match for name, match in found.items() if match is not None}

    def _match(self, name: str) -> Match | None:
        written = _MATCH.search(self._text(name))
        findings = Findings()
        block = None if written is None else read_yaml(written.group(), name, findings)
        if block is None:
            return self[name].match
        match = validate(Match, block["match"], block.at("match"), path="match", findings=findings, context={})
        return self[name].match if findings.problems else match

    def heralds(self) -> Iterator[Profile]:
        """Yield those that say what notifications mean."""
        return (self[name] for name in self if _TRAPS.search(self._text(name)))

    def _text(self, name: str) -> str:
        try:
            return self._paths[name].read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"the profile {self._paths[name]} cannot be read: {error}") from error


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
