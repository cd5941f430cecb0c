"""What is known of each family of network devices: how it is asked, how its text ends, what changes by itself. Data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from wenyam.links.cli_devices import PLATFORMS

_BY_ITSELF: Final = (r"Building configuration\.*", r"Current configuration\s*:.*", r"!Time:.*", r"! ?Command: .*")


@dataclass(frozen=True, slots=True)
class Family:
    """One family; every pattern is a regular expression of a whole line without what stands right of it."""

    platform: str
    """netmiko's name of it; empty: a shell over SSH, in which the commands are programs."""
    commands: tuple[str, ...]
    end: str = ""
    """The last line of a whole configuration; empty where the family writes none."""
    volatile: tuple[str, ...] = ()
    """Lines that change while nobody changed anything: kept in the full copy, left out of every comparison."""
    stanza: str = r"\S.*"
    """The first line of a stanza."""
    minimum_lines: int = 10
    loads: bool = False
    """A scratch device of this family can load it here."""
    outward: tuple[str, ...] = ()
    """Lines that make a scratch device write or speak to something outside itself."""


FAMILIES: Final[Mapping[str, Family]] = {
    "cisco_ios": Family(
        PLATFORMS["cisco_ios"], ("show running-config",), r"end",
        (*_BY_ITSELF, r"! (?:Last|No) configuration change.*", r"! NVRAM config last updated.*", r"ntp clock-period \d+"),
    ),
    "cisco_nxos": Family(
        PLATFORMS["cisco_nxos"], ("show running-config",), "",
        (*_BY_ITSELF, r"!Running configuration last done at:.*", r"!No configuration change since.*"),
    ),
    "cisco_asa": Family(
        PLATFORMS["cisco_asa"], ("more system:running-config",), r": end",
        (r": Saved", r": Written by .*", r": Hardware: .*", r"Cryptochecksum:.*"), minimum_lines=20,
    ),
    "huawei_vrp": Family(
        PLATFORMS["huawei_vrp"], ("display current-configuration",), r"return",
        (r"!+ ?Software Version.*", r"!+ ?Last configuration was (?:updated|saved).*"),
    ),
    "hpe_comware": Family(PLATFORMS["hpe_comware"], ("display current-configuration",), r"return"),
    "hpe_procurve": Family(PLATFORMS["hpe_procurve"], ("show running-config",), "", (r"Running configuration:",)),
    "aruba_cx": Family(PLATFORMS["aruba_cx"], ("show running-config",), "", _BY_ITSELF),
    "juniper_junos": Family(
        PLATFORMS["juniper_junos"], ("show configuration | no-more",), r"\}",
        (r"## Last (?:commit|changed): .*", r"\{(?:master|backup|primary|secondary|linecard)(?::\w+)?\}"),
    ),
    "arista_eos": Family(
        PLATFORMS["arista_eos"], ("show running-config",), r"end", (*_BY_ITSELF, r"! Startup-config last modified.*")
    ),
    "fortinet": Family(
        PLATFORMS["fortinet"], ("show full-configuration",), r"end",
        (r"#conf_file_ver=.*", r"#config-version=.*", r"\s*set (?:\S+ )?ENC \S+", r"\s*set last-login \S.*"),
        stanza=r"config \S.*", minimum_lines=30,
    ),
    "paloalto": Family(PLATFORMS["paloalto"], ("show config running",), r"\}", minimum_lines=30),
    "mikrotik_routeros": Family(
        PLATFORMS["mikrotik_routeros"], ("/export",), "", (r"# .* by RouterOS .*",), stanza=r"/\S.*", minimum_lines=5,
    ),
    "extreme_exos": Family(
        PLATFORMS["extreme_exos"], ("show configuration",), "", (r"# (?:Configuration|Generated).* \d\d:\d\d:\d\d.*",)
    ),
    "dell_os10": Family(
        PLATFORMS["dell_os10"], ("show running-configuration",), "", (*_BY_ITSELF, r"! Last configuration change.*")
    ),
    "frr": Family(
        "", ("vtysh -c 'show running-config'",), r"end", (*_BY_ITSELF, r"frr version .*"), minimum_lines=4, loads=True,
        outward=(r"log (?:file|syslog)\b.*", r"agentx", r"dump bgp .*", r"banner motd (?:file|line) .*"),
    ),
    "other": Family("", ()),
}  # fmt: skip
"""Only `frr` is proven here, against the real thing; what the others print was taken from how their vendors describe it."""
