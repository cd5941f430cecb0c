"""The block of the status page: a static page in Thai and English that any web server can show."""

from typing import Annotated, Literal

from pydantic import Field, Strict

from wenyam.settings.blocks import Label, Written
from wenyam.settings.values import AbsolutePath, Duration, Name


class StatusPageBlock(Written):
    """A page for everybody on the intranet: services, the last days, planned work, announcements. Absent: none is written."""

    directory: AbsolutePath
    """Where `index.html` and the page in the other language are written; it must be there already."""
    title: Label | None = None
    """What stands at the head of the page."""
    languages: Annotated[tuple[Literal["th", "en"], ...], Strict(strict=False), Field(min_length=1, max_length=2)] = ("th", "en")
    """The first one is `index.html`, the other one `en.html` or `th.html`."""
    services: list[Name] = Field(default_factory=list)
    """Which services are shown, in this order; all of them when empty."""
    device_names: bool = False
    """Whether the page may name devices, in reasons and planned work."""
    days: Annotated[int, Field(ge=1, le=366)] = 90
    """How many days the bars go back."""
    every: Duration = 60.0
    """Time between two writings, at least 2s."""
    coming: Duration = 2_592_000.0
    """How far ahead planned work is shown."""
    contact: Label | None = None
    """Whom to call, such as a telephone number."""
    chain_head: bool = False
    """Whether the head of the fact chain stands at the foot of the page, as evidence that leaves this machine."""
