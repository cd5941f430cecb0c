"""The memo of the branch "not fixed" (R3.3): to the contractor whose contract covers it, else to procurement."""

from wenyam.i18n.clean_text import clean
from wenyam.i18n.translate import mark
from wenyam.incidents import facts
from wenyam.incidents.incident import Incident, Party
from wenyam.incidents.proposal import contract_of, propose
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant
from wenyam.reports.words import NOTHING, Words

_DONE = (facts.NOTED, facts.HANDED_OFF, facts.TESTED)
_LONGEST = 4000


def memo(incident: Incident, configuration: Configuration, words: Words, now: Instant) -> str:
    """Return the memo as text, with a block to sign."""
    say, instance = words.say, configuration.instance
    proposal = propose(incident, configuration.inventory, now)
    contract = contract_of(incident, configuration.inventory)
    party = incident.party or proposal.party
    name = proposal.name if incident.handed_off is None else incident.handed_off.what
    buying = party is None
    subject = mark("Request for procurement of a repair") if buying else mark("Request for repair")
    to = say("Procurement") if buying else clean(name)
    lines = [
        say("MEMO"),
        f"{say('Date')}: {words.instant(now)}",
        f"{say('Sender')}: {instance.name}",
        f"{say('Recipient')}: {to}",
        f"{say('Subject')}: {say(subject)}: {clean(incident.title)} ({say('Incident')} {incident.code})",
        "",
        f"{say('Device or system')}: {clean(incident.title if incident.root is None else str(incident.root))}",
        f"{say('Began')}: {words.instant(incident.began)}",
        f"{say('Symptom')}: {_symptom(incident)}",
        f"{say('Cause')}: {words.word(incident.cause_code) if incident.cause_code else NOTHING}",
    ]
    if contract is not None and party is not Party.HOSTING_CENTRE:
        lines.append(f"{say('Contract')}: {clean(contract.reference)}, {clean(contract.contractor)}")
    lines += ["", f"{say('Done so far')}:", *_done(incident, words), ""]
    lines.append(say("The fault could not be repaired by the house. Please repair it, and give a reference number."))
    return "\n".join([*lines, "", f"{say('Signed')}: ......................................", ""])


def _symptom(incident: Incident) -> str:
    worst = incident.worst
    return NOTHING if worst is None or not worst.summary else clean(worst.summary)


def _done(incident: Incident, words: Words) -> list[str]:
    found = [
        f"  - {words.instant(entry.at)} {clean(entry.by)}: {clean(entry.text, _LONGEST)}"
        for entry in incident.timeline
        if entry.kind in _DONE and entry.text
    ]
    return found or [f"  {NOTHING}"]
