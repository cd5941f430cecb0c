"""Examination of the settings at the other site: what was pushed from here, and what was received here."""

from collections.abc import Iterable
from pathlib import Path

from wenyam.dr import push_record
from wenyam.dr.receiving import Received, examine
from wenyam.dr.settings_copy import digest_of, gather
from wenyam.i18n.dates import format_with_zone
from wenyam.model.instance import Configuration
from wenyam.model.pushing import SisterPlan
from wenyam.operations.findings import Finding, Surroundings, bad, good, untested
from wenyam.store.opening import DATABASE
from wenyam.store.sqlite import open_reader

_SENT = "settings at the other site"
_HOW = "Run: wenyam dr push"


def settings_copies(surroundings: Surroundings) -> Iterable[Finding]:
    """Examine both directions; nothing is said where none is configured."""
    configuration = surroundings.configuration
    if configuration is None:
        return []
    sister, plan = configuration.recovery.sister, configuration.recovery.received
    now, zone = surroundings.clock.now(), configuration.instance.availability.time_zone
    sent = [] if sister is None else [_sent(configuration, sister, surroundings)]
    return sent if plan is None else [*sent, *(_received(examine(plan, name, now), zone) for name in plan.instances)]


def _sent(configuration: Configuration, sister: SisterPlan, surroundings: Surroundings) -> Finding:
    directory = Path(configuration.instance.state_directory)
    if not (directory / DATABASE).exists():
        return untested(_SENT, "nothing is on record yet", _HOW)
    reader = open_reader(directory)
    try:
        pushes = push_record.pushes_of(reader.facts_after(0, push_record.KINDS))
    finally:
        reader.close()
    content = digest_of(gather(configuration).files, pushes.holding)
    problem = push_record.problem(sister, pushes, content, surroundings.clock.now())
    return bad(_SENT, problem, _HOW) if problem else good(_SENT, f"the present ones are at {pushes.to}")


def _received(found: Received, time_zone: str) -> Finding:
    about = f"settings of {found.instance}"
    if found.problem or found.manifest is None:
        return bad(about, f"{found.folder}: {found.problem}", "Have them pushed again there: wenyam dr push")
    return good(about, f"{found.folder} is whole, of {format_with_zone(found.manifest.at, time_zone)}")
