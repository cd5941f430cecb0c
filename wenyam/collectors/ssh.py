"""SSH: a Linux host without an agent, read by one command over a connection that stays open."""

import re
from collections.abc import Callable, Iterable
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from wenyam.collectors.contract import Context, Target
from wenyam.collectors.linux import disks, filesystems, memory, processors, raid, services, system
from wenyam.collectors.linux.script import LAST_SECTION, Wishes, command
from wenyam.collectors.linux.sections import Section, sections
from wenyam.collectors.options import Options, Port
from wenyam.collectors.readings import ReadingBuilder, budget
from wenyam.errors import CollectError, CommandFailedError, MalformedReplyError, SecretError
from wenyam.links.programs import Completed
from wenyam.links.tcp import first_bytes
from wenyam.model.samples import Reading

_UNIT = re.compile(r"[A-Za-z0-9@:_.\\-]{1,200}")
_FIRST_PAUSE = 0.5
"""Seconds between two looks at the processors when no earlier poll gave a base."""
_UPDATES_RETRY = 600.0
"""Seconds until updates are looked for again after a reading that failed."""
_TIMED_OUT = 124
"""Exit status of timeout(1)."""
_FILESYSTEMS = ("filesystem_size_bytes", "filesystem_used_bytes", "filesystem_utilization_ratio")
_MEMORY = (
    "memory_total_bytes", "memory_used_bytes", "memory_utilization_ratio", "swap_total_bytes", "swap_used_bytes",
)  # fmt: skip


def _unit_names(units: tuple[str, ...]) -> tuple[str, ...]:
    for unit in units:
        if not _UNIT.fullmatch(unit) or unit.startswith("-"):
            raise ValueError(f"'{unit}' is no name of a systemd unit")
    return tuple(unit if "." in unit else f"{unit}.service" for unit in units)


class SshOptions(Options):
    """How to reach the host and what to look at."""

    port: Port = 22
    legacy_crypto: bool = False
    """Allow SHA-1, CBC and 3DES for a host that has nothing better."""
    units: Annotated[tuple[str, ...], Field(max_length=100), AfterValidator(_unit_names)] = ()
    """systemd units that must run; failed units are always shown."""
    smart: bool = True
    """Ask smartctl where it is installed (it needs root or sudo)."""
    updates_interval: Annotated[float, Field(ge=60)] = 21_600.0
    """Seconds between two looks for updates; 6 h."""


class SshCollector:
    """Reads processors, memory, file systems, disks, RAID, services, users, updates and clock of a Linux host."""

    Config: ClassVar[type[SshOptions]] = SshOptions

    def __init__(self, config: SshOptions) -> None:
        """Take validated options."""
        self._config = config

    async def collect(self, target: Target, context: Context) -> Reading:
        """Run the one command; a CollectError when it cannot be run, a failure for each section that makes no sense."""
        wishes = self._wishes(context)
        words, marker = command(wishes)
        done = await run_remote(target, context, words, port=self._config.port, legacy_crypto=self._config.legacy_crypto)
        found = sections(done.stdout, marker, LAST_SECTION)
        if "updates" in found:
            context.memory["updates_due"] = context.clock.monotonic() + self._config.updates_interval
        return _Host(found, done, context).reading()

    async def probe(self, target: Target, context: Context) -> float:
        """Wait for the server's greeting; no login, so that a probe every few seconds locks no account."""
        return await greeted(target, context, self._config.port)

    def _wishes(self, context: Context) -> Wishes:
        limit = max(1.0, budget(context) / 4)
        pause = 0.0 if "ticks" in context.memory else _FIRST_PAUSE
        now = context.clock.monotonic()
        is_due = now >= context.memory.get("updates_due", now)
        if is_due:  # put right after a good look; a look that takes the whole reading down is not repeated at once
            context.memory["updates_due"] = now + min(_UPDATES_RETRY, self._config.updates_interval)
        return Wishes(self._config.units, pause, limit, updates=is_due, smart=self._config.smart)


async def run_remote(target: Target, context: Context, words: list[str], *, port: int, legacy_crypto: bool) -> Completed:
    """Run a command on the target with the reading's credential; used by every collector that reads over SSH."""
    if context.credential is None:
        raise SecretError(
            "ssh needs a credential of kind ssh-key or ssh-password", hint="Name one under 'credentials' of the device."
        )
    deadline = context.clock.monotonic() + budget(context)
    return await context.links.ssh.run(target.address, port, context.credential, words, deadline, legacy_crypto=legacy_crypto)


async def greeted(target: Target, context: Context, port: int) -> float:
    """Wait for an SSH server's greeting; seconds it took."""
    begun = context.clock.monotonic()
    said = await first_bytes(context.clock, target.address, port, budget(context))
    if not said.startswith(b"SSH-"):
        raise MalformedReplyError(f"{target.address} port {port} does not speak SSH")
    return context.clock.monotonic() - begun


class _Host:
    """One host's sections on their way into a reading."""

    def __init__(self, found: dict[str, Section], done: Completed, context: Context) -> None:
        self._found = found
        self._done = done
        self._memory: dict[str, Any] = context.memory
        self._reading = ReadingBuilder(context.memory)

    def reading(self) -> Reading:
        """Read every section; one that fails leaves the others."""
        for part, names in self._parts():
            try:
                part()
            except CollectError as error:
                self._reading.failed(error, names)
        return self._reading.build()

    def _parts(self) -> Iterable[tuple[Callable[[], None], tuple[str, ...]]]:
        """Name what each section gives."""
        return (
            (self._processors, ("cpu_utilization_ratio",)),
            (self._load, ("load_average",)),
            (self._uptime, ("system_uptime_seconds",)),
            (self._memory_used, _MEMORY),
            (self._filesystems, _FILESYSTEMS),
            (self._inodes, ("filesystem_inodes_used_ratio",)),
            (self._disks, ("disk_read_bytes_total", "disk_written_bytes_total")),
            (self._health, ("disk_status",)),
            (self._raid, ("raid_status",)),
            (self._services, ("service_status",)),
            (self._counts, ("processes", "logged_in_users")),
            (self._identity, ("system_info",)),
            (self._updates, ("os_updates_pending",)),
            (self._clock, ("clock_offset_seconds",)),
        )

    def _text(self, name: str) -> str:
        """Return a section that every host has; CommandFailedError when it has not."""
        section = self._found.get(name)
        if section is None or not section.good:
            words = "nothing" if section is None else section.text.strip()[-200:]
            raise CommandFailedError(f"section '{name}' of the host's answer failed: {words}")
        return section.text

    def _processors(self) -> None:
        after = processors.read_ticks(self._text("cpu_after"))
        before = self._memory.get("ticks") or processors.read_ticks(self._text("cpu_before"))
        self._memory["ticks"] = after
        for name, share in processors.busy(before, after).items():
            self._reading.add("cpu_utilization_ratio", share, name)

    def _load(self) -> None:
        for window, load in system.read_loads(self._text("load")).items():
            self._reading.add("load_average", load, window)

    def _uptime(self) -> None:
        self._reading.add("system_uptime_seconds", system.read_number(self._text("uptime"), "/proc/uptime"))

    def _memory_used(self) -> None:
        found = memory.read_memory(self._text("memory"))
        self._reading.add("memory_total_bytes", found.total)
        self._reading.add("memory_used_bytes", found.used)
        self._reading.add("memory_utilization_ratio", found.used / found.total if found.total else None)
        self._reading.add("swap_total_bytes", found.swap_total)
        self._reading.add("swap_used_bytes", found.swap_used)

    def _filesystems(self) -> None:
        """Read sizes even when df complains: one dead mount must not hide the others."""
        section = self._found.get("filesystems")
        found = filesystems.read_filesystems(section.text) if section else []
        for each in found:
            self._reading.add("filesystem_size_bytes", each.size, each.mount)
            self._reading.add("filesystem_used_bytes", each.used, each.mount)
            self._reading.add("filesystem_utilization_ratio", each.utilization, each.mount)
        self._text("filesystems")

    def _inodes(self) -> None:
        section = self._found.get("inodes")
        for mount, share in filesystems.read_inodes(section.text if section else "").items():
            self._reading.add("filesystem_inodes_used_ratio", share, mount)
        self._text("inodes")

    def _disks(self) -> None:
        traffic = disks.read_traffic(self._text("diskstats"), self._text("disks"))
        for disk, (read, written) in traffic.items():
            self._reading.add("disk_read_bytes_total", read, disk)
            self._reading.add("disk_written_bytes_total", written, disk)

    def _health(self) -> None:
        section = self._found.get("smart")  # smartctl's status is a bit mask of what it found, no sign of failure
        if section is None:
            return
        found = disks.read_health(section.text)
        for disk, status in found.items():
            self._reading.add("disk_status", status, disk)
        told: set[str] = self._memory.setdefault("smart", set())
        lost = sorted((told & disks.silent(section.text)) - found.keys())
        told.update(found)
        if section.status == _TIMED_OUT:
            raise CommandFailedError("smartctl did not come to an end: a disk that does not answer hides those after it")
        if lost:
            raise CommandFailedError(f"smartctl no longer gets an answer from {', '.join(lost)}")

    def _raid(self) -> None:
        if "raid" in self._found:
            for array, status in raid.read_arrays(self._text("raid")).items():
                self._reading.add("raid_status", status, array)

    def _services(self) -> None:
        found: dict[str, int] = {}
        if "failed" in self._found:
            found |= services.read_failed(self._text("failed"))
        if "units" in self._found:
            found |= services.read_units(self._text("units"))
        for unit, status in found.items():
            self._reading.add("service_status", status, unit)

    def _counts(self) -> None:
        self._reading.add("processes", system.read_number(self._text("processes"), "the number of processes"))
        self._reading.add("logged_in_users", system.read_number(self._text("users"), "the number of users"))

    def _identity(self) -> None:
        hardware = self._found["hardware"].text if "hardware" in self._found else ""
        found = system.read_identity(self._text("os"), self._text("kernel"), hardware)
        facts = {
            "name": found.name,
            "vendor": found.vendor,
            "model": found.model,
            "serial": found.serial,
            "os_version": found.os_version,
        }
        self._reading.add("system_info", 1, *facts.values())
        for name, text in {**facts, "kernel": found.kernel}.items():
            self._reading.fact(name, text)

    def _updates(self) -> None:
        """Keep the number between looks: asking takes the host seconds."""
        if "updates" in self._found:
            self._memory.pop("updates", None)
            if self._found["updates"].status != 3:  # noqa: PLR2004  # the script's sign for "no tool here"
                self._memory["updates"] = system.read_updates(self._text("updates"))
        self._reading.add("os_updates_pending", self._memory.get("updates"))

    def _clock(self) -> None:
        begun, ended = self._text("clock_begin"), self._text("clock_end")
        self._reading.add("clock_offset_seconds", system.clock_offset(begun, ended, self._done.started, self._done.ended))
