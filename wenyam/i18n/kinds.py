"""What kinds of devices are called, in the reader's language."""

from collections.abc import Mapping
from typing import Final

from wenyam.i18n.translate import Translator, mark

KINDS: Final[Mapping[str, str]] = {
    kind: kind
    for kind in (
        mark("server"), mark("hypervisor"), mark("vm"), mark("switch"), mark("router"), mark("firewall"), mark("storage"),
        mark("ups"), mark("pdu"), mark("sensor"), mark("database"), mark("other"),
    )
}  # fmt: skip
"""Every kind of device of a configuration (`settings.blocks_inventory`)."""


def told_kind(kind: str, say: Translator) -> str:
    """Return a kind of device in the translator's language; a word that is none stays."""
    return say(KINDS[kind]) if kind in KINDS else kind
