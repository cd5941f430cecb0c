"""Network devices as the link to their command lines sees them: where, how, which platform; and what their pagers print."""

from dataclasses import dataclass
from typing import Final

from wenyam.model.inventory import Credential

PAGER: Final = r"(?i:-{2,} ?\(?more(?: \d+%)?\)? ?-{2,}|<-+ ?more ?-+>|press any key to continue|\blines \d+-\d+(?:/\d+)?\b)"
"""Regular expression, in brackets."""


@dataclass(frozen=True, slots=True)
class CliDevice:
    """Where to log in, how, and which of netmiko's platforms speaks there."""

    address: str
    port: int
    credential: Credential
    """ssh-password or ssh-key; its `enable`, where there is one, opens the privileged mode."""
    platform: str
    legacy_crypto: bool = False
