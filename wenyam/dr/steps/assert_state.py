"""Asserts the state of a device, a service or a check: as the watcher knows it, or by a fresh look."""

from typing import Annotated, ClassVar, Final, Literal

from pydantic import AfterValidator, Field

from wenyam.dr.attempts import LINE
from wenyam.dr.contract import StepPlace
from wenyam.dr.options import StepOptions, unknown_name
from wenyam.dr.states import known, looked
from wenyam.i18n.clean_text import clean
from wenyam.model.instance import Configuration
from wenyam.model.recovery import Outcome, failed, passed
from wenyam.model.states import CheckResult, State, Subject, SubjectKind
from wenyam.settings.values import Duration, Line

_ASKED: Final = (SubjectKind.DEVICE, SubjectKind.SERVICE)


def _subject(text: str) -> str:
    try:
        subject = Subject.parse(text)
    except ValueError as error:
        raise ValueError(f"'{text}' is no subject; write device:NAME, service:NAME or device:NAME/CHECK") from error
    if subject.kind not in _ASKED:
        raise ValueError(f"'{text}': only devices and services have a state that can be asserted")
    return str(subject)


class AssertStateOptions(StepOptions):
    """Which subject, which states are wanted, and who is asked."""

    subject: Annotated[Line, AfterValidator(_subject)]
    """device:NAME, service:NAME, or one of their checks: device:NAME/CHECK."""
    states: Annotated[tuple[State, ...], Field(min_length=1)]
    """Any of them: up, down, unreachable, unknown for life; ok, warn, crit, unknown for a check."""
    look: Literal["fresh", "watcher"] = "fresh"
    """`fresh` looks now by itself; `watcher` asks the running watcher what it knows."""
    maximum_age: Duration = 120.0
    """Oldest observation of the watcher that counts."""


class AssertStateStep:
    """Asserts one state."""

    Config: ClassVar[type[AssertStateOptions]] = AssertStateOptions
    changes: ClassVar[bool] = False
    repeatable: ClassVar[bool] = True
    waits: ClassVar[bool] = False

    def __init__(self, config: AssertStateOptions) -> None:
        """Take validated options."""
        self._config = config
        self._subject = Subject.parse(config.subject)

    def describe(self) -> str:
        """Say what must hold."""
        by = "by a fresh look" if self._config.look == "fresh" else "as the watcher knows it"
        return f"see that {self._config.subject} is {' or '.join(self._config.states)}, {by}"

    def unknown(self, configuration: Configuration) -> tuple[str, ...]:
        """Return a sentence for a subject that is not known."""
        subject, inventory = self._subject, configuration.inventory
        things = inventory.devices if subject.kind is SubjectKind.DEVICE else inventory.services
        if found := unknown_name(subject.kind.value, subject.name, things):
            return found
        checks = [plan.name for plan in things[subject.name].checks]
        return () if subject.is_liveness else unknown_name(f"check of {subject.owner}", subject.check, checks)

    async def rehearse(self, place: StepPlace) -> Outcome:
        """Ask; which state it is before the real run is told and not judged."""
        found = await self._found(place)
        return passed(f"the state of {self._config.subject} can be seen; now it is {_words(found)}")

    async def run(self, place: StepPlace) -> Outcome:
        """Ask; a failure when it is another state."""
        found = await self._found(place)
        sentence = f"{self._config.subject} is {_words(found)}"
        if found.state in self._config.states:
            return passed(sentence, state=found.state.value)
        return failed(f"{sentence}; wanted is {' or '.join(self._config.states)}", state=found.state.value)

    async def was_done(self, place: StepPlace) -> bool | None:  # noqa: ARG002  # asking twice is the same as once
        """Tell that it may just be done again."""
        return False

    async def undo(self, place: StepPlace) -> Outcome:  # noqa: ARG002  # the contract's form
        """Take nothing back: nothing was changed."""
        return passed("nothing was changed, so nothing is taken back")

    async def _found(self, place: StepPlace) -> CheckResult:
        if self._config.look == "watcher":
            return await known(place, self._subject, self._config.maximum_age)
        return await looked(place, self._subject)


def _words(found: CheckResult) -> str:
    return f"{found.state}" + (f": {clean(found.summary, LINE)}" if found.summary else "")
