"""Real restores of a database: into a new one by default, over the present one only when that was put aside before."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from wenyam.backup import places
from wenyam.backup.comparison import compare
from wenyam.backup.depot import Depot
from wenyam.backup.restore_choice import Chosen
from wenyam.backup.sources.databases import FILES
from wenyam.backup.sources.loading import intact_files
from wenyam.backup.targets import Look, Target, Wish
from wenyam.errors import AlreadyRunningError, RestoreError, UsageError, WenyamError
from wenyam.i18n.clean_text import clean
from wenyam.i18n.dates import format_with_zone
from wenyam.model.backup import Verdict
from wenyam.model.facts import Fact, FactBody
from wenyam.operations.findings import counted
from wenyam.operations.restore_bench import RESTORE_SECONDS, Bench, Request, opened_bench
from wenyam.operations.restore_records import BEGUN, RESTORED, Unfinished, unfinished
from wenyam.store.locks import DaemonLock

VERSION: Final = 1
_CHANGED: Final = re.compile(r"(?P<section>[a-z ]+?)(?: of .*, at backup time .*|: and [0-9,]+ more differ)")
_SENTENCE: Final = 500
_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Intention:
    """What would be done, and what stands against it; nothing was changed to find out."""

    request: Request
    """With everything that was left open decided."""
    typed: str
    """What a person types to have it replaced; empty when nothing is replaced."""
    sentences: tuple[str, ...]
    refusals: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore came to."""

    job: str
    verdict: Verdict
    headline: str
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    advice: tuple[str, ...]
    """How to go back, and how to remove what was loaded."""
    items: int
    seconds: float
    fact: int


async def plan(depot: Depot, request: Request) -> Intention:
    """Say what a restore would do; UsageError for what cannot be meant, a CollectError when the target cannot be reached."""
    if request.in_place and (request.server or request.name):
        raise UsageError("--in-place is where the job's own database is; with another server or name, leave it out")
    async with opened_bench(depot, request) as bench:
        return await _intention(bench, request)


async def _intention(bench: Bench, request: Request) -> Intention:
    wish, target, chosen = bench.wish, bench.target, bench.chosen
    look = await target.look(wish)
    decided = replace(
        request, database=wish.database, name=wish.name, aside=wish.aside, snapshot=chosen.snapshot, repository=chosen.repository
    )
    sentences = [f"database '{target.shown(wish.database)}' as it was {_taken(bench)}: {_where(chosen)}"]
    sentences.append(f"goes into '{target.shown(wish.name)}' ({target.at})")
    replaces = wish.in_place and look.exists
    if replaces:
        sentences.append(f"the present one ({counted(look.things, 'thing')} in it) is kept as {target.kept_as(wish)}")
    if look.missing_roles:
        sentences.append(_about_roles(wish, look))
    notes = [*look.notes, *await _left_over(bench)]
    return Intention(
        decided, target.shown(wish.name) if wish.in_place else "", tuple(sentences), tuple(_refusals(bench, look)), tuple(notes)
    )


def _where(chosen: Chosen) -> str:
    return f"snapshot {chosen.snapshot[:8]} of '{chosen.repository}'"


def _about_roles(wish: Wish, look: Look) -> str:
    roles = ", ".join(look.missing_roles)
    return f"roles that are made as the backup has them: {roles}" if wish.with_roles else f"roles that are missing there: {roles}"


def _refusals(bench: Bench, look: Look) -> list[str]:
    wish, target = bench.wish, bench.target
    name = target.shown(wish.name)
    found = list(look.refusals)
    if not wish.in_place and look.exists and look.things:
        found.append(
            f"'{name}' ({target.at}) exists and is not empty, {counted(look.things, 'thing')} in it: give another name with --as"
        )
    if look.missing_roles and look.roles_needed and wish.owners and not wish.with_roles:
        roles = ", ".join(look.missing_roles)
        found.append(f"roles are missing: {roles}; --with-roles makes them, --without-owners leaves owners and rights out")
    if wish.in_place and look.users:
        more = len(look.users) - _NAMED
        told = "; ".join(clean(user, 100) for user in look.users[:_NAMED]) + (f"; and {more} more" if more > 0 else "")
        found.append(f"'{name}' is in use: {told}. Stop what uses it first")
    return found


async def _left_over(bench: Bench) -> list[str]:
    """Tell of restores of this job that began and did not end, as long as what they put aside or left is there."""
    found = []
    for each in unfinished(bench.depot, bench.job.name):
        wish = replace(bench.wish, database=each.database, name=each.name, aside=each.aside)
        found += [_unfinished(each, bench, wish, kept=True)] if each.aside and await bench.target.holds(each.aside) else []
        if not each.aside and await bench.target.holds(each.name):
            found.append(_unfinished(each, bench, wish, kept=False))
    return found


def _taken(bench: Bench) -> str:
    return format_with_zone(bench.chosen.backup.taken, _zone(bench))


def _zone(bench: Bench) -> str:
    return bench.depot.configuration.instance.availability.time_zone


def _unfinished(each: Unfinished, bench: Bench, wish: Wish, *, kept: bool) -> str:
    target, zone = bench.target, _zone(bench)
    begun = f"a restore of '{target.shown(each.database)}' that {each.actor} began {format_with_zone(each.at, zone)} did not end"
    if kept:
        return f"{begun}: the former database is kept as {target.kept_as(wish)}. To go back: {target.way_back(wish)}"
    return f"{begun}: what it loaded is '{target.shown(each.name)}'. To remove it: {target.way_out(wish)}"


async def carry_out(depot: Depot, intention: Intention, actor: str) -> Restored:
    """Restore as planned; what goes wrong once something may have changed is a verdict on record, not an exception."""
    try:
        with DaemonLock(depot.state_directory, f"backup-{intention.request.job}.lock"):
            async with opened_bench(depot, intention.request) as bench:
                again = await _intention(bench, intention.request)
                if again.refusals:
                    raise RestoreError("; ".join(again.refusals))
                return await _carry_out(bench, actor)
    except AlreadyRunningError as error:
        raise RestoreError(f"a backup or restore of {intention.request.job} is under way: {error.what}") from error


async def _carry_out(bench: Bench, actor: str) -> Restored:
    depot, wish, target = bench.depot, bench.wish, bench.target
    files = await _fetch(bench)
    replaces = wish.in_place and (await target.look(wish)).exists
    wish = wish if replaces else replace(wish, aside="")
    body = _body(bench, wish)
    begun = depot.writer.append(Fact(BEGUN, depot.clock.now(), actor, body)).sequence
    course = _Course()
    try:
        await _load(target, wish, files, course)
    except (WenyamError, OSError) as error:
        course.verdict, course.problems = Verdict.FAIL, (str(error),)
    seconds = depot.clock.monotonic() - bench.begun
    problem = clean(course.problems[0], _SENTENCE) if course.problems else ""
    ended: FactBody = {
        **body, "begun": begun, "verdict": course.verdict.value, "problem": problem, "items": course.items,
        "seconds": round(seconds, 3), "kept": course.kept, "roles": ", ".join(course.roles),
    }  # fmt: skip
    fact = depot.writer.append(Fact(RESTORED, depot.clock.now(), actor, ended))
    headline = f"'{target.shown(wish.name)}' ({target.at}) as it was {_taken(bench)} ({_where(bench.chosen)})"
    notes = [*course.notes, *([f"roles that were made: {', '.join(course.roles)}"] if course.roles else [])]
    return Restored(
        bench.job.name, course.verdict, headline, course.problems, tuple(notes), tuple(_advice(target, wish, course)),
        course.items, seconds, fact.sequence,
    )  # fmt: skip


@dataclass(slots=True)
class _Course:
    """How far a restore has come."""

    verdict: Verdict = Verdict.FAIL
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    items: int = 0
    kept: bool = False
    loading: bool = False


async def _fetch(bench: Bench) -> Mapping[str, Path]:
    """Fetch what loading needs and see that it is what was dumped."""
    names = bench.target.files(bench.wish.database, bench.wish.manifest)
    places.require_room(bench.place, 2 * bench.chosen.backup.bytes, "the restore")
    bench.depot.progress(f"fetch {bench.wish.database} from '{bench.chosen.repository}'", 0, None)
    repository = await bench.depot.reach(bench.chosen.repository)
    fetched = bench.place / "fetched"
    include = [str(bench.spool / name) for name in names]
    await repository.fetch(bench.chosen.snapshot, fetched, include=include, seconds=RESTORE_SECONDS)
    folder = fetched / bench.spool.relative_to("/")
    if FILES in bench.wish.manifest.parts:
        return await intact_files(folder, bench.wish.manifest.parts, names)
    return {name: folder / name for name in names}  # what is no program's dump is compared after it was laid down


async def _load(target: Target, wish: Wish, files: Mapping[str, Path], course: _Course) -> None:
    if wish.aside:
        await target.keep(wish)
        course.kept = True
    course.loading = True
    course.roles = await target.load(wish, files)
    loaded = await target.measure(wish)
    course.items, course.notes = loaded.expected.items, loaded.notes
    course.problems = compare(loaded.expected, loaded.found)
    course.verdict = _verdict(course.problems, loaded.by_text)
    if course.verdict is Verdict.NOT_TESTED:
        course.notes = (*course.notes, "all else is equal; these are worded by another version, so a person has to judge them")


def _verdict(problems: Sequence[str], by_text: Collection[str]) -> Verdict:
    """Judge: where another version words its definitions in its own way, a difference in words alone proves nothing."""
    found = [_CHANGED.fullmatch(problem) for problem in problems]
    if problems and all(each and each["section"] in by_text for each in found):
        return Verdict.NOT_TESTED
    return Verdict.FAIL if problems else Verdict.PASS


def _advice(target: Target, wish: Wish, course: _Course) -> list[str]:
    if course.kept:
        return [f"the former database is kept as {target.kept_as(wish)}", f"to go back: {target.way_back(wish)}"]
    if course.loading and course.verdict is Verdict.FAIL:
        left = f"what was loaded is left as '{target.shown(wish.name)}', nothing else was touched"
        return [f"{left}; to remove it: {target.way_out(wish)}"]
    return [] if course.loading else ["nothing was changed"]


def _body(bench: Bench, wish: Wish) -> FactBody:
    return {
        "job": bench.job.name, "repository": bench.chosen.repository, "snapshot": bench.chosen.snapshot,
        "target": bench.target.at, "database": wish.database, "name": wish.name, "in_place": wish.in_place, "aside": wish.aside,
    }  # fmt: skip


def data(restored: Restored) -> dict[str, Any]:
    """Write a restore as versioned data."""
    return {
        "version": VERSION, "job": restored.job, "verdict": restored.verdict.value, "what": restored.headline,
        "problems": [*restored.problems], "notes": [*restored.notes], "advice": [*restored.advice], "items": restored.items,
        "seconds": round(restored.seconds, 3), "fact": restored.fact,
    }  # fmt: skip


def plan_data(intention: Intention) -> dict[str, Any]:
    """Write an intention as versioned data."""
    request = intention.request
    return {
        "version": VERSION, "job": request.job, "database": request.database, "name": request.name, "aside": request.aside,
        "snapshot": request.snapshot, "repository": request.repository, "in_place": request.in_place,
        "sentences": [*intention.sentences], "refusals": [*intention.refusals], "notes": [*intention.notes],
    }  # fmt: skip
