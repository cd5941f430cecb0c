"""The report of one run of a plan: what happened when, who decided what, what was measured, what must be put right."""

from collections.abc import Sequence

from wenyam.dr import facts
from wenyam.dr.clockwork import overdue
from wenyam.dr.course import Course
from wenyam.dr.ledger import PlanRecord
from wenyam.dr.plan import steps_in
from wenyam.model.facts import ChainedFact
from wenyam.model.instants import Instant
from wenyam.model.recovery import RecoveryPlan
from wenyam.reports.drill_tables import figures_table, findings_table, mode_of, steps_table, times_table
from wenyam.reports.tables import Cell, Column, Report, Section, Shape, Table
from wenyam.reports.words import Words


def page(
    plan: RecoveryPlan, course: Course, record: PlanRecord, now: Instant, words: Words, *, faults: Sequence[str] = ()
) -> Report:
    """Return the report; `faults` are what is wrong with the kept evidence."""
    say = words.say
    findings = [each for each in record.findings if each.run == course.run]
    sections = [
        Section("times", "", [times_table(plan, course, words), figures_table(plan, course, words)]),
        Section("steps", say("Steps"), [steps_table(plan, course, now, words)], _left_out(plan, course, words)),
        Section("acts", say("Decisions and signatures"), [_acts(course, words)]),
        Section("findings", "", [findings_table(findings, now, words)]),
        Section("evidence", say("Evidence"), [_evidence(course, words)], faults),
    ]
    return Report("drill", f"{mode_of(course, words)}: {plan.title}", head(plan, course, now, words), sections)


def head(plan: RecoveryPlan, course: Course, now: Instant, words: Words) -> list[str]:
    """Return the lines under the title."""
    say = words.say
    verdict = words.shaped("open" if course.verdict is None else course.verdict.value, Shape.WORD)
    lines = [
        f"{say('Run')}: {course.run}",
        f"{say('Plan')}: {plan.name}, {plan.main_site} → {plan.dr_site}, sha256:{course.digest[:16]}…",
        f"{say('By')}: {', '.join(sorted(course.actors))}",
        f"{say('Result')}: {verdict}" + (f": {course.summary}" if course.summary else ""),
    ]
    lines += [f"{say('Reason')}: {course.reason}"] if course.reason else []
    return lines + [f"{say('OVERDUE')}: {sentence}" for sentence in overdue(plan, course, now)]


def _left_out(plan: RecoveryPlan, course: Course, words: Words) -> list[str]:
    left = [step.id for step in plan.steps if step not in steps_in(plan, course.mode)]
    return [f"{words.say('Not part of this mode')}: {', '.join(left)}"] if left else []


def _acts(course: Course, words: Words) -> Table:
    say = words.say
    columns = [
        Column("at", say("When"), Shape.INSTANT),
        Column("step", say("Step")),
        Column("who", say("Who")),
        Column("what", say("What")),
        Column("why", say("Reason")),
        Column("key", say("Key")),
    ]
    rows = [_act(each) for each in course.acts]
    return Table("acts", "", columns, rows, empty=say("Nobody had to decide anything."))


def _act(each: ChainedFact) -> list[Cell]:
    fact, body = each.fact, each.fact.body
    who = str(body.get("person") or fact.actor)
    second = body.get("second") or body.get("witness")
    what = {facts.APPROVED: "approved", facts.SIGNED: "complete" if body.get("complete") else "NOT COMPLETE"}.get(
        fact.kind, str(body.get("decision"))
    )
    who += f" + {second}" if second else ""
    return [
        fact.at,
        str(body["step"]) or None,
        who,
        what,
        str(body.get("reason") or "") or None,
        str(body.get("key") or "") or None,
    ]


def _evidence(course: Course, words: Words) -> Table:
    columns = [Column("file", words.say("File")), Column("hash", "SHA-256")]
    kept = {name: digest for step in course.steps.values() for name, digest in {**step.evidence, **step.files}.items()}
    rows: list[list[Cell]] = [[name, digest] for name, digest in sorted(kept.items())]
    return Table("evidence", "", columns, rows)
