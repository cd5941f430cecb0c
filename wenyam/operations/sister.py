"""Pushing the settings to the other site and looking at those that were received, for people and the calendar."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wenyam.backup.depot import new_run
from wenyam.clock import Clock
from wenyam.dr import manifests, push_record, pushing
from wenyam.dr.manifests import Manifest
from wenyam.dr.receiving import Received, examine
from wenyam.dr.settings_copy import HOLDS_SECRET, Gathered, SettingsCopyError, digest_of, gather, people_files, without_secrets
from wenyam.errors import AlreadyRunningError, UsageError, WenyamError
from wenyam.links.pools import Links
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, to_iso
from wenyam.model.pushing import ReceivedPlan, SisterPlan
from wenyam.operations.actor import present_actor
from wenyam.operations.recoveries import writer_of
from wenyam.settings.secrets import SecretReader
from wenyam.store.interface import Writer
from wenyam.store.locks import DaemonLock

VERSION = 1
_LOCK = "dr-push.lock"
_HOW = "See docs/howto/dr.md."


@dataclass(frozen=True, slots=True)
class Push:
    """What is pushed, and what came of it."""

    to: str
    manifest: Manifest
    files: dict[str, bytes]
    found: Gathered
    renewed: bool = False

    @property
    def holding(self) -> list[str]:
        """The files that are left out for what is in them."""
        return [name for name, why in self.found.left.items() if why == HOLDS_SECRET]

    def data(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "version": VERSION, "to": self.to, "digest": self.manifest.configuration, "at": to_iso(self.manifest.at),
            "files": sorted(self.files), "left_out": dict(self.found.left), "renewed": self.renewed,
            "secrets_not_looked_for": list(self.found.unread),
        }  # fmt: skip


def sister_of(configuration: Configuration) -> SisterPlan:
    """Return where the settings go; UsageError when nowhere."""
    sister = configuration.recovery.sister
    if sister is None:
        raise UsageError("'dr.sister' names no machine to push the settings to", hint=_HOW)
    return sister


def prepare(configuration: Configuration, now: Instant) -> Push:
    """Gather what would be pushed; SettingsCopyError when it may not be. Nothing is changed anywhere."""
    sister = sister_of(configuration)
    try:
        found = without_secrets(gather(configuration), configuration, SecretReader())
    except OSError as error:
        what = f"{error.filename}: {error.strerror}"
        raise SettingsCopyError(what, hint="Run it as an account that may read every file of the settings.") from error
    files = {**found.files, **people_files(configuration)}
    digests = {name: manifests.sha256(content) for name, content in files.items()}
    content = digest_of(found.files)
    manifest = Manifest(configuration.instance.name, configuration.digest, content, now, digests)
    return Push(push_record.destination(sister), manifest, files, found)


def push(configuration: Configuration, clock: Clock) -> Push:
    """Push the settings; whatever comes of it is a fact."""
    sister = sister_of(configuration)
    actor, directory = present_actor(configuration.inventory), Path(configuration.instance.state_directory)
    writer = writer_of(configuration, clock)
    try:
        with DaemonLock(directory, _LOCK):
            return _pushed(configuration, clock, writer, actor)
    except AlreadyRunningError as error:
        raise SettingsCopyError(f"they are being pushed at this moment: {error.what}") from error
    except WenyamError as error:
        to = push_record.destination(sister)
        writer.append(push_record.not_pushed(clock.now(), actor, to=to, why=error.sentence))
        raise
    finally:
        writer.close()


def _pushed(configuration: Configuration, clock: Clock, writer: Writer, actor: str) -> Push:
    made = prepare(configuration, clock.now())
    parcel = pushing.Parcel(made.manifest, made.files, new_run(clock))
    renewed = asyncio.run(_send(configuration, clock, parcel))
    fact = push_record.pushed(
        made.manifest.at, actor, to=made.to, digest=made.manifest.configuration, content=made.manifest.content,
        files=len(made.files), holding=made.holding,
    )  # fmt: skip
    writer.append(fact)
    return Push(made.to, made.manifest, made.files, made.found, renewed)


async def _send(configuration: Configuration, clock: Clock, parcel: pushing.Parcel) -> bool:
    links = Links(clock, SecretReader(), f"{configuration.instance.state_directory}/known_hosts")
    try:
        return await pushing.push(links.ssh, clock, configuration, parcel)
    finally:
        await links.close()


def received(configuration: Configuration, now: Instant) -> list[Received]:
    """Examine every copy that must be here; UsageError when none must."""
    plan: ReceivedPlan | None = configuration.recovery.received
    if plan is None:
        raise UsageError("'dr.received' names no copies that must be on this machine", hint=_HOW)
    return [examine(plan, name, now) for name in plan.instances]


def received_data(found: list[Received]) -> dict[str, Any]:
    """Return it as JSON."""
    rows = [
        {
            "instance": each.instance, "folder": str(each.folder), "problem": each.problem or None,
            "digest": each.manifest and each.manifest.configuration, "at": each.manifest and to_iso(each.manifest.at),
            "files": each.manifest and len(each.manifest.files),
        }
        for each in found
    ]  # fmt: skip
    return {"version": VERSION, "copies": rows}
