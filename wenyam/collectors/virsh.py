"""virsh: the virtual machines of a KVM host, asked over SSH or on this machine."""

import re
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator

from wenyam.collectors.contract import Context, Target
from wenyam.collectors.linux import machines
from wenyam.collectors.linux.sections import PREAMBLE, Section, new_marker, sections
from wenyam.collectors.options import Options, Port
from wenyam.collectors.readings import ReadingBuilder, budget
from wenyam.collectors.ssh import run_remote
from wenyam.collectors.virtual_machines import RUNNING, SNAPSHOTS, add_host, add_snapshots
from wenyam.errors import CommandFailedError
from wenyam.links.programs import run_program
from wenyam.model.samples import Reading

_URI: Final = re.compile(r"[a-z]{2,10}(\+[a-z]{2,6})?://[A-Za-z0-9._~/?=&:@%-]*")
_SHELL: Final = "/bin/sh"
_NOT_FOUND: Final = 127
_RESOURCES: Final = (
    "virtual_machine_memory_total_bytes", "virtual_machine_memory_used_bytes", "virtual_machine_agent_status",
    "virtual_machine_cpu_utilization_ratio",
)  # fmt: skip

# Words: marker, URI, 1 to ask for snapshots, 1 for resources. One virsh process asks for those of all machines, by UUID because a
# name of digits would be taken for a number. The session is read-only, which needs no right to change a machine: whether an agent
# answers is seen from its channel, because to ask it would be a change.
SCRIPT: Final = (
    PREAMBLE
    + r"""
uri=$1; snapshots=$2; resources=$3
ask() { virsh --readonly --quiet --connect "$uri" "$@" </dev/null; }
each() {
  commands=
  for machine in $(ask list --all --uuid); do
    commands="$commands;echo guest $marker $machine,"
    for question in "$@"; do commands="$commands;$question $machine"; done
  done
  [ -z "$commands" ] || ask "${commands#;}"
}
resources() {
  said=$(each dominfo dumpxml 2>&1); status=$?
  printf '%s\n' "$said" | grep -E '^(guest |CPU|Max memory|Used memory|error)|org\.qemu\.guest_agent'
  return $status
}
section states ask domstats --state
section names ask list --all --uuid --name
[ "$snapshots" = 1 ] && section snapshots each snapshot-list
[ "$resources" = 1 ] && { section host ask hostname; section resources resources; }
section end true
exit 0
"""
)


def _checked_uri(uri: str) -> str:
    if not _URI.fullmatch(uri):
        raise ValueError("is no libvirt URI such as qemu:///system")
    return uri


class VirshOptions(Options):
    """Which hypervisor, and how to reach it."""

    uri: Annotated[str, AfterValidator(_checked_uri)] = "qemu:///system"
    local: bool = False
    """Ask on this machine instead of over SSH."""
    snapshots: bool = True
    resources: bool = True
    """Ask for processors, memory, agent and host."""
    port: Port = 22
    legacy_crypto: bool = False


class VirshCollector:
    """Reads state, host, processors, memory, agent and snapshots of each machine."""

    Config: ClassVar[type[VirshOptions]] = VirshOptions

    def __init__(self, config: VirshOptions) -> None:
        """Take validated options."""
        self._config = config

    async def collect(self, target: Target, context: Context) -> Reading:
        """Ask once; a CollectError when the host or its libvirt does not answer."""
        found, marker = await self._ask(target, context, snapshots=self._config.snapshots, resources=self._config.resources)
        reading = ReadingBuilder(context.memory)
        states = machines.read_states(self._text(found, "states"))
        for name, state in states.items():
            reading.add("virtual_machine_state", state, name)
        names = machines.read_names(self._text(found, "names"))
        if "snapshots" in found:
            self._add_snapshots(found, marker, names, context, reading)
        if "resources" in found:
            self._add_resources(found, marker, names, states, context, reading)
        return reading.build()

    async def probe(self, target: Target, context: Context) -> float:
        """Ask for the states only; seconds it took."""
        begun = context.clock.monotonic()
        found, _ = await self._ask(target, context, snapshots=False, resources=False)
        self._text(found, "states")
        return context.clock.monotonic() - begun

    def _add_snapshots(
        self, found: dict[str, Section], marker: str, names: dict[str, str], context: Context, reading: ReadingBuilder
    ) -> None:
        """Add the snapshots that could be read; a machine removed between two questions must not hide the others."""
        for identity, made in machines.read_snapshots(found["snapshots"].text, marker).items():
            if identity in names:
                add_snapshots(reading, names[identity], made, context.clock.now())
        if not found["snapshots"].good:
            reading.failed(CommandFailedError(f"virsh could not list all snapshots: {_end(found['snapshots'].text)}"), SNAPSHOTS)

    def _add_resources(  # noqa: PLR0917  # what two sections and the reading are made of
        self,
        found: dict[str, Section],
        marker: str,
        names: dict[str, str],
        states: dict[str, int],
        context: Context,
        reading: ReadingBuilder,
    ) -> None:
        """Add what could be read of the machines' resources, and their host."""
        usage = _Usage(context, reading)
        for identity, resources in machines.read_resources(found["resources"].text, marker).items():
            if identity in names:
                usage.add(identity, names[identity], resources, runs=states.get(names[identity]) == RUNNING)
        host = found["host"].text.strip() if found["host"].good else ""
        add_host(reading, [(names[identity], host) for identity in names])
        if not found["resources"].good:
            reading.failed(CommandFailedError(f"virsh could not tell all resources: {_end(found['resources'].text)}"), _RESOURCES)

    async def _ask(self, target: Target, context: Context, *, snapshots: bool, resources: bool) -> tuple[dict[str, Section], str]:
        """Run the script; return its sections and the marker it used."""
        options = self._config
        marker = new_marker()
        words = ["-c", SCRIPT, "wenyam", marker, options.uri, str(int(snapshots)), str(int(resources))]
        if options.local:
            done = await run_program([_SHELL, *words], timeout=budget(context), clock=context.clock)
        else:
            done = await run_remote(target, context, ["sh", *words], port=options.port, legacy_crypto=options.legacy_crypto)
        return sections(done.stdout, marker, "end"), marker

    def _text(self, found: dict[str, Section], name: str) -> str:
        section = found[name]
        if section.status == _NOT_FOUND:
            raise CommandFailedError("virsh is not installed there", hint="Install the package libvirt-clients.")
        if not section.good:
            raise CommandFailedError(f"virsh at {self._config.uri}: {_end(section.text)}")
        return section.text


class _Usage:
    """The resources of all machines on their way into a reading."""

    def __init__(self, context: Context, reading: ReadingBuilder) -> None:
        self._now = context.clock.monotonic()
        self._before: dict[str, tuple[float, float]] = context.memory.get("processor_seconds", {})
        self._after: dict[str, tuple[float, float]] = {}
        self._reading = reading
        context.memory["processor_seconds"] = self._after

    def add(self, identity: str, vm: str, found: machines.Resources, *, runs: bool) -> None:
        """Add what one machine has, and while it runs what it uses; the processors' share needs the reading before."""
        self._reading.add("virtual_machine_memory_total_bytes", found.memory_total, vm)
        if runs:
            self._reading.add("virtual_machine_memory_used_bytes", found.memory_used, vm)
            self._reading.add("virtual_machine_agent_status", found.agent, vm)
            self._reading.add("virtual_machine_cpu_utilization_ratio", self._busy(identity, found), vm)

    def _busy(self, identity: str, found: machines.Resources) -> float | None:
        if found.processor_seconds is None or not found.processors:
            return None
        self._after[identity] = (found.processor_seconds, self._now)
        used, then = self._before.get(identity, (found.processor_seconds, self._now))
        busy, passed = found.processor_seconds - used, self._now - then
        return min(1.0, busy / (passed * found.processors)) if passed > 0 and busy >= 0 else None


def _end(text: str) -> str:
    return " ".join(text.split())[-300:]
