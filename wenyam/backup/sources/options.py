"""What the options of sources have in common."""

import posixpath
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Options(BaseModel):
    """The base of every source's options: strict, frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _absolute(path: str) -> str:
    if not path.startswith("/") or "\0" in path:
        raise ValueError(f"'{path}' is no absolute path")
    if path != posixpath.normpath(path) or path.startswith("//"):
        raise ValueError(f"'{path}' should be written '{posixpath.normpath(path).replace('//', '/')}'")
    return path


AbsolutePath = Annotated[str, AfterValidator(_absolute)]
Port = Annotated[int, Field(ge=1, le=65535)]


class OverSsh(Options):
    """Options of sources that may read a device over SSH."""

    port: Port = 22
    """SSH port of the job's device."""
    legacy_crypto: bool = False
    """The device speaks only what SSH servers before about 2015 speak; listed in the security report."""
