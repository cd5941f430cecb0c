"""Configurations of network devices: read, judged by the gate, stored whole, kept masked for diffs, loaded by a router."""

import contextlib
import hashlib
import os
import re
import shlex
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, ClassVar, Final, Self

from pydantic import AfterValidator, Field, model_validator

from wenyam.backup.comparison import compare, shown
from wenyam.backup.contract import Dump, Restored, Workplace
from wenyam.backup.size import UnusualLinesError
from wenyam.backup.sources import network_copies
from wenyam.backup.sources.network_families import FAMILIES, Family
from wenyam.backup.sources.network_gate import Gate, problem, unusual, within
from wenyam.backup.sources.network_masks import hidden, masked
from wenyam.backup.sources.network_scratch import ScratchRouter, scratch_router
from wenyam.backup.sources.network_text import Reading, decoded, encoded, measure, settled, tools_of
from wenyam.backup.sources.options import OverSsh
from wenyam.errors import NotTestedError, RestoreError, SourceError
from wenyam.links.cli_devices import CliDevice, only_reads
from wenyam.model.backup import Manifest
from wenyam.model.inventory import Credential
from wenyam.store import files

CONFIGURATION: Final = "configuration.txt"
DIGEST_KEY: Final = "digest.key"
"""Beside the configuration, so that its keyed digests can be made again wherever it is restored."""
_KEY_BYTES: Final = 32
_LIMIT: Final = 16 << 20


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"'{text}' is no regular expression: {error}") from error
    return text


def _family(name: str) -> str:
    if name not in FAMILIES:
        raise ValueError(f"'{name}' is no family; there are {', '.join(FAMILIES)}")
    return name


def _reading_command(command: str) -> str:
    if not only_reads(command):
        raise ValueError(f"'{command}' is not a command that only reads (show, display, get, more, cat, export)")
    return command


def _over_ssh(platform: str) -> str:
    if not re.fullmatch(r"[a-z0-9_]+", platform) or re.search("telnet|serial", platform):
        raise ValueError(f"'{platform}' is no platform of netmiko over SSH")
    return platform


Pattern = Annotated[str, AfterValidator(_pattern)]


class NetworkConfigOptions(OverSsh):
    """Which family of device it is, and what is different about this one."""

    family: Annotated[str, AfterValidator(_family)]
    """One of the families of the reference."""
    device_type: Annotated[str, AfterValidator(_over_ssh)] | None = None
    """netmiko's platform, instead of the family's own."""
    commands: tuple[Annotated[str, AfterValidator(_reading_command)], ...] = ()
    """What is asked, instead of the family's own."""
    end: Pattern | None = None
    """Regular expression of the last line, instead of the family's own; empty: none is expected."""
    ignore: tuple[Pattern, ...] = ()
    """Regular expressions of further whole lines that change by themselves."""
    minimum_lines: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """Fewer lines are no configuration."""
    shrink: Annotated[float, Field(gt=0, lt=1)] = 0.3
    """Share of the last good copy's lines that may be gone."""
    grow: Annotated[float, Field(gt=0, le=100)] = 1.0
    """Share of the last good copy's lines that may be new."""
    few: Annotated[int, Field(ge=0, le=100_000)] = 40
    """So many lines may always come or go."""

    @model_validator(mode="after")
    def _other_is_described(self) -> Self:
        if self.family == "other" and not (self.device_type and self.commands):
            raise ValueError("family 'other' needs 'device_type' and 'commands'")
        return self

    @property
    def described(self) -> Family:
        """The family, with what the options change."""
        family = FAMILIES[self.family]
        return replace(
            family,
            platform=family.platform if self.device_type is None else self.device_type,
            commands=self.commands or family.commands,
            end=family.end if self.end is None else self.end,
            minimum_lines=family.minimum_lines if self.minimum_lines is None else self.minimum_lines,
        )


class NetworkConfigSource:
    """Reads a device's running configuration. Nothing is ever written to a device."""

    Config: ClassVar[type[NetworkConfigOptions]] = NetworkConfigOptions

    def __init__(self, config: NetworkConfigOptions) -> None:
        """Take validated options."""
        self._config = config
        self._family = config.described
        self._reading = Reading.of(self._family, config.ignore)

    async def dump(self, workplace: Workplace) -> Dump:
        """Read the configuration; SourceError quotes the line because of which it is none, and the last good copy stays."""
        taken = workplace.clock.now()
        text = decoded(await self._fetch(workplace))
        self._keep_masked(workplace, text)
        key = os.urandom(_KEY_BYTES)
        contents = {workplace.spool / CONFIGURATION: encoded(text), workplace.spool / DIGEST_KEY: key}
        for path, content in contents.items():
            files.write(path, content, mode=files.PRIVATE_FILE)
        digests = {path: hashlib.sha256(content).hexdigest() for path, content in contents.items()}
        return Dump(
            tuple(contents), Manifest("network_config", taken, measure(text, self._reading, key), tools_of(text)), digests
        )

    @contextlib.asynccontextmanager
    async def restored(self, workplace: Workplace, fetched: Path, manifest: Manifest) -> AsyncIterator[Restored]:
        """Load it into a scratch router of the same family; NotTestedError where there is none, once the text is proven whole."""
        folder = fetched / workplace.spool.relative_to("/")
        text, key = decoded(_read(folder / CONFIGURATION)), _read(folder / DIGEST_KEY)
        lost = compare(manifest, replace(manifest, parts=measure(text, self._reading, key)))
        if lost:
            raise RestoreError(f"what came back is not what was read from the device: {'; '.join(lost[:3])}")
        if not self._family.loads:
            raise NotTestedError(
                f"text only: what came back is whole, but no scratch device of family '{self._config.family}' can load it here"
            )
        async with scratch_router(workplace, text, self._reading) as router:
            yield RestoredRouter(workplace, router, self._reading, key)

    def _keep_masked(self, workplace: Workplace, text: str) -> None:
        """Let the text through the gate, and keep its masked copy; never one that failed."""
        state, job = workplace.state_directory, workplace.job.name
        copy = masked("\n".join(settled(text, self._reading)), network_copies.mask_key(state)) + "\n"
        before = network_copies.copies(state, job)
        wrong = problem(text, copy.split("\n"), self._gate)
        if wrong:
            raise SourceError(f"the answer of {workplace.address} is no whole configuration: {wrong}")
        if before:
            self._judge_lines(workplace, network_copies.filled(copy), network_copies.filled(before[-1].text()))
        network_copies.keep(state, job, copy, workplace.clock.now())

    def _judge_lines(self, workplace: Workplace, count: int, last_good: int) -> None:
        """Raise UnusualLinesError outside the band around the last good copy and around what a person called right."""
        usual = [each for each in (last_good, workplace.accepted_lines) if each is not None]
        if not any(within(count, each, self._gate) for each in usual):
            advice = f"If that is right: wenyam backup accept-size {workplace.job.name} --reason TEXT, then run again."
            raise UnusualLinesError(f"{workplace.address}: {unusual(count, last_good)}", lines=count, hint=advice)

    @property
    def _gate(self) -> Gate:
        config = self._config
        return Gate(self._family.end, self._family.minimum_lines, config.shrink, config.grow, config.few)

    async def _fetch(self, workplace: Workplace) -> bytes:
        credential = workplace.credential
        if not workplace.address or credential is None:
            raise SourceError("a network configuration needs a device and a credential of kind ssh-key or ssh-password")
        if not self._family.platform:
            return await self._from_shell(workplace, credential)
        device = CliDevice(workplace.address, self._config.port, credential, self._family.platform, self._config.legacy_crypto)
        return b"\n".join(await workplace.links.cli.run(device, self._family.commands, workplace.deadline))

    async def _from_shell(self, workplace: Workplace, credential: Credential) -> bytes:
        answers = []
        for command in self._family.commands:
            done = await workplace.links.ssh.run(
                workplace.address, self._config.port, credential, shlex.split(command), workplace.deadline,
                legacy_crypto=self._config.legacy_crypto, output_limit=_LIMIT,
            )  # fmt: skip
            if done.exit_status:
                said = (done.stderr or done.stdout).decode("utf-8", "replace").strip().split("\n")[-1]
                words = shown(hidden(said)) if said else "it said nothing"
                raise SourceError(f"'{command}' at {workplace.address} failed (status {done.exit_status}): {words}")
            answers.append(done.stdout)
        return b"\n".join(answers)


@dataclass(frozen=True, slots=True)
class RestoredRouter:
    """A scratch router that runs the restored configuration."""

    workplace: Workplace
    router: ScratchRouter
    reading: Reading
    key: bytes

    async def manifest(self) -> Manifest:
        """Measure the running configuration as it was measured at backup time."""
        text = await self.router.running()
        return Manifest("network_config", self.workplace.clock.now(), measure(text, self.reading, self.key), tools_of(text))

    async def answer(self, question: str) -> str:
        """Return what the scratch router says to a show command, in one line."""
        return await self.router.answer(question)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RestoreError(f"the backup lacks {path.name}: {error.strerror}") from error
