"""Network devices as the link to their command lines sees them: where, how, which platform; and what their texts look like."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from wenyam.model.inventory import Credential

PLATFORMS: Final[Mapping[str, str]] = {
    "cisco_ios": "cisco_ios", "cisco_nxos": "cisco_nxos", "cisco_asa": "cisco_asa", "huawei_vrp": "huawei_vrp",
    "hpe_comware": "hp_comware", "hpe_procurve": "hp_procurve", "aruba_cx": "aruba_aoscx", "juniper_junos": "juniper_junos",
    "arista_eos": "arista_eos", "fortinet": "fortinet", "paloalto": "paloalto_panos", "mikrotik_routeros": "mikrotik_routeros",
    "extreme_exos": "extreme_exos", "dell_os10": "dell_os10", "frr": "cisco_ios", "linux": "linux",
}  # fmt: skip
"""Families of devices, as configurations name them -> netmiko's platform that speaks to their command lines."""
PAGER: Final = r"(?i:-{2,} ?\(?more(?: \d+%)?\)? ?-{2,}|<-+ ?more ?-+>|press any key to continue|\blines \d+-\d+(?:/\d+)?\b)"
"""Regular expression, in brackets."""
ERROR: Final = (
    r"(?i:\s*(?:error: )?(?:"
    r"% ?(?:\[\w+\] ?)?(?:invalid|incomplete|ambiguous|unknown|unrecogni[sz]ed|authori[sz]ation|permission|access|bad|error"
    r"|can't|no such)\b"
    r"|% ?\w+ is not running\b"
    r"|error\s*:|server error\b|unknown (?:command|action)\b|unrecogni[sz]ed command\b|permission denied\b"
    r"|(?:invalid|incomplete|ambiguous) (?:input|command)\b|invalid syntax\b|not enough permissions\b"
    r"|access denied\b|command (?:fail|rejected|authorization failed)|syntax error\b|bad command name\b|expected end of command\b"
    r"|exiting: failed to connect\b|this account is currently not available"
    r").*|\S+: (?:.*: )?(?:(?:command )?not found|permission denied|no such file or directory))"
)
"""Regular expression, in brackets, of a whole line by which a device says that it did not do what it was asked."""
_READS: Final = re.compile(
    r"(?:(?:vtysh -c ['\"]?)?(?:show|display|get|more|cat|/?export|admin|info)\b|ip (?:link|address) show\b|dmidecode -t \w"
    r"|/(?:system (?:resource|identity|routerboard)|interface) print\b)[^;&`$\\\x00-\x1f\x7f]*"
)
_WRITES: Final = re.compile(r"(?i)>|\|\s*(?:redirect|append|tee|save)\b")
"""What would put an answer into a file of the device."""


@dataclass(frozen=True, slots=True)
class CliDevice:
    """Where to log in, how, and which of netmiko's platforms speaks there."""

    address: str
    port: int
    credential: Credential
    """ssh-password or ssh-key; its `enable`, where there is one, opens the privileged mode."""
    platform: str
    legacy_crypto: bool = False


def only_reads(command: str) -> bool:
    """Tell whether a command can change nothing: it shows, on the terminal, and no second command follows."""
    return _READS.fullmatch(command) is not None and _WRITES.search(command) is None
