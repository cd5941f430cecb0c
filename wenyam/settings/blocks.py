"""What the blocks of the configuration share: strictness, labels, when a state is hard, readings and checks."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from wenyam.settings.values import Address, Duration, LastMoment, Line, Name, label

Criticality = Literal["low", "normal", "high"]


class Written(BaseModel):
    """A block of the configuration: nothing unknown is accepted, nothing is guessed."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True, populate_by_name=True)


class LabelText(Written):
    """A name in Thai and English; one text stands for both."""

    th: Line | None = None
    """In Thai."""
    en: Line | None = None
    """In English."""

    @model_validator(mode="after")
    def _not_empty(self) -> "LabelText":
        if not (self.th or self.en):
            raise ValueError("a text in Thai (th), English (en) or both expected")
        return self


Label = Annotated[LabelText, BeforeValidator(label)]


class PolicyBlock(Written):
    """When a soft state becomes hard."""

    after: Annotated[int, Field(ge=1, le=20)] | None = None
    """Bad observations …"""
    of: Annotated[int, Field(ge=1, le=20)] | None = None
    """… among this many; equal to `after` when absent."""
    recheck: Duration | None = None
    """Time between observations while soft."""


_PROBE = re.compile(r"[a-z][a-z0-9._-]*(:[1-9][0-9]{0,4})?")
_HIGHEST_PORT = 65535


def _probe(text: str) -> str:
    if _PROBE.fullmatch(text) is None or int(text.partition(":")[2] or 1) > _HIGHEST_PORT:
        raise ValueError(f"'{text}' is no way to see whether something lives; write icmp, snmp, ssh, http or tcp:PORT")
    return text


class AliveBlock(PolicyBlock):
    """When something lives: any of these answers."""

    any_of: Annotated[list[Annotated[str, AfterValidator(_probe)]], Field(min_length=1)] | None = None
    """`icmp`, `snmp`, `ssh`, `tcp:PORT` or any other collector, with `:PORT` if it is not the usual one."""
    interval: Duration | None = None
    """Time between probes."""
    timeout: Duration | None = None
    """Time one probe may take."""


class ContractBlock(Written):
    """Who repairs it."""

    contractor: Line
    """Company."""
    reference: Line
    """Number of the contract."""
    valid_until: LastMoment | None = None
    """Last day."""
    telephone: Line | None = None
    """In quotes."""


class ReadBlock(Written):
    """One repeated reading; further keys are the options of its collector."""

    collector: Name
    """The plug-in that reads."""
    interval: Duration | None = None
    """Time between readings; the kind's when absent."""
    timeout: Duration | None = None
    """Time one reading may take."""
    credential: Name | None = None
    """Overrides the one under `credentials`."""
    address: Address | None = None
    """Overrides the device's first address."""


class CheckBlock(PolicyBlock):
    """One judged question; further keys are the parameters of its check."""

    check: Name
    """The plug-in that judges."""
    runbook: Label | None = None
    """First step for whoever is woken."""
