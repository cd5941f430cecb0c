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
from wenyam.errors import CommandFailedError
from wenyam.links.programs import run_program
from wenyam.model.instants import seconds_between
from wenyam.model.samples import Reading

_URI: Final = re.compile(r"[a-z]{2,10}(\+[a-z]{2,6})?://[A-Za-z0-9._~/?=&:@%-]*")
_SHELL: Final = "/bin/sh"
_NOT_FOUND: Final = 127

# Words: marker, URI, 1 to ask for snapshots. One virsh process asks for the snapshots of all machines, by UUID because a name
# of digits would be taken for a number. The session is read-only, which needs no right to change a machine.
SCRIPT: Final = (
    PREAMBLE
    + r"""
uri=$1; snapshots=$2
ask() { virsh --readonly --quiet --connect "$uri" "$@" </dev/null; }
snapshots() {
  commands=
  for machine in $(ask list --all --uuid); do commands="$commands;echo machine $machine;snapshot-list $machine"; done
  [ -z "$commands" ] || ask "${commands#;}"
}
section states ask domstats --state
section names ask list --all --uuid --name
[ "$snapshots" = 1 ] && section snapshots snapshots
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
    port: Port = 22
    legacy_crypto: bool = False


class VirshCollector:
    """Reads `virtual_machine_state` and `virtual_machine_snapshot_age_seconds`."""

    Config: ClassVar[type[VirshOptions]] = VirshOptions

    def __init__(self, config: VirshOptions) -> None:
        """Take validated options."""
        self._config = config

    async def collect(self, target: Target, context: Context) -> Reading:
        """Ask once; a CollectError when the host or its libvirt does not answer."""
        found = await self._ask(target, context, snapshots=self._config.snapshots)
        reading = ReadingBuilder(context.memory)
        states = machines.read_states(self._text(found, "states"))
        for name, state in states.items():
            reading.add("virtual_machine_state", state, name)
        if "snapshots" in found:
            self._add_ages(found, context, reading)
        return reading.build()

    async def probe(self, target: Target, context: Context) -> float:
        """Ask for the states only; seconds it took."""
        begun = context.clock.monotonic()
        self._text(await self._ask(target, context, snapshots=False), "states")
        return context.clock.monotonic() - begun

    def _add_ages(self, found: dict[str, Section], context: Context, reading: ReadingBuilder) -> None:
        """Add the ages that could be read; a machine removed between two questions must not hide the others."""
        names = machines.read_names(self._text(found, "names"))
        now = context.clock.now()
        for identity, made in machines.read_oldest_snapshots(found["snapshots"].text).items():
            if identity in names:
                reading.add("virtual_machine_snapshot_age_seconds", seconds_between(made, now), names[identity])
        if not found["snapshots"].good:
            reading.failed(CommandFailedError(f"virsh could not list all snapshots: {_end(found['snapshots'].text)}"))

    async def _ask(self, target: Target, context: Context, *, snapshots: bool) -> dict[str, Section]:
        options = self._config
        marker = new_marker()
        words = ["-c", SCRIPT, "wenyam", marker, options.uri, str(int(snapshots))]
        if options.local:
            done = await run_program([_SHELL, *words], timeout=budget(context), clock=context.clock)
        else:
            done = await run_remote(target, context, ["sh", *words], port=options.port, legacy_crypto=options.legacy_crypto)
        return sections(done.stdout, marker, "end")

    def _text(self, found: dict[str, Section], name: str) -> str:
        section = found[name]
        if section.status == _NOT_FOUND:
            raise CommandFailedError("virsh is not installed there", hint="Install the package libvirt-clients.")
        if not section.good:
            raise CommandFailedError(f"virsh at {self._config.uri}: {_end(section.text)}")
        return section.text


def _end(text: str) -> str:
    return " ".join(text.split())[-300:]
