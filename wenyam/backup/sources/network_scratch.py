"""A scratch FRR: its daemons in networks of their own, loaded with a restored configuration, gone afterwards."""

import contextlib
import os
import pwd
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from wenyam.backup.comparison import shown
from wenyam.backup.contract import Workplace
from wenyam.backup.sources.databases import restore_errors, seconds_left
from wenyam.backup.sources.network_masks import hidden
from wenyam.backup.sources.network_text import Reading, compared, decoded, encoded, version_of
from wenyam.errors import CommandFailedError, NotTestedError, RestoreError
from wenyam.i18n.clean_text import clean
from wenyam.links.private_servers import account_for, prepare_directory, private_server, socket_fits
from wenyam.links.programs import Completed, run_program, trusted_program

ACCOUNT: Final = "frr"
DAEMONS: Final = Path("/usr/lib/frr")
_ALWAYS: Final = ("zebra", "staticd")
_WANTED: Final = {
    "bgpd": r"router bgp\b|bgp |rpki",
    "ospfd": r"router ospf\b|\s+ip ospf ",
    "ospf6d": r"router ospf6\b|\s+ipv6 ospf6 ",
    "ripd": r"router rip\b|\s+ip rip ",
    "ripngd": r"router ripng\b|\s+ipv6 ripng ",
    "isisd": r"router isis\b|\s+(?:ip|ipv6) router isis ",
    "pimd": r"ip pim |\s+ip (?:pim|igmp)\b|ip msdp",
    "ldpd": r"mpls ldp",
    "bfdd": r"bfd",
    "eigrpd": r"router eigrp\b",
    "babeld": r"router babel\b",
    "pbrd": r"pbr-map ",
    "vrrpd": r"\s+vrrp ",
    "fabricd": r"router openfabric\b",
}
"""Daemon -> how a line begins that needs it."""
_ROOT_ONLY: Final = frozenset({"ospfd", "ospf6d", "ldpd"})
"""They refuse to begin as anybody but root; then they become `frr` themselves."""
_UNPROVEN: Final = re.compile(r"nhrp |\s+ip(?:v6)? nhrp ")
"""nhrpd starts this machine's own `ipsec`."""
_OWN_TO_VTYSH: Final = re.compile(r"hostname \S+|(?:no )?service integrated-vtysh-config|username \S+ nopassword")
"""Lines that are vtysh's own: no daemon keeps them, it reads them from its own file each time."""
_KERNEL: Final = {"no ip forwarding": "ip forwarding", "no ipv6 forwarding": "ipv6 forwarding"}
"""Lines that zebra prints about the kernel; a new network begins with forwarding off."""
_OF_DAEMONS: Final = "daemons.conf"
_SETTINGS: Final = "/proc/sys"
_UNDER_SYSTEMD: Final = "A service of systemd needs the drop-in config/systemd/scratch-router.conf; by hand it runs as it is."
_START_SECONDS: Final = 30.0
_ANSWER: Final = 1000
_QUESTION: Final = re.compile(r"show [\x20-\x7e]+")


@dataclass(frozen=True, slots=True)
class ScratchRouter:
    """A running FRR that nobody else reaches."""

    workplace: Workplace
    directory: Path
    vtysh: str
    user: str | None

    async def running(self) -> str:
        """Return its running configuration."""
        return decoded((await self.run("-c", "show running-config")).stdout)

    async def answer(self, question: str) -> str:
        """Return what it says to a show command, in one line, without secrets."""
        if not _QUESTION.fullmatch(question):
            raise RestoreError(f"'{shown(question)}' is no question to a router; ask 'show …'")
        done = await self.run("-c", question)
        said = done.stdout.decode("utf-8", "replace")
        if done.exit_status or said.lstrip().startswith("%"):
            raise RestoreError(f"the scratch router does not know '{shown(question)}': {shown(said)}")
        return clean(" ".join(hidden(line) for line in said.split("\n")), _ANSWER)

    async def load(self, text: str, reading: Reading) -> None:
        """Load a configuration; RestoreError with every line that was rejected."""
        lines = compared(text, reading)
        own = [line for line in lines if _OWN_TO_VTYSH.fullmatch(line)]
        (self.directory / "vtysh.conf").write_bytes(encoded("\n".join([*own, ""])))
        kernel = [on for off, on in _KERNEL.items() if off not in lines]
        (self.directory / "frr.conf").write_bytes(encoded("\n".join([*kernel, *lines, ""])))
        done = await self.run("-b")
        said = (done.stdout + b"\n" + done.stderr).decode("utf-8", "replace")
        rejected = [shown(hidden(line)) for line in said.split("\n") if re.match(r"line \d+: |% ", line)]
        if done.exit_status or rejected:
            raise RestoreError(f"the scratch router rejected: {'; '.join(rejected[:10]) or f'status {done.exit_status}'}")

    async def run(self, *words: str) -> Completed:
        """Run vtysh on this router's sockets and files only."""
        places = ["--vty_socket", str(self.directory), "--config_dir", str(self.directory), "-H", "/dev/null"]
        return await run_program(
            [self.vtysh, *places, *words],
            timeout=min(_START_SECONDS, seconds_left(self.workplace)),
            user=self.user,
            clock=self.workplace.clock,
        )

    async def answers(self, daemon: str) -> bool:
        """Tell whether a daemon takes commands."""
        if not (self.directory / f"{daemon}.vty").is_socket():
            return False
        return (await self.run("-d", daemon, "-c", "show version")).exit_status == 0


@contextlib.asynccontextmanager
async def scratch_router(workplace: Workplace, text: str, reading: Reading) -> AsyncIterator[ScratchRouter]:
    """Start what the configuration needs, load it, and end it afterwards; NotTestedError when this machine cannot."""
    vtysh, unshare, daemons = _programs(workplace, text)
    _require_settings()
    user = account_for(ACCOUNT)
    directory = workplace.scratch / "frr"
    with restore_errors():
        socket_fits(directory / "fabricd.vty")
        await prepare_directory(workplace.scratch, user)
        await prepare_directory(directory, user)
        for name in ("frr.conf", "vtysh.conf", _OF_DAEMONS):
            _readable_file(directory / name)
        # The daemons print the name of the device's kernel, vtysh the one that was configured; here both must be told.
        names = [line for line in compared(text, reading) if line.startswith("hostname ")]
        (directory / _OF_DAEMONS).write_bytes(encoded("\n".join([*names[:1], ""])))
        router = ScratchRouter(workplace, directory, vtysh, user)
        async with contextlib.AsyncExitStack() as stack:
            for program in daemons:
                await _start(stack, router, unshare, program)
            _same_version(text, await router.running())
            await router.load(text, reading)
            yield router


def _programs(workplace: Workplace, text: str) -> tuple[str, str, list[str]]:
    lines = text.split("\n")
    if any(_UNPROVEN.match(line) for line in lines):
        raise NotTestedError("it needs nhrpd, which would start this machine's own ipsec")
    wanted = [name for name, pattern in _WANTED.items() if any(re.match(pattern, line) for line in lines)]
    try:
        pwd.getpwnam(ACCOUNT)
        daemons = [trusted_program(str(DAEMONS / name)) for name in (*_ALWAYS, *wanted)]
        return trusted_program(workplace.tools("vtysh")), trusted_program(workplace.tools("unshare")), daemons
    except (CommandFailedError, KeyError) as error:
        what = error.what if isinstance(error, CommandFailedError) else f"there is no account '{ACCOUNT}'"
        raise NotTestedError(f"no FRR on this machine can load it: {what}", hint="Install the Debian package frr.") from error


def _require_settings() -> None:
    """Raise NotTestedError where forwarding cannot be switched on: what zebra then prints would differ from the device."""
    if os.statvfs(_SETTINGS).f_flag & os.ST_RDONLY:
        raise NotTestedError(
            f"{_SETTINGS} is read-only for this process, so a scratch router cannot forward", hint=_UNDER_SYSTEMD
        )


async def _start(stack: contextlib.AsyncExitStack, router: ScratchRouter, unshare: str, program: str) -> None:
    """Start one daemon in an empty network of its own, so it cannot see or change this machine's routes."""
    account, name, place = pwd.getpwnam(ACCOUNT), Path(program).name, router.directory
    user, separate = router.user, ["--user", f"--map-user={account.pw_uid}", f"--map-group={account.pw_gid}", "--keep-caps"]
    if name in _ROOT_ONLY:
        if user is None:
            raise NotTestedError(f"it needs {name}, which only root can start", hint="Run the restore test as root.")
        user, separate = None, []
    words = [
        unshare, *separate, "--net", "--", program, "-f", str(place / _OF_DAEMONS), "-i", str(place / f"{name}.pid"),
        "--vty_socket", str(place), "-z", str(place / "zserv.api"), "-P", "0", "-u", ACCOUNT, "-g", ACCOUNT, "--log", "stdout",
    ]  # fmt: skip
    try:
        await stack.enter_async_context(
            private_server(
                words, directory=place, ready=partial(router.answers, name), seconds=_START_SECONDS,
                clock=router.workplace.clock, user=user,
            )
        )  # fmt: skip
    except CommandFailedError as error:
        if "unshare: " in error.what:
            what = f"this process may make no private network for a scratch router: {error.what}"
            raise NotTestedError(what, hint=_UNDER_SYSTEMD) from error
        raise


def _same_version(text: str, own: str) -> None:
    """Raise NotTestedError when this machine's FRR is of another version: it reads and writes other lines."""
    theirs, ours = version_of(text), version_of(own)
    if theirs.split(".")[:2] != ours.split(".")[:2]:
        raise NotTestedError(
            f"wrong version: the device runs FRR {shown(theirs)}, this machine has {shown(ours)}",
            hint="Test it on a machine with the same version.",
        )


def _readable_file(path: Path) -> None:
    """Make a file that the account of the daemons reads; the directory is its own and nobody else's."""
    path.touch(mode=0o644)
    path.chmod(0o644)
