"""What is known of every job's backups and restores, read out of the facts. Pure: the facts are the catalogue."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from wenyam.backup import facts
from wenyam.model.backup import Verdict
from wenyam.model.facts import ChainedFact
from wenyam.model.instants import Instant, Period
from wenyam.store.interface import Reader


@dataclass(frozen=True, slots=True)
class Backup:
    """One stored backup."""

    job: str
    run: str
    at: Instant
    """When it was recorded."""
    taken: Instant
    """The moment its data is of."""
    repository: str
    snapshot: str
    files: int
    bytes: int
    added_bytes: int
    seconds: float
    manifest: str
    """SHA-256 of the manifest."""
    complete: bool
    problem: str = ""
    is_anomaly: bool = False
    """True when only its size is wrong."""
    accepted: str = ""
    """The reason a person gave for its size."""
    copies: tuple[tuple[str, str], ...] = ()
    """Repository and snapshot id of each copy."""
    newest_data: Instant | None = None
    spooled_bytes: int = 0
    """Room its dump took beside the repository."""
    rows: int | None = None
    """Rows of all its tables together; None where none were counted."""
    gone: frozenset[str] = frozenset()
    """Repositories that had it and from which the rules, or a person with a reason, removed it."""

    @property
    def counts(self) -> bool:
        """True when it is a success: complete, or accepted as it is by a person."""
        return self.complete or bool(self.accepted)

    def snapshot_in(self, repository: str) -> str | None:
        """Return its snapshot id in a repository; None when it never was there, or was removed."""
        return None if repository in self.gone else self.was_in(repository)

    def was_in(self, repository: str) -> str | None:
        """Return the id it had or has in a repository."""
        return dict((*self.copies, (self.repository, self.snapshot))).get(repository)


@dataclass(frozen=True, slots=True)
class Restore:
    """One restore that was made to prove a backup, and what it came to."""

    sequence: int
    """Number of its fact, by which it is confirmed."""
    job: str
    run: str
    at: Instant
    repository: str
    snapshot: str
    verdict: Verdict
    seconds: float
    """Fetching, loading and comparing: the recovery time."""
    data_age: float
    """Seconds from the newest data in it to the start of the test: the recovery point."""
    problem: str = ""
    evidence: str = ""
    """SHA-256 of the evidence file."""
    confirmed_by: tuple[str, ...] = ()
    refused_by: tuple[str, ...] = ()
    actor: str = ""
    picked_older: bool = False
    """Whether a person chose it, although it was not the newest in that place: it says nothing about what is kept now."""

    @property
    def is_good(self) -> bool:
        """True when it passed and no user representative refused it."""
        return self.verdict is Verdict.PASS and not self.refused_by

    @property
    def is_bad(self) -> bool:
        """True when it failed or was refused; what was not tested is neither."""
        return self.verdict is Verdict.FAIL or bool(self.refused_by)


@dataclass(frozen=True, slots=True)
class LineAnomaly:
    """A text that was not stored, because it has an unusual number of lines that nobody has explained."""

    run: str
    lines: int
    problem: str


@dataclass(slots=True)
class History:
    """Everything on record about one job, oldest first."""

    job: str
    backups: list[Backup] = field(default_factory=list)
    failures: list[tuple[Instant, str]] = field(default_factory=list)
    """Runs without a backup: when, and why."""
    restores: list[Restore] = field(default_factory=list)
    copy_failures: dict[str, tuple[Instant, str]] = field(default_factory=dict)
    """The last failure of each copy since it last worked, by repository."""
    line_anomaly: LineAnomaly | None = None
    """Of the newest run; a later backup ends it, because the text was usual again."""
    accepted_lines: int | None = None
    """Lines that a person explained and that no backup has had since."""
    newest_failed: bool = False
    """Whether the newest run is the last of `failures`; told by the order of the record, because clocks are set back."""

    @property
    def last_success(self) -> Backup | None:
        """The newest backup that counts."""
        return next((backup for backup in reversed(self.backups) if backup.counts), None)

    @property
    def proofs(self) -> list[Restore]:
        """The restores that say whether what is kept now can be restored: all but older ones that a person chose."""
        return [each for each in self.restores if not each.picked_older]

    @property
    def last_proof(self) -> Restore | None:
        """The newest of the proofs, whatever came of it."""
        return next(reversed(self.proofs), None)

    @property
    def last_proven(self) -> Restore | None:
        """The newest of the proofs that passed and that no user representative refused."""
        return next((each for each in reversed(self.proofs) if each.is_good), None)

    @property
    def last_restored(self) -> Restore | None:
        """The newest restore that passed and was not refused, of whichever backup."""
        return next((each for each in reversed(self.restores) if each.is_good), None)

    @property
    def anomaly(self) -> Backup | None:
        """The newest backup of a wrong size that nobody has explained; a later good run does not close it."""
        return next((backup for backup in reversed(self.backups) if backup.is_anomaly and not backup.counts), None)

    @property
    def last_problem(self) -> str:
        """Why the newest run did not count; empty when it did."""
        newest = self.backups[-1] if self.backups else None
        if self.failures and self.newest_failed:
            return self.failures[-1][1]
        return "" if newest is None or newest.counts else newest.problem

    def of_run(self, run: str) -> Backup | None:
        """Return the backup of a run."""
        return next((backup for backup in reversed(self.backups) if backup.run == run), None)

    def of_snapshot(self, snapshot: str) -> Backup | None:
        """Return the backup a snapshot id belongs to, in whichever repository; the beginning of an id will do."""
        for backup in reversed(self.backups):
            if any(known.startswith(snapshot) for _, known in ((backup.repository, backup.snapshot), *backup.copies)):
                return backup
        return None

    def newest_copy(self, repository: str) -> Backup | None:
        """Return the newest backup that counts and is in this repository."""
        found = (backup for backup in reversed(self.backups) if backup.counts and backup.snapshot_in(repository))
        return next(found, None)


def read(reader: Reader, period: Period) -> dict[str, History]:
    """Return the history of every job with facts in the period."""
    found = [fact for kind in facts.KINDS for fact in reader.facts(period, kind)]
    return histories(sorted(found, key=lambda fact: fact.sequence))


def histories(chained: Iterable[ChainedFact]) -> dict[str, History]:
    """Fold facts, oldest first, into histories."""
    known: dict[str, History] = {}
    for each in chained:
        name = each.fact.body.get("job")
        if isinstance(name, str) and each.fact.kind in _TAKERS:
            _TAKERS[each.fact.kind](known.setdefault(name, History(name)), each)
    return known


def _take_stored(history: History, chained: ChainedFact) -> None:
    body, fact = chained.fact.body, chained.fact
    newest = body.get("newest_data")
    history.line_anomaly = history.accepted_lines = None
    history.newest_failed = False
    history.backups.append(
        Backup(
            job=history.job,
            run=str(body["run"]),
            at=fact.at,
            taken=Instant(_whole(body["taken"])),
            repository=str(body["repository"]),
            snapshot=str(body["snapshot"]),
            files=_whole(body["files"]),
            bytes=_whole(body["bytes"]),
            added_bytes=_whole(body["added_bytes"]),
            seconds=float(body["seconds"] or 0),
            manifest=str(body["manifest"]),
            complete=bool(body["complete"]),
            problem=str(body["problem"]),
            is_anomaly=bool(body["anomaly"]),
            newest_data=None if newest is None else Instant(_whole(newest)),
            spooled_bytes=_whole(body["spooled_bytes"]),
            rows=None if body.get("rows") is None else _whole(body["rows"]),
        )
    )


def _take_failed(history: History, chained: ChainedFact) -> None:
    body = chained.fact.body
    history.failures.append((chained.fact.at, str(body["problem"])))
    history.newest_failed = True
    if "lines" in body:
        history.line_anomaly = LineAnomaly(str(body["run"]), _whole(body["lines"]), str(body["problem"]))


def _take_copied(history: History, chained: ChainedFact) -> None:
    body = chained.fact.body
    repository = str(body["repository"])
    history.copy_failures.pop(repository, None)
    _change(history, str(body["run"]), copy=(repository, str(body["snapshot"])))


def _take_copy_failed(history: History, chained: ChainedFact) -> None:
    history.copy_failures[str(chained.fact.body["repository"])] = (chained.fact.at, str(chained.fact.body["problem"]))


def _take_accepted(history: History, chained: ChainedFact) -> None:
    body = chained.fact.body
    if "lines" in body:
        history.accepted_lines, history.line_anomaly = _whole(body["lines"]), None
    else:
        _change(history, str(body["run"]), accepted=str(body["reason"]))


def _change(history: History, run: str, *, accepted: str = "", copy: tuple[str, str] | None = None) -> None:
    for number in reversed(range(len(history.backups))):  # what changes is nearly always the newest
        backup = history.backups[number]
        if backup.run == run:
            copies = backup.copies if copy is None else (*backup.copies, copy)
            history.backups[number] = replace(backup, accepted=accepted or backup.accepted, copies=copies)
            return


def _take_pruned(history: History, chained: ChainedFact) -> None:
    body = chained.fact.body
    repository, ids = str(body["repository"]), str(body.get("ids") or "").split()
    for number, backup in enumerate(history.backups):
        if backup.was_in(repository) in ids:
            history.backups[number] = replace(backup, gone=backup.gone | {repository})


def _take_tested(history: History, chained: ChainedFact) -> None:
    body, fact = chained.fact.body, chained.fact
    history.restores.append(
        Restore(
            sequence=chained.sequence,
            job=history.job,
            run=str(body["run"]),
            at=fact.at,
            repository=str(body["repository"]),
            snapshot=str(body["snapshot"]),
            verdict=Verdict(str(body["verdict"])),
            seconds=float(body["seconds"] or 0),
            data_age=float(body["data_age"] or 0),
            problem=str(body["problem"]),
            evidence=str(body["evidence"]),
            actor=fact.actor,
            picked_older=bool(body.get("picked_older")),
        )
    )


def _take_confirmed(history: History, chained: ChainedFact) -> None:
    body = chained.fact.body
    for number, restore in enumerate(history.restores):
        if restore.sequence == body["test"]:
            who = str(body["person"])
            confirmed = (*restore.confirmed_by, who) if body["complete"] else restore.confirmed_by
            refused = restore.refused_by if body["complete"] else (*restore.refused_by, who)
            history.restores[number] = replace(restore, confirmed_by=confirmed, refused_by=refused)


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0


_TAKERS = {
    facts.STORED: _take_stored,
    facts.FAILED: _take_failed,
    facts.COPIED: _take_copied,
    facts.COPY_FAILED: _take_copy_failed,
    facts.SIZE_ACCEPTED: _take_accepted,
    facts.PRUNED: _take_pruned,
    facts.TESTED: _take_tested,
    facts.CONFIRMED: _take_confirmed,
}
