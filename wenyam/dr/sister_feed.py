"""Copies of settings as the watcher sees them: ours at the other site, and those of others here."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from wenyam.checks.status import StatusParameters
from wenyam.dr import push_record
from wenyam.dr.push_record import Pushes, pushes_of
from wenyam.dr.receiving import examine
from wenyam.dr.settings_copy import digest_of, gather
from wenyam.engine.pipeline import WHY
from wenyam.engine.watched import Watched, watched_feed
from wenyam.errors import WenyamError
from wenyam.i18n.clean_text import clean
from wenyam.i18n.translate import mark, translator
from wenyam.model.instance import Configuration
from wenyam.model.instants import MILLISECONDS, Instant
from wenyam.model.inventory import AT_ONCE, CheckPlan, ReadPlan, Text
from wenyam.model.names import STATUS_FAILED, STATUS_OK
from wenyam.model.pushing import ReceivedPlan, SisterPlan
from wenyam.model.samples import Labels, Reading, single
from wenyam.model.states import Subject, SubjectKind
from wenyam.store.sqlite import open_reader

PLAN = ReadPlan("settings", "sister", interval=30.0, timeout=60.0, options=None)
COPY = "copy"
_COMMAND = "wenyam dr push"
SENT = Subject(SubjectKind.MONITOR, "settings-sent")
_ENDING_SECONDS = 30.0
_LINE = 300
_PUSH = mark("Push the settings to the other site, and put right what it says: {command}")
_RECEIVED = mark("Have the settings pushed again from there ({command}); if they were damaged here, look at this machine's disk")


class SisterFeed:
    """Compares files with what is on record, beside the loop."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._configuration: Configuration | None = None
        self._pushes = Pushes()
        self._last = 0

    @property
    def plan(self) -> ReadPlan:
        """How often the copies are looked at."""
        return PLAN

    def configure(self, configuration: Configuration) -> Sequence[Watched]:
        """Take a configuration."""
        self._configuration = configuration
        sister, received = configuration.recovery.sister, configuration.recovery.received
        sent = [] if sister is None else [watched_feed(SENT, PLAN, _checks(_PUSH))]
        if received is None:
            return sent
        return [*sent, *(watched_feed(subject_of(name), PLAN, _checks(_RECEIVED)) for name in received.instances)]

    async def collect(self, now: Instant) -> Mapping[Subject, Reading]:
        """Return what there is to say of each copy; WenyamError when nothing could be read."""
        configuration = self._configuration
        if configuration is None:
            return {}
        work = asyncio.create_task(asyncio.to_thread(self._read, configuration, now))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            # While its thread reads, nobody who closes the database could take the log away.
            await asyncio.wait({work}, timeout=_ENDING_SECONDS)
            raise

    def _read(self, configuration: Configuration, now: Instant) -> Mapping[Subject, Reading]:
        sister, received = configuration.recovery.sister, configuration.recovery.received
        found = {} if sister is None else {SENT: self._sent(configuration, sister, now)}
        return found if received is None else {**found, **_received(received, now)}

    def _sent(self, configuration: Configuration, sister: SisterPlan, now: Instant) -> Reading:
        reader = open_reader(Path(configuration.instance.state_directory))
        try:
            new = reader.facts_after(self._last, push_record.KINDS)
        finally:
            reader.close()
        self._pushes = pushes_of(new, self._pushes)
        self._last = new[-1].sequence if new else self._last
        try:
            content = digest_of(gather(configuration).files, self._pushes.holding)
            problem = push_record.problem(sister, self._pushes, content, now)
        except OSError as error:
            problem = f"{error.filename}: {error.strerror}"
        except WenyamError as error:
            problem = error.sentence
        return _reading(configuration.instance.name, problem, self._pushes.at)


def subject_of(instance: str) -> Subject:
    """Return the subject of the copy that was received of an instance."""
    return Subject(SubjectKind.MONITOR, f"settings-of-{instance}")


def _received(plan: ReceivedPlan, now: Instant) -> Mapping[Subject, Reading]:
    found = [examine(plan, name, now) for name in plan.instances]
    return {subject_of(each.instance): _reading(each.instance, each.problem, each.at) for each in found}


def _reading(instance: str, problem: str, at: Instant | None) -> Reading:
    labels: Labels = (("instance", instance),)
    families = [single("peer_settings_status", float(STATUS_FAILED if problem else STATUS_OK), labels)]
    if at is not None:
        families.append(single("peer_settings_timestamp_seconds", at / MILLISECONDS, labels))
    return Reading(tuple(families), facts={WHY + COPY: clean(problem, _LINE)} if problem else {})


def _checks(sentence: str) -> tuple[CheckPlan, ...]:
    runbook = Text(translator("th")(sentence).format(command=_COMMAND), sentence.format(command=_COMMAND))
    return (CheckPlan(COPY, "status", StatusParameters(samples=("peer_settings_status",)), AT_ONCE, runbook=runbook),)
