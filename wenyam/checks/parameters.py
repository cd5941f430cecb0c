"""What the parameters of all checks share: strict models, sample names that exist, labels those samples have, limits in order."""

from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from wenyam.model import durations
from wenyam.model.names import SAMPLES, Metric, SampleDefinition
from wenyam.nearest import did_you_mean

_LIKENESS = 0.5
"""Names of samples are long and made of the same words, so that a slip may be further away."""


class CheckParameters(BaseModel):
    """Parameters of a check: nothing unknown is accepted, nothing changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def rate_of(counter: str) -> str:
    """Return the name under which the engine gives a counter's rate a second."""
    return f"rate({counter})"


def counter_of(name: str) -> str | None:
    """Return the counter of a `rate(NAME)`, or None for any other name."""
    return name[5:-1] if name.startswith("rate(") and name.endswith(")") else None


def definition_of(name: str) -> SampleDefinition:
    """Return the definition of a sample, or of the counter whose rate it is; ValueError names the nearest that exist."""
    counter = counter_of(name)
    definition = SAMPLES.get(counter or name)
    if definition is None:
        raise ValueError(f"there is no sample '{counter or name}'{did_you_mean(counter or name, SAMPLES, likeness=_LIKENESS)}")
    if counter and definition.metric is not Metric.COUNTER:
        raise ValueError(f"rate() needs a counter, and '{counter}' is a gauge: write '{counter}' alone")
    if not counter and definition.metric is Metric.COUNTER:
        raise ValueError(f"'{name}' only ever grows: write '{rate_of(name)}' for its rate a second")
    return definition


def _sample_name(name: str) -> str:
    definition_of(name)
    return name


def _plain_text(value: object) -> object:
    """Let a label value such as a port be written as the number it looks like."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


SampleName = Annotated[str, AfterValidator(_sample_name)]
"""A sample that exists; a counter only as `rate(NAME)`."""

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""A finite number; text and yes/no are refused."""

Seconds = Annotated[float, BeforeValidator(durations.seconds)]
"""A length of time: seconds, or text such as `5m` or `30d`."""

LabelFilter = dict[str, Annotated[str, BeforeValidator(_plain_text)]]
"""Label values a row must have to be looked at; empty for every row."""


def require_labels(sample: str, labels: Iterable[str]) -> None:
    """Refuse, with a sentence, labels that the sample does not carry."""
    known = definition_of(sample).labels
    for label in labels:
        if label not in known:
            has = f"it has: {', '.join(known)}" if known else "it has none"
            raise ValueError(f"'{sample}' has no label '{label}'; {has}")


class FilterParameters(CheckParameters):
    """Which rows of a sample a check looks at."""

    labels: LabelFilter = Field(default_factory=dict)
    at_least: Annotated[int, Field(ge=1, strict=True)] = 1
    """Rows of each sample that must be there, so that one that vanished is noticed."""


class RowParameters(FilterParameters):
    """Which rows of which sample a check looks at."""

    sample: SampleName

    @model_validator(mode="after")
    def _labels_exist(self) -> Self:
        require_labels(self.sample, self.labels)
        return self
