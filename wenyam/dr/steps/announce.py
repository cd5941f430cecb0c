"""A step that announces to the users what has come of it (procedure สงบข.-06, step 5)."""

from typing import ClassVar

from wenyam.dr.telling import TellStep


class AnnounceStep(TellStep):
    """Tells the user representatives, or whom the plan names."""

    usual: ClassVar[tuple[str, ...]] = ("role:user_representative",)
    verb: ClassVar[str] = "Announce to"
