"""Drills: every rehearsal, drill and real move of the period, how each plan stands at its end, what is still to be put right."""

from wenyam.dr import facts
from wenyam.dr.ledger import Ledger, ledger_of
from wenyam.operations.reports import Inquiry
from wenyam.reports.drill_tables import findings_table, plans_table, runs_table
from wenyam.reports.tables import Section
from wenyam.reports.words import Words

ORDER = 48


def build(inquiry: Inquiry, words: Words) -> Section:
    """Return the chapter; it says so when there is no plan and nothing was run."""
    say, past, plans = words.say, inquiry.past, inquiry.configuration.recovery.plans
    ledger = _until_the_end(inquiry)
    runs = sorted(
        (run for record in ledger.plans.values() for run in record.runs if past.contains(run.began)), key=lambda run: run.began
    )
    open_findings = [each for record in ledger.plans.values() for each in record.open_findings]
    tables = [plans_table(plans.values(), ledger, past.end, words)]
    if plans or runs:
        tables += [runs_table(runs, words, title=say("Runs of the period")), findings_table(open_findings, past.end, words)]
    return Section("drills", say("Drills of the DR site"), tables)


def _until_the_end(inquiry: Inquiry) -> Ledger:
    """Return what was on record at the end of the period: a report made later says the same."""
    known = inquiry.reader.facts_after(0, facts.KINDS)
    return ledger_of([each for each in known if each.fact.at < inquiry.past.end])
