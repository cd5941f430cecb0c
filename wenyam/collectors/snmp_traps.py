"""The part of profiles that says what SNMP notifications mean; its docstrings are the reference manual."""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from wenyam.links.snmp import oids
from wenyam.model import durations
from wenyam.model.states import State

FIELD = re.compile(r"\{([a-z][a-z0-9_]*)\}")
ALWAYS = frozenset({"index"})
"""What every text may use: the index behind the first varbind of the key."""
_WORD = "^[a-z][a-z0-9_]*$"


def _oid(text: str) -> str:
    try:
        oids.encode(text)
    except ValueError as error:
        raise ValueError(f"'{text}' is no object identifier") from error
    return text.strip(".")


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"'{text}' is no regular expression: {error}") from error
    return text


def _listed(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


def _duration(value: object) -> float:
    if not isinstance(value, str):
        raise ValueError("a duration with its unit expected, such as 4h")  # noqa: TRY004  # pydantic reports ValueError
    return durations.parse(value)


Oid = Annotated[str, AfterValidator(_oid)]
Oids = Annotated[tuple[Oid, ...], BeforeValidator(_listed), Field(min_length=1)]
Word = Annotated[str, Field(pattern=_WORD)]
TrapState = Literal["ok", "warn", "crit"]


class TrapEntry(BaseModel):
    """What one notification means."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    oid: Oids
    """snmpTrapOID; of several, any (version 1 traps of some modules have a 0 more)."""
    name: str
    """Its name in the MIB."""
    check: Annotated[str, Field(pattern="^[a-z][a-z0-9-]*$")]
    """Name of the state it moves; notifications of one check speak of one thing, such as down and up."""
    varbinds: dict[Word, Oids] = Field(default_factory=dict)
    """What it carries, by column (any index) or instance; of several, the first that came."""
    key: Annotated[tuple[Word, ...], BeforeValidator(_listed)] = ()
    """Varbinds that tell which one of several it is about; the first that came. Each has a state of its own."""
    state: TrapState | None = None
    """The state it means …"""
    by: Word | None = None
    """… or the varbind that decides, …"""
    map: dict[str, TrapState] = Field(default_factory=dict)
    """… from its value to the state; a value that is not listed moves nothing."""
    words: dict[Word, dict[str, str]] = Field(default_factory=dict)
    """Words for values of a varbind."""
    without: dict[Word, Annotated[str, AfterValidator(_pattern)]] = Field(default_factory=dict)
    """What these regular expressions find is left out of a varbind's text: a state in a name would make two of one."""
    interface: Word | None = None
    """The varbind that names an interface. Where it did not come, or came with another of its names, the interface is found by
    its index among those of the device's latest SNMP reading."""
    text: str
    """The sentence; `{name}` is a varbind, `{index}` the index of the key."""
    marked: bool = False
    """Only for interfaces the device marks (`marked_interfaces`); others are kept as rows."""
    expires: Annotated[float, BeforeValidator(_duration)] | None = None
    """After so long without another one it is over; for what no notification ends."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.state is None) == (self.by is None) or (self.by is None) != (not self.map):
            raise ValueError("either 'state', or 'by' with its 'map'")
        used = {
            *FIELD.findall(self.text),
            *self.key,
            *self.words,
            *self.without,
            *(word for word in (self.by, self.interface) if word),
        }
        for name in sorted(used - self.varbinds.keys() - ALWAYS):
            raise ValueError(f"'{name}' is not one of its varbinds")
        return self

    @property
    def states(self) -> frozenset[State]:
        """Every state it may mean."""
        return frozenset(State(state) for state in ([self.state] if self.state else self.map.values()))


def table(entries: Iterable[TrapEntry]) -> Mapping[str, TrapEntry]:
    """Return notifications by object identifier; ValueError when two say what one means, or when nothing ends a state."""
    found: dict[str, TrapEntry] = {}
    ends: dict[str, bool] = {}
    for entry in entries:
        for oid in entry.oid:
            if oid in found:
                raise ValueError(f"{entry.name} and {found[oid].name} are both {oid}")
            found[oid] = entry
        ends[entry.check] = ends.get(entry.check, False) or State.OK in entry.states or entry.expires is not None
    for check in sorted(check for check, ended in ends.items() if not ended):
        raise ValueError(f"nothing ends '{check}': it needs a notification that means ok, or 'expires'")
    return found
