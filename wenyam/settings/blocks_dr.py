"""The blocks of DR: plans in sentences with deadlines, who may start and who must agree, how each step is taken back."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema, model_validator

from wenyam.model.pushing import USUAL_AGE
from wenyam.settings.blocks import Written
from wenyam.settings.values import AbsolutePath, Duration, Line, Name, duration

ModeName = Literal["rehearsal", "drill", "switchover", "failover", "failback"]
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0
Persons = Annotated[list[str], Field(min_length=1)]

USUAL_LIMITS = {
    "assert_state": 30 * _MINUTE,
    "confirm_site_down": 30 * _MINUTE,
    "report_to": _HOUR,
    "notify": _HOUR,
    "approve": _HOUR,
    "test_service": _DAY,
    "user_test": _DAY,
    "announce": _DAY,
}
"""Limits of procedure สงบข.-06 where a step names none; every other kind has an hour."""
USUAL_LIMIT = _HOUR


class ActionBlock(Written):
    """One thing to do."""

    do: Name
    """The kind of step."""
    with_: dict[str, Any] = Field(default_factory=dict, alias="with")
    """Its options."""


class UndoBlock(Written):
    """How a step is taken back: by another action, or not at all and why."""

    do: Name | None = None
    """The kind of step that takes it back."""
    with_: dict[str, Any] = Field(default_factory=dict, alias="with")
    """Its options."""
    impossible: Line | None = None
    """Why it cannot be taken back."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "UndoBlock":
        if (self.do is None) == (not self.impossible):
            raise ValueError("either 'do' with the action that takes it back, or 'impossible' with the reason")
        return self


def _form_of_undo(value: Any) -> str:
    return "block" if isinstance(value, dict | UndoBlock) else "word"


AnyUndo = Annotated[Annotated[Literal["itself"], Tag("word")] | Annotated[UndoBlock, Tag("block")], Discriminator(_form_of_undo)]


class PlanStepBlock(Written):
    """One sentence of a plan with its deadline."""

    id: Name
    """Its name inside the plan; approvals, decisions and evidence name it."""
    title: Line | None = None
    """What it is in words; the kind's own sentence when absent."""
    do: Name
    """The kind of step."""
    with_: dict[str, Any] = Field(default_factory=dict, alias="with")
    """Options of the kind."""
    limit: Duration | None = None
    """How long it may take before it is overdue; by procedure สงบข.-06 when absent."""
    who: list[str] = Field(default_factory=list)
    """Persons who do it or answer for it."""
    modes: Annotated[list[ModeName], Field(min_length=1)] | None = None
    """The modes it is part of; all when absent."""
    after: list[str] | None = None
    """Steps that must have passed before; the step written above when absent, `[]` for none."""
    check: list[ActionBlock] = Field(default_factory=list)
    """What must hold afterwards, or the step has not passed."""
    undo: AnyUndo | None = None
    """How it is taken back: `itself`, another action, or `impossible`."""
    evidence: list[Line] = Field(default_factory=list)
    """What must be kept, in words."""
    tries: Annotated[int, Field(ge=1, le=1000)] = 1
    """How often it is done at most when it fails."""
    pause: Duration = 5.0
    """Time between two tries."""
    timeout: Duration = 600.0
    """Time after which one try is given up; never for a step that waits for a person."""


class StepGroupBlock(Written):
    """Steps that belong together: `group` in order, `parallel` side by side."""

    group: Line | None = None
    """Heading of steps done one after the other."""
    steps: list[Any] = Field(default_factory=list)
    """The steps of a `group`."""
    parallel: list[Any] | None = None
    """Steps and groups done side by side; what follows waits for all of them."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "StepGroupBlock":
        if (self.group is None) == (self.parallel is None):
            raise ValueError("either 'group' with 'steps', or 'parallel' with a list")
        return self


def _objective(value: Any) -> float | None:
    return None if value == "none" else duration(value)


Objective = Annotated[float | None, BeforeValidator(_objective), WithJsonSchema({"type": "string", "examples": ["4h", "none"]})]


class PlanObjectivesBlock(Written):
    """What is promised to the users."""

    recovery_time: Objective = 4 * _HOUR
    """RTO: from the failure until the users accept; a run that does not measure it cannot pass. `none`: not promised."""
    recovery_point: Objective = _DAY
    """RPO: how much of the newest data may be lost; measured likewise. `none`: the plan moves no data."""


class CommitteeBlock(Written):
    """The DR committee."""

    members: Persons
    """Persons who sign; whoever runs the plan never counts."""
    quorum: Annotated[int, Field(ge=1, le=50)] = 2
    """How many must sign."""


class RightsBlock(Written):
    """Who may start what: persons, or `role:NAME`."""

    drill: Persons
    """Rehearsals and drills."""
    real: Persons
    """Switchover, failover and failback."""


class PlanBlock(Written):
    """How something moves to the DR site and back."""

    title: Line
    """What moves, in words."""
    owner: str | None = None
    """Person who answers for the plan."""
    main_site: str
    """Where it is."""
    dr_site: str
    """Where it goes."""
    services: Annotated[list[str], Field(min_length=1)]
    """Services of the inventory that move."""
    objectives: PlanObjectivesBlock = PlanObjectivesBlock()
    """What is promised."""
    committee: CommitteeBlock
    """Who must agree."""
    rights: RightsBlock
    """Who may start it."""
    rehearsal_maximum_age: Duration = 35 * _DAY
    """An older good rehearsal counts no more: nothing but a failover with a reason begins."""
    drill_maximum_age: Duration = 365 * _DAY
    """An older good drill is a fault."""
    touches: list[str] = Field(default_factory=list)
    """Devices and `service:NAME` whose time in a drill is planned time."""
    steps: list[PlanStepBlock | StepGroupBlock] = Field(default_factory=list)
    """The steps, in order."""


class SisterBlock(Written):
    """The machine of the other Wenyam; the settings of this one are pushed there over SFTP."""

    host: Name
    """Device of the inventory; its host key is recorded with `wenyam hostkey`."""
    port: Annotated[int, Field(ge=1, le=65535)] = 22
    """Where its SSH server listens."""
    credential: Name
    """Credential of kind ssh-key or ssh-password: the account there that runs Wenyam."""
    folder: AbsolutePath
    """A directory there that this account may write; the copy lies in `from-INSTANCE` below it."""
    maximum_age: Duration = USUAL_AGE
    """An older last push is a fault."""
    legacy_crypto: bool = False
    """The host speaks only what SSH servers before about 2015 speak; listed in the security report."""


class ReceivedBlock(Written):
    """Settings of other instances that are pushed to this machine."""

    folder: AbsolutePath
    """The directory they are pushed to."""
    instances: Annotated[list[Name], Field(min_length=1)]
    """Names of the instances whose copies must be there."""
    maximum_age: Duration = USUAL_AGE
    """An older copy is a fault."""


class RecoveryBlock(Written):
    """Disaster recovery."""

    site: str | None = None
    """The site this Wenyam lives at; the instance's when absent."""
    sister: SisterBlock | None = None
    """Where the settings of this instance are pushed to; nowhere when absent."""
    received: ReceivedBlock | None = None
    """Whose settings are received here."""
    plans: dict[Name, PlanBlock] = Field(default_factory=dict)
    """Plans by name."""
