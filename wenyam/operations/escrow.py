"""The sealed envelope for people: written for those who shall open it, proven on an empty place, and whether it still fits."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wenyam import plugins
from wenyam.backup import by_hand, catalogue, escrow, escrow_contents, escrow_facts
from wenyam.backup.escrow import Envelope, Opener, SealedJob, SealedRepository
from wenyam.backup.escrow_facts import EscrowState
from wenyam.backup.escrow_lines import EnvelopeError
from wenyam.backup.escrow_record import destination_of, facts_of, keys_of, usable_keys
from wenyam.backup.escrow_rehearsal import SECONDS, Rehearsal, rehearse
from wenyam.backup.repositories.capabilities import capabilities_of
from wenyam.clock import Clock
from wenyam.errors import UsageError
from wenyam.links import age
from wenyam.links.programs import run_program
from wenyam.links.signatures import is_valid
from wenyam.links.tools import Tools
from wenyam.model.backup import BackupJob, RepositoryPlan
from wenyam.model.facts import ChainedFact
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, Period
from wenyam.model.inventory import Person
from wenyam.operations.escrow_places import access_of, kept_now, sealed_values
from wenyam.settings.unknown import unknown
from wenyam.store.interface import Reader, Writer

ROLES = ("superior", "dr_committee")
"""Whose keys open the envelope when nobody is named."""
_VERSION_SECONDS = 20.0
_EVER = Period(Instant(0), Instant(2**53))


@dataclass(frozen=True, slots=True)
class Made:
    """An envelope's text, and what people should know of it."""

    text: str
    digest: str
    openers: tuple[Opener, ...]
    notes: tuple[str, ...]
    fact: ChainedFact


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Whose keys are used, and whose cannot be."""

    openers: tuple[tuple[Opener, str], ...]
    """With the public key."""
    notes: tuple[str, ...]


async def make(configuration: Configuration, clock: Clock, writer: Writer, actor: str, names: Sequence[str] = ()) -> Made:
    """Write the envelope for these people, or for the superiors and the DR committee; the fact goes on record first."""
    plan = configuration.backup
    if not plan.repositories:
        raise UsageError("there are no repositories, so there is nothing for an envelope")
    now, tools = clock.now(), Tools(configuration.instance.tools)
    chosen = _choose(configuration, names, now)
    recipients = [public for _, public in chosen.openers]
    repositories = {
        each.name: await _sealed(configuration, clock, each, recipients, tools("age")) for each in plan.repositories.values()
    }
    jobs = {job.name: _job(configuration, job) for job in plan.jobs.values()}
    instance, openers = configuration.instance, tuple(opener for opener, _ in chosen.openers)
    restic = await _restic_version(tools("restic"))
    envelope = Envelope(instance.name, instance.site, now, configuration.digest, restic, openers, repositories, jobs)
    text = escrow.write(envelope)
    digest = escrow.digest(text)
    if escrow.read(text) != envelope:
        raise EnvelopeError("what was written could not be read back as it is")
    fact = escrow_facts.made(
        now, actor, digest, configuration.digest, salt=secrets.token_bytes(16),
        kept={name: kept_now(each) for name, each in plan.repositories.items()},
        openers=[(opener.fingerprint, opener.person) for opener in openers],
    )  # fmt: skip
    return Made(text, digest, openers, chosen.notes, writer.append(fact))


def _choose(configuration: Configuration, names: Sequence[str], now: Instant) -> _Chosen:
    people = configuration.inventory.people
    for name in names:
        if name not in people:
            raise unknown("person", name, people)
    wanted = [people[name] for name in names] or [each for each in people.values() if set(each.roles) & set(ROLES)]
    openers: list[tuple[Opener, str]] = []
    notes: list[str] = []
    for person in dict.fromkeys(each.id for each in wanted):
        usable = usable_keys(people[person], now)
        openers += usable
        if not usable:
            notes.append(f"{person} cannot open it: {_why_not(people[person], now)}")
    if names and notes:
        raise EnvelopeError("; ".join(notes), hint="Name others, or give them an ssh-ed25519 or ssh-rsa key in 'people'.")
    if not openers:
        raise EnvelopeError(f"nobody could open it: {'; '.join(notes) or 'nobody has the role ' + ' or '.join(ROLES)}")
    if len({opener.person for opener, _ in openers}) == 1:
        notes.append(f"only {openers[0][0].person} can open it; name a second person")
    return _Chosen(tuple(openers), tuple(notes))


def _why_not(person: Person, now: Instant) -> str:
    if not person.keys:
        return "no key in 'people'"
    kinds = [key.public.split()[0] for key in person.keys if is_valid(key, now)]
    return f"a key of kind {' or '.join(kinds)} can only sign" if kinds else "no key is valid now"


async def _sealed(
    configuration: Configuration, clock: Clock, plan: RepositoryPlan, recipients: Sequence[str], program: str
) -> SealedRepository:
    values = sealed_values(plan, access_of(configuration, clock, plan))
    sealed = await age.seal(escrow_contents.to_text(values).encode(), recipients, age=program)
    return SealedRepository(plan.name, plan.kind, destination_of(plan).place, plan.site, sealed, escrow_contents.notes(values))


def _job(configuration: Configuration, job: BackupJob) -> SealedJob:
    source = plugins.load(plugins.SOURCES, job.source)
    files = f"{configuration.backup.spool}/{job.name}"
    load = by_hand.loading(job, source)
    return SealedJob(job.name, job.source, job.repository, job.copies, f"job={job.name}", files, load)


async def _restic_version(restic: str) -> str:
    done = await run_program([restic, "version"], timeout=_VERSION_SECONDS)
    return str(capabilities_of(done.stdout.decode("utf-8", "replace")))


@dataclass(frozen=True, slots=True)
class Proven:
    """A rehearsal on record."""

    rehearsal: Rehearsal
    note: str
    """What was not compared; empty when all was."""
    fact: ChainedFact


async def prove(
    configuration: Configuration,
    clock: Clock,
    writer: Writer,
    actor: str,
    *,
    text: str,
    identity: Path,
    workdir: Path,
    job: str = "",
    repository: str = "",
    seconds: float = SECONDS,
) -> Proven:
    """Restore on an empty place from the envelope alone; only what worked goes on record as proven."""
    digest = escrow.digest(text)
    if not escrow_facts.is_known(writer.facts(_EVER, escrow_facts.MADE), digest):
        raise EnvelopeError("this envelope was not written by this Wenyam", hint="Write one: wenyam backup escrow --output FILE")
    tools = Tools(configuration.instance.tools)
    done = await rehearse(text, identity, workdir, tools=tools, clock=clock, job=job, repository=repository, seconds=seconds)
    note = _compare(writer, done)
    key = await age.fingerprint_of(identity, ssh_keygen=tools("ssh-keygen"))
    fact = escrow_facts.proven(
        clock.now(), actor, digest, job=done.job, repository=done.repository, snapshot=done.snapshot.id, files=done.files,
        size=done.bytes, sha256=done.sha256, seconds=done.seconds, key=key,
    )  # fmt: skip
    return Proven(done, note, writer.append(fact))


def _compare(reader: Reader, done: Rehearsal) -> str:
    """Compare the manifest that came back with the one on record; say so where there is none."""
    history = catalogue.read(reader, _EVER).get(done.job)
    backup = None if history is None else history.of_snapshot(done.snapshot.id)
    if backup is None:
        return f"snapshot {done.snapshot.id[:8]} is not on record here, so its manifest was compared with nothing"
    if done.sha256 != backup.manifest:
        raise EnvelopeError(
            f"{done.hashed.name} of snapshot {done.snapshot.id[:8]} came back with the SHA-256 {done.sha256[:12]}…, "
            f"on record is {backup.manifest[:12]}…"
        )
    return ""


def state(configuration: Configuration, reader: Reader, now: Instant) -> EscrowState:
    """Return when the envelope was made and proven, and what changed since; keys this account cannot read are not compared."""
    kept = {name: kept_now(plan) for name, plan in configuration.backup.repositories.items()}
    return escrow_facts.state_of(facts_of(reader), kept, keys_of(configuration.inventory.people, now))
