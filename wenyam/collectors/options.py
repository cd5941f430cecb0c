"""The base of every collector's options: strict, frozen, unknown keys refused."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=3600)]


class Options(BaseModel):
    """What the configuration may say under one reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class NoOptions(Options):
    """A collector that takes no options."""
