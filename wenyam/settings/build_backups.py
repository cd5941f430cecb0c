"""What is backed up, when and to where, out of what was written."""

from pathlib import PurePosixPath

from wenyam.model.backup import BackupJob, BackupPlan, KeepRules, Question, RepositoryPlan, RestorePlan, SizeBand, VerifyPlan
from wenyam.model.calendar import Schedule
from wenyam.model.states import Subject
from wenyam.settings.backup_rules import (
    Part,
    destination_login,
    judge_age,
    judge_copies,
    judge_device,
    judge_key,
    judge_login,
    judge_places,
    source_login,
    timed,
)
from wenyam.settings.blocks_backup import BackupBlock, BackupJobBlock, RepositoryBlock
from wenyam.settings.build_machine import build_machine
from wenyam.settings.build_services import subjects
from wenyam.settings.known import Known
from wenyam.settings.plugin_entries import Entry, entries
from wenyam.settings.plugin_options import PluginOptions
from wenyam.settings.schedule_gaps import longest_gap
from wenyam.settings.tree import Block

_COVERED = ("device", "service")
_OWN = "own"
"""The source for Wenyam itself, which is no system of the inventory."""
_STARTS_PROGRAMS = "command"
_DAY = 86_400.0
_PROOF_AGE = 35 * _DAY


def build_backups(known: Known, options: PluginOptions) -> BackupPlan:
    """Return everything about backups that is good; problems of the rest are noted."""
    places = _places(known)
    kept = [_repository(known, *found) for found in entries(known, "repositories", RepositoryBlock, options.of_destination)]
    repositories = {plan.name: plan for plan in kept if plan is not None}
    judge_places(known, repositories)
    jobs = {}
    for written, entry in entries(known, "backups", BackupJobBlock, options.of_source):
        judge_copies(known, entry.part, written, repositories)
        job = _job(known, written, entry)
        if job is not None:
            jobs[entry.name] = job
    return BackupPlan(jobs, repositories, places.spool, places.scratch, places.scratch_user, places.envelope_maximum_age)


def _places(known: Known) -> BackupBlock:
    block = known.section("backup")
    written = known.valid(BackupBlock, block, block.place, "backup") or BackupBlock()
    spool, scratch = PurePosixPath(written.spool), PurePosixPath(written.scratch)
    if spool.is_relative_to(scratch) or scratch.is_relative_to(spool):
        sentence = f"backup: spool {spool} and scratch {scratch} must be two places, neither in the other"
        known.findings.problem(block.at("scratch"), sentence)
    return written


def _repository(known: Known, written: RepositoryBlock, entry: Entry) -> RepositoryPlan | None:
    part, verify = entry.part, written.verify
    judge_login(known, part, written.credential, destination_login(written.kind))
    judge_key(known, part, written.key)
    schedule = timed(known, part.within("verify"), verify.schedule, verify.window)
    site = known.site(part.block, part.path, written.site, known.instance_site)
    if entry.config is None or schedule is None:
        return None
    return RepositoryPlan(
        name=entry.name,
        kind=written.kind,
        options=entry.config,
        key=written.key,
        site=site,
        credential=written.credential,
        minimum_free_bytes=written.minimum_free,
        append_only=written.append_only,
        verify=VerifyPlan(schedule, verify.parts),
    )


def _job(known: Known, written: BackupJobBlock, entry: Entry) -> BackupJob | None:
    part, keep, band = entry.part, written.keep, written.size_band
    known.programs |= written.source == _STARTS_PROGRAMS
    _judge_references(known, written, part)
    owner, covers = known.person(part.block, "owner", part.path, written.owner), _covers(known, written, part)
    schedule = timed(known, part, written.schedule, written.window)
    restore = _restore(known, written, part.within("restore"))
    if entry.config is None or schedule is None or restore is None:
        return None
    judge_age(known, part, written.maximum_age, schedule, "runs")
    return BackupJob(
        name=entry.name,
        source=written.source,
        options=entry.config,
        owner=owner,
        schedule=schedule,
        repository=written.repository,
        covers=covers,
        copies=tuple(written.copies),
        device=written.device,
        credential=written.credential,
        keep=KeepRules(keep.last, keep.daily, keep.weekly, keep.monthly, keep.yearly, keep.floor),
        size_band=SizeBand(band.shrink, band.grow, band.minimum),
        tries=written.tries,
        maximum_age=written.maximum_age or _age_of(schedule),
        restore=restore,
        ping_url=written.ping_url,
        personal_data=written.personal_data,
    )


def _judge_references(known: Known, written: BackupJobBlock, part: Part) -> None:
    judge_device(known, part, written)
    judge_login(known, part, written.credential, source_login(written.source, written.device))
    known.refers(part.block, "repository", part.path, "repositories", written.repository)


def _covers(known: Known, written: BackupJobBlock, part: Part) -> tuple[Subject, ...]:
    if "covers" in part.block:
        return subjects(known, part.block["covers"], f"{part.path}.covers", allowed=_COVERED)
    if written.source != _OWN and "covers" not in part.block.dropped:
        advice = "name the devices and services it backs up under 'covers', or write 'covers: []'"
        known.findings.warning(part.block.place, f"{part.path}: covers nothing; {advice}")
    return ()


def _restore(known: Known, job: BackupJobBlock, part: Part) -> RestorePlan | None:
    written, device = job.restore, known.section("devices").get(job.device or "")
    address = str(device.get("address", "")) if isinstance(device, Block) else ""
    machine = build_machine(known, job, part.within("machine"), address)
    questions, steps = tuple(Question(question.ask, question.expect) for question in written.questions), written.step_limits
    limits = (steps.prepare, steps.load, steps.confirm, steps.announce)
    if written.schedule is None:
        return RestorePlan(None, written.maximum_age or _PROOF_AGE, questions, limits, machine)
    schedule = timed(known, part, written.schedule, written.window)
    if schedule is None:
        return None
    judge_age(known, part, written.maximum_age, schedule, "restore tests")
    return RestorePlan(schedule, written.maximum_age or max(_PROOF_AGE, _age_of(schedule)), questions, limits, machine)


def _age_of(schedule: Schedule) -> float:
    """Return how old a result may grow when every run is in time."""
    return longest_gap(schedule.text, schedule.time_zone) + schedule.window
