"""What the parts of a configuration must know of each other: names, defaults, and where problems are noted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel

from wenyam.model.inventory import Credential
from wenyam.model.states import Subject, SubjectKind
from wenyam.settings.blocks_instance import DefaultsBlock, ObjectivesBlock
from wenyam.settings.problems import Findings, Place
from wenyam.settings.tree import Block
from wenyam.settings.validation import validate
from wenyam.settings.values import name as checked_name

Model = TypeVar("Model", bound=BaseModel)

_SINGULAR = {"people": "person", "repositories": "repository"}
SECTION_OF = {"device": "devices", "link": "links", "service": "services", "group": "groups"}


@dataclass(slots=True)
class Known:
    """The sections as written, what was settled first, and the findings."""

    findings: Findings
    sections: Mapping[str, Block]
    context: dict[str, Any]
    """Folder and time zone, for models."""
    instance_site: str = ""
    defaults: DefaultsBlock = field(default_factory=DefaultsBlock)
    objectives: ObjectivesBlock = field(default_factory=ObjectivesBlock)
    credentials: dict[str, Credential] = field(default_factory=dict)
    used_credentials: set[str] = field(default_factory=set)
    programs: bool = False
    """True when the configuration names programs to start, so that who may write it matters most."""

    def section(self, name: str) -> Block:
        """Return a section as written; empty when absent."""
        return self.sections.get(name) or Block(Place("wenyam.yaml"))

    def validated(self, section: str, model: type[Model]) -> dict[str, tuple[Model, Block]]:
        """Return the good entries of a section by name, with what was written; the rest is noted."""
        written = self.section(section)
        good: dict[str, tuple[Model, Block]] = {}
        for key, value in written.items():
            path = f"{section}.{key}"
            self.require_name(key, written.at(key), section)
            content = Block(written.at(key)) if value is None else value
            found = self.valid(model, content, written.at(key), path)
            if found is not None:
                good[key] = (found, content)
        return good

    def valid(self, model: type[Model], block: Any, place: Place, path: str) -> Model | None:
        """Return a block as this model, or None when it has problems (noted)."""
        return validate(model, block, place, path=path, findings=self.findings, context=self.context)

    def require_name(self, key: str, place: Place, section: str) -> None:
        """Note a key that cannot be a name."""
        try:
            checked_name(key)
        except ValueError as error:
            self.findings.problem(place, f"{section}: {error}")

    def refers(self, block: Block, key: str, path: str, section: str, name: str) -> bool:
        """Tell whether an entry of a section exists; note a problem at this key when it does not."""
        what = _SINGULAR.get(section, section.removesuffix("s"))
        return self.findings.refers(block.at(key), f"{path}.{key}", what, name, self.section(section))

    def person(self, block: Block, key: str, path: str, written: str | None) -> str:
        """Return who is named here or under `defaults`; nobody is a problem."""
        default: str | None = getattr(self.defaults, key)
        name = default if written is None else written
        if not name:
            if self.findings.whole and key not in block.dropped:
                words = key.replace("_", " ")
                self.findings.problem(block.at(key), f"{path}: {words} is empty; name a person here or under 'defaults'")
        elif written is not None:
            self.refers(block, key, path, "people", name)
        return name or ""

    def site(self, block: Block, path: str, written: str | None, otherwise: str) -> str:
        """Return the site named here, or the other one."""
        if written is not None:
            self.refers(block, "site", path, "sites", written)
        return written or otherwise

    def subject(self, text: Any, place: Place, path: str, *, allowed: tuple[str, ...]) -> Subject | None:
        """Return the subject a text names (a bare name is a device); None when it does not exist (noted)."""
        if not isinstance(text, str):
            self.findings.problem(place, f"{path}: a name expected")
            return None
        kind, colon, name = text.partition(":")
        if not colon:
            kind, name = SubjectKind.DEVICE.value, text
        if kind not in allowed:
            words = ", ".join(f"{word}:" for word in allowed)
            self.findings.problem(place, f"{path}: '{text}' begins with none of {words}")
            return None
        if not self.findings.refers(place, path, kind, name, self.section(SECTION_OF[kind])):
            return None
        return Subject(SubjectKind.DEVICE if kind == "group" else SubjectKind(kind), name)
