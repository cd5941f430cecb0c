"""Every state as the dashboard holds it: by subject and by owner, each new set sharing what did not change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from wenyam.model.instants import Instant, from_iso
from wenyam.model.states import ALIVE, OVERALL, State, SubjectKind
from wenyam.operations.status import before_that


@dataclass(frozen=True, slots=True)
class Standing:
    """One state, read from what the watcher says of it."""

    subject: str
    kind: str
    name: str
    check: str
    state: State
    since: Instant | None = None
    summary: str = ""
    value: float | None = None
    limit: float | None = None
    cause: str | None = None
    """The subject whose failure explains this one."""
    window: str | None = None
    """Planned work in force."""
    soft: State | None = None
    """What it is about to become."""
    attempt: int = 0
    flapping: bool = False

    @property
    def owner(self) -> str:
        """The subject it is a check of."""
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True, eq=False)
class Standings:
    """Every state there is; `moved` by another set, never changed."""

    by_subject: Mapping[str, Standing] = field(default_factory=dict)
    by_owner: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Subjects of every device, link, service or other owner."""
    bad: Mapping[str, Standing] = field(default_factory=dict)
    """Those that are neither UP nor OK."""

    def of(self, kind: SubjectKind, name: str) -> tuple[Standing, ...]:
        """Return every state of one owner."""
        return tuple(self.by_subject[subject] for subject in self.by_owner.get(f"{kind.value}:{name}", ()))

    def alive(self, name: str) -> Standing | None:
        """Return the liveness of a device."""
        return self.by_subject.get(f"device:{name}")

    def overall(self, service: str) -> Standing | None:
        """Return the state of a service over its members and probes."""
        return self.by_subject.get(f"service:{service}/{OVERALL}")

    def seen(self, standing: Standing) -> Standing:
        """Return what is known of it now: nothing, for a check of a device that is not up (ADR 0003), whatever was recorded."""
        if standing.kind != SubjectKind.DEVICE or standing.check == ALIVE:
            return standing
        owner = self.by_subject.get(standing.owner)
        if owner is None or owner.state is State.UP:
            return standing
        said = before_that(standing.summary)
        return replace(
            standing, state=State.UNKNOWN, since=owner.since, summary=said, value=None, limit=None, soft=None, attempt=0,
            flapping=False,
        )  # fmt: skip

    def moved(self, changed: Iterable[Standing], gone: Iterable[str] = ()) -> "Standings":
        """Return the states after some changed and some are watched no more."""
        by_subject, by_owner, bad = dict(self.by_subject), dict(self.by_owner), dict(self.bad)
        for subject in gone:
            if (old := by_subject.pop(subject, None)) is not None:
                bad.pop(subject, None)
                by_owner[old.owner] = tuple(each for each in by_owner[old.owner] if each != subject)
        for standing in changed:
            if standing.subject not in by_subject:
                by_owner[standing.owner] = (*by_owner.get(standing.owner, ()), standing.subject)
            by_subject[standing.subject] = standing
            bad.pop(standing.subject, None)
            if not standing.state.is_good:
                bad[standing.subject] = standing
        return Standings(by_subject, by_owner, bad)


def standings(rows: Iterable[Mapping[str, Any]]) -> Standings:
    """Return all the states of a snapshot."""
    return Standings().moved(map(standing, rows))


def standing(row: Mapping[str, Any]) -> Standing:
    """Read one row of a snapshot (see `operations.snapshot`)."""
    soft = row.get("soft")
    return Standing(
        subject=row["subject"],
        kind=row["kind"],
        name=row["name"],
        check=row["check"],
        state=State(row["state"]),
        since=_instant(row.get("since")),
        summary=row.get("summary") or "",
        value=row.get("value"),
        limit=row.get("limit"),
        cause=row.get("cause"),
        window=row.get("window"),
        soft=None if soft is None else State(soft),
        attempt=row.get("attempt") or 0,
        flapping=bool(row.get("flapping")),
    )


def _instant(written: str | None) -> Instant | None:
    return None if written is None else from_iso(written)
