"""A step that tells those concerned."""

from typing import ClassVar

from wenyam.dr.telling import TellStep


class NotifyStep(TellStep):
    """Tells whom the plan names; the DR committee where it names nobody."""

    usual: ClassVar[tuple[str, ...]] = ("committee",)
    verb: ClassVar[str] = "Notify"
