"""The status page for everybody on the intranet, as it is configured."""

from dataclasses import dataclass

from wenyam.model.inventory import Text

TITLE = Text("สถานะระบบสารสนเทศ", "Status of information systems")


@dataclass(frozen=True, slots=True)
class StatusPagePlan:
    """Where the page is written, and what may be seen on it."""

    directory: str
    title: Text = TITLE
    languages: tuple[str, ...] = ("th", "en")
    """The first one is index.html."""
    services: tuple[str, ...] = ()
    """Names in the order of the page; empty: all."""
    device_names: bool = False
    """Whether the page may say which device it is."""
    days: int = 90
    every: float = 60.0
    """Seconds between two writings."""
    coming: float = 30 * 86_400.0
    """Seconds planned work is shown ahead."""
    contact: Text | None = None
    chain_head: bool = False
    """Whether the head of the fact chain stands at the foot of the page."""
