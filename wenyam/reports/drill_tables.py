"""Tables about plans, runs, steps and findings, for screens and reports."""

from collections.abc import Iterable, Sequence

from wenyam.dr.admission import changed_since, unproven
from wenyam.dr.clockwork import under_way
from wenyam.dr.course import Course, Stage, StepCourse
from wenyam.dr.ledger import Finding, Ledger
from wenyam.dr.objectives import Figures, figures_of
from wenyam.dr.plan import steps_in
from wenyam.i18n.translate import mark
from wenyam.model.backup import Verdict
from wenyam.model.instants import MILLISECONDS, Instant
from wenyam.model.recovery import PlanStep, RecoveryPlan
from wenyam.reports.tables import Cell, Column, Shape, Table
from wenyam.reports.words import Words


def plans_table(plans: Iterable[RecoveryPlan], ledger: Ledger, now: Instant, words: Words) -> Table:
    """Return every plan and how it stands."""
    say = words.say
    columns = [
        Column("plan", say("Plan")),
        Column("title", say("What")),
        Column("drilled", say("Last good drill"), Shape.INSTANT),
        Column("version", say("Drilled version")),
        Column("rehearsed", say("Last good rehearsal"), Shape.INSTANT),
        Column("run", say("Run in progress")),
        Column("findings", say("Open findings"), Shape.COUNT),
        Column("why_not", say("Not ready, because")),
    ]
    rows: list[list[Cell]] = []
    for plan in plans:
        record = ledger.of(plan.name)
        drill, rehearsal, run = record.last_good_practice, record.last_good_rehearsal, record.open_run
        rows.append([
            plan.name, plan.title, None if drill is None else drill.ended,
            None if drill is None else say(_version(plan, drill)), None if rehearsal is None else rehearsal.ended,
            None if run is None else f"{run.mode.value} {run.run}", len(record.open_findings),
            unproven(plan, record.runs, now) or None,
        ])  # fmt: skip
    return Table("plans", "", columns, rows, empty=say("There is no plan for the DR site."))


def _version(plan: RecoveryPlan, drill: Course) -> str:
    if drill.digest == plan.digest:
        return mark("the present one")
    return mark("another one: what the plan does was changed since") if changed_since(plan, drill) else mark("other words only")


def runs_table(runs: Sequence[Course], words: Words, *, title: str = "") -> Table:
    """Return runs with what they came to."""
    say = words.say
    columns = [
        Column("began", say("Began"), Shape.INSTANT),
        Column("run", say("Run")),
        Column("plan", say("Plan")),
        Column("mode", say("Mode"), Shape.WORD),
        Column("result", say("Result"), Shape.WORD),
        Column("recovery_time", say("Recovery time"), Shape.DURATION),
        Column("recovery_point", say("Data lost"), Shape.DURATION),
        Column("rows_lost", say("Rows lost"), Shape.COUNT),
        Column("by", say("By")),
        Column("why", say("What it came to")),
    ]
    rows: list[list[Cell]] = [
        [
            run.began, run.run, run.plan, run.mode.value, "open" if run.verdict is None else run.verdict.value,
            _figure(run, "recovery_time"), _figure(run, "recovery_point"), run.figures.get("rows_lost"),
            ", ".join(sorted(run.actors)), run.summary or None,
        ]
        for run in runs
    ]  # fmt: skip
    return Table("runs", title, columns, rows, empty=say("No plan was run."))


def _figure(run: Course, name: str) -> int | None:
    return milliseconds(run.figures.get(name))


def milliseconds(seconds: float | None) -> int | None:
    """Return a length as tables want it."""
    return None if seconds is None else round(seconds * MILLISECONDS)


def steps_table(plan: RecoveryPlan, course: Course, now: Instant, words: Words) -> Table:
    """Return the steps of a run, each with its clock against its limit."""
    say = words.say
    columns = [
        Column("step", say("Step")),
        Column("what", say("What")),
        Column("state", say("State"), Shape.WORD),
        Column("began", say("Began"), Shape.INSTANT),
        Column("took", say("Took"), Shape.DURATION),
        Column("limit", say("Limit"), Shape.DURATION),
        Column("remark", say("Remark")),
        Column("why", say("What it came to")),
    ]
    clocks = {each.step.id: each.seconds for each in under_way(plan, course, now)}
    rows = [_step(step, course.step(step.id), clocks.get(step.id), words) for step in steps_in(plan, course.mode)]
    return Table("steps", "", columns, rows)


def _step(step: PlanStep, on_record: StepCourse, clock: float | None, words: Words) -> list[Cell]:
    took = clock
    if took is None and on_record.began is not None and on_record.ended is not None:
        took = (on_record.ended - on_record.began) / MILLISECONDS
    late = words.say("OVERDUE") if took is not None and took > step.limit else None
    decided = f"{words.say('decided by')} {on_record.decided_by}" if on_record.decided_by else None
    remarks = [each for each in (late, decided, on_record.undo_summary and f"↶ {on_record.undo_summary}") if each]
    return [
        step.id, step.title, on_record.stage.value, on_record.began, milliseconds(took), milliseconds(step.limit),
        "; ".join(remarks) or None, (on_record.summary if on_record.stage is not Stage.WAITING else "") or None,
    ]  # fmt: skip


def times_table(plan: RecoveryPlan, course: Course, words: Words) -> Table:
    """Return the times of a run, and what was measured against its target."""
    say, figures = words.say, figures_of(plan, course)
    columns = [Column("what", say("Time")), Column("at", say("When"), Shape.INSTANT)]
    rows: list[list[Cell]] = [[say(text), at] for text, at in _times(figures)]
    return Table("times", say("Times"), columns, rows)


def _times(figures: Figures) -> list[tuple[str, Instant | None]]:
    return [
        (mark("The failure began"), figures.failure_began),
        (mark("It was detected"), figures.detected),
        (mark("The move was decided"), figures.declared),
        (mark("The service answered again"), figures.served),
        (mark("The users accepted it"), figures.accepted),
    ]


def figures_table(plan: RecoveryPlan, course: Course, words: Words) -> Table:
    """Return what was promised and what it came to."""
    say, figures = words.say, figures_of(plan, course)
    columns = [
        Column("what", say("Objective")),
        Column("measured", say("Measured"), Shape.DURATION),
        Column("target", say("Target"), Shape.DURATION),
        Column("result", say("Result"), Shape.WORD),
    ]
    rows: list[list[Cell]] = [
        _objective(
            say("Recovery time (RTO)"), figures.recovery_time, figures.recovery_time_target, doubtful=bool(figures.why_no_time)
        ),
        [say("Until the service answered"), milliseconds(figures.service_time), None, None],
        _objective(say("Data lost (RPO)"), figures.recovery_point, figures.recovery_point_target),
    ]
    return Table("figures", say("Objectives"), columns, rows)


def _objective(name: str, measured: float | None, target: float | None, *, doubtful: bool = False) -> list[Cell]:
    """Return what was promised beside what was measured; what nobody measured is not tested."""
    verdict = None
    if target is not None:
        known = measured is not None and not doubtful
        verdict = Verdict.NOT_TESTED if not known or measured is None else Verdict.PASS if measured <= target else Verdict.FAIL
    return [name, milliseconds(measured), milliseconds(target), None if verdict is None else verdict.value]


def findings_table(findings: Sequence[Finding], now: Instant, words: Words) -> Table:
    """Return what is to be put right."""
    say = words.say
    columns = [
        Column("number", say("Finding")),
        Column("what", say("What")),
        Column("owner", say("Owner")),
        Column("due", say("Due"), Shape.INSTANT),
        Column("state", say("State"), Shape.WORD),
        Column("reason", say("How it was put right")),
    ]
    rows: list[list[Cell]] = [
        [each.number, each.what, each.owner, each.due, _state(each, now), each.reason or None] for each in findings
    ]
    return Table("findings", say("Findings"), columns, rows, empty=say("Nothing was found."))


def _state(each: Finding, now: Instant) -> str:
    if each.closed is not None:
        return "closed_finding"
    return "overdue_finding" if each.is_overdue(now) else "open_finding"


def mode_of(course: Course, words: Words) -> str:
    """Return the mode of a run in words."""
    return words.shaped(course.mode.value, Shape.WORD)
