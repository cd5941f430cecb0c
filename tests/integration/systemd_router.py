"""Loads configurations into scratch routers, as a restore test does, and prints a line for each: run as a job of systemd."""

import asyncio
import sys
import tempfile
from pathlib import Path

from wenyam.backup.contract import Workplace
from wenyam.backup.sources.network_families import FAMILIES
from wenyam.backup.sources.network_scratch import scratch_router
from wenyam.backup.sources.network_text import Reading
from wenyam.clock import SystemClock
from wenyam.errors import WenyamError
from wenyam.links.pools import Links
from wenyam.links.tools import Tools
from wenyam.model.backup import BackupJob
from wenyam.model.calendar import Schedule
from wenyam.settings.secrets import SecretReader

HEAD = "frr version 8.4.4\nfrr defaults traditional\nhostname r1\n"
TEXTS = {
    "zebra": "ip route 10.9.0.0/16 10.1.1.1\n",
    "bgpd": "router bgp 65001\n bgp router-id 10.0.0.1\nexit\n",
    "bfdd": "bfd\n peer 10.0.0.9\n exit\nexit\n",
}
CLOCK = SystemClock()


async def load(text: str, place: Path) -> str:
    """Load one configuration; return what the router then runs, or why it does not."""
    job = BackupJob("router", "network_config", None, "somebody", Schedule("every day 01:30"), "main")
    links = Links(CLOCK, SecretReader({}), "/dev/null")
    workplace = Workplace(job, CLOCK, links, Tools(), scratch=place, deadline=CLOCK.monotonic() + 60)
    try:
        async with scratch_router(workplace, f"{HEAD}{text}end\n", Reading.of(FAMILIES["frr"], ())) as router:
            return "forwards not" if "no ip forwarding" in await router.running() else "runs"
    except WenyamError as error:
        return f"{type(error).__name__}: {error}".replace("\n", " ")


async def main() -> None:
    """Load each."""
    for name, text in TEXTS.items():
        with tempfile.TemporaryDirectory(dir="/var/backups/wenyam/scratch", prefix="r") as place:
            sys.stdout.write(f"{name}: {await load(text, Path(place))}\n")
            sys.stdout.flush()


asyncio.run(main())
