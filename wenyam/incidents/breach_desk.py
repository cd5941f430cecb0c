"""What people do about a breach of personal data: flag it, assess it, report it or find that it endangers nobody. Pure."""

from collections.abc import Mapping

from wenyam.errors import UsageError
from wenyam.incidents import breach, facts
from wenyam.incidents.desk import Desk
from wenyam.incidents.incident import Incident
from wenyam.incidents.refusal import IncidentRefusedError, line, lines
from wenyam.model.facts import Fact, FactBody
from wenyam.model.instants import Instant

_KNOWN = {**breach.FACTORS, **breach.PARTS}


def flag(desk: Desk, code: str, text: str, aware: Instant | None = None) -> list[Fact]:
    """Start the 72 hours, from now or from when somebody became aware; it cannot be set forward again."""
    incident = desk.open(code)
    since = desk.now if aware is None else aware
    if since > desk.now:
        raise IncidentRefusedError(f"nobody can have been aware of it at {desk.told(since)}, which is still to come")
    if incident.personal_data is not None and since >= incident.personal_data.at:
        raise IncidentRefusedError(
            f"{incident.code} is flagged already; the clock runs since {desk.told(incident.personal_data.at)}"
        )
    return [facts.acted(facts.PERSONAL_DATA, incident.code, desk.now, desk.actor, line(text, "the reason"), aware=since)]


def write(desk: Desk, code: str, written: Mapping[str, str]) -> list[Fact]:
    """Put factors of the assessment and parts of the report on record, as many as there are."""
    incident = _flagged(desk, code)
    for name in written:
        if name not in _KNOWN:
            raise UsageError(
                f"there is no factor or part '{line(name, 'name', needed=False)}'", hint=f"There are: {', '.join(_KNOWN)}."
            )
    cleaned = {breach.PREFIX + name: lines(text, name.replace("_", " ")) for name, text in written.items()}
    private = {breach.PREFIX + name for name in breach.PERSONAL}
    plain: FactBody = {name: text for name, text in cleaned.items() if name not in private}
    personal: FactBody = {name: text for name, text in cleaned.items() if name in private}
    return [facts.detailed(incident.code, desk.now, desk.actor, plain, personal)] if cleaned else []


def reported(desk: Desk, code: str, reference: str) -> list[Fact]:
    """Stop the clock: the report was sent, under this reference; refused while a part of it is missing."""
    incident = _flagged(desk, code)
    _require(incident, {**breach.FACTORS, **breach.PARTS}, "reported")
    return [_settled(desk, incident, breach.REPORTED, line(reference, "the reference"))]


def dismissed(desk: Desk, code: str, reason: str) -> list[Fact]:
    """Stop the clock: assessed by all seven factors, it is no risk to anybody, for this reason."""
    incident = _flagged(desk, code)
    _require(incident, breach.FACTORS, "dismissed")
    return [_settled(desk, incident, breach.DISMISSED, line(reason, "the reason"))]


def _settled(desk: Desk, incident: Incident, how: str, text: str) -> Fact:
    return facts.detailed(incident.code, desk.now, desk.actor, {how: text, breach.SETTLED_AT: desk.now})


def _flagged(desk: Desk, code: str) -> Incident:
    incident = desk.open(code)
    if incident.personal_data is None:
        raise IncidentRefusedError(
            f"{incident.code} is not flagged as a breach of personal data",
            hint=f"First: wenyam incident personal-data {incident.code} --flag REASON",
        )
    if breach.is_settled(incident):
        raise IncidentRefusedError(f"the breach of {incident.code} is settled already")
    return incident


def _require(incident: Incident, names: Mapping[str, str], what: str) -> None:
    absent = breach.missing(incident, names)
    if absent:
        raise IncidentRefusedError(
            f"the breach of {incident.code} cannot be {what} yet; it lacks {', '.join(absent)}",
            hint=f"Write them: wenyam incident personal-data {incident.code} --set NAME TEXT",
        )
