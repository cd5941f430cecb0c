"""One incident as a page of text in Thai or English, complete enough to be filed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rich.cells import cell_len

from wenyam.i18n.clean_text import clean
from wenyam.i18n.translate import mark
from wenyam.incidents import breach, limits
from wenyam.incidents.book import Book
from wenyam.incidents.closing import ITSELF, missing
from wenyam.incidents.incident import Act, Entry, Incident
from wenyam.incidents.limits import Step
from wenyam.incidents.opening import REQUEST_FIELDS
from wenyam.incidents.proposal import propose
from wenyam.incidents.similar import how_to_for
from wenyam.model import durations
from wenyam.model.causes import CauseCode
from wenyam.model.incidents import Counting, Limit
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, seconds_between
from wenyam.operations.incident_data import kinds_of
from wenyam.operations.incident_words import DEEDS
from wenyam.reports.words import Words

_MOST_MEMBERS = 20
_LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Page:
    """Writes incidents of one instance in one language."""

    configuration: Configuration
    book: Book
    words: Words
    now: Instant

    def text(self, incident: Incident) -> str:
        """Return the whole page."""
        title = f"{self.words.say('Incident')} {incident.code}: {clean(incident.title)}"
        chapters = (
            ("", self._head(incident)),
            (mark("Procedure"), self._procedure(incident)),
            (mark("What belongs to it"), self._members(incident)),
            (mark("Service request FM-DM-01"), self._fields(incident, REQUEST_FIELDS, "")),
            (mark("Personal data"), self._breach(incident)),
            (mark("Next step"), self._advice(incident)),
            (mark("Timeline"), self._timeline(incident)),
        )
        lines = [title, "=" * cell_len(title)]
        for heading, found in chapters:
            written = list(found)
            if written:
                lines += ["", *([self.words.say(heading)] if heading else []), *written]
        return "\n".join(lines) + "\n"

    def _head(self, incident: Incident) -> Iterator[str]:
        say, word, instant = self.words.say, self.words.word, self.words.instant
        site = self.configuration.inventory.sites.get(incident.site)
        yield f"{say('State')}: {word('open' if incident.is_open else 'closed')}, {word(incident.severity.value)}"
        yield f"{say('Kind')}: {word(incident.category.value)}, {word(incident.origin.value)}"
        yield f"{say('Site')}: {self.words.label(None if site is None else site.label) or clean(incident.site)}"
        yield f"{say('Began')}: {instant(incident.began)}"
        yield f"{say('Opened')}: {instant(incident.opened)} ({clean(incident.opened_by)})"
        if incident.cause_code:
            proposed = "" if incident.cause_given else f" ({say('proposed')})"
            yield f"{say('Cause')}: {word(incident.cause_code)}{proposed}"
        if incident.recovered is not None:
            lasted = durations.write(seconds_between(incident.began, incident.recovered))
            yield f"{say('Good again')}: {instant(incident.recovered)} ({lasted})"
        yield from self._acts(incident)

    def _acts(self, incident: Incident) -> Iterator[str]:
        say = self.words.say
        result = self.words.word("PASS" if incident.passed else "FAIL")
        for label, act, before in (
            (mark("Acknowledged"), incident.acknowledged, ""),
            (mark("Assigned to"), incident.assigned, ""),
            (
                mark("Handed to"),
                incident.handed_off,
                "" if incident.party is None else f"{self.words.word(incident.party.value)}: ",
            ),
            (mark("Their reference"), incident.called, ""),
            (mark("Test result"), incident.tested, f"{result}: "),
            (mark("How-to note"), incident.how_to, ""),
            (mark("Closed"), incident.closed, ""),
        ):
            if act is not None:
                yield f"{say(label)}: {before}{self._act(act)}"

    def _act(self, act: Act) -> str:
        who = f"({clean(act.by)}, {self.words.instant(act.at)})"
        what = self.words.say(ITSELF) if act.what == ITSELF else act.what
        return f"{_indented(what)} {who}" if what else who[1:-1]

    def _procedure(self, incident: Incident) -> Iterator[str]:
        rules = self.configuration.incidents
        for step in (limits.current_step(incident, rules), limits.breach_clock(incident, rules)):
            if step is not None:
                yield f"  {self._step(step)}"

    def _step(self, step: Step) -> str:
        say, left = self.words.say, seconds_between(self.now, step.due)
        standing = f"{say('OVERDUE by')} {durations.write(-left)}" if left < 0 else f"{say('left')} {durations.write(left)}"
        return f"{say(step.name)}: {say('due')} {self.words.instant(step.due)} ({self._limit(step.limit)}), {standing}"

    def _limit(self, limit: Limit) -> str:
        days = {
            Counting.WORKING_DAYS: self.words.say("{count} working days"),
            Counting.CALENDAR_DAYS: self.words.say("{count} calendar days"),
        }
        return (
            durations.write(limit.amount) if limit.counting is Counting.CLOCK else days[limit.counting].format(count=limit.amount)
        )

    def _members(self, incident: Incident) -> Iterator[str]:
        ordered = sorted(incident.members.values(), key=lambda each: (each.state.is_good, each.since, each.subject))
        for member in ordered[:_MOST_MEMBERS]:
            state, since = self.words.word(member.state.value), self.words.instant(member.since)
            yield f"  {clean(str(member.subject))}  {state}  {since}  {clean(member.summary)}".rstrip()
        if len(ordered) > _MOST_MEMBERS:
            yield f"  (+{len(ordered) - _MOST_MEMBERS})"

    def _fields(self, incident: Incident, labels: Mapping[str, str], prefix: str) -> Iterator[str]:
        for name, label in labels.items():
            if text := incident.details.get(prefix + name, ""):
                yield f"  {self.words.say(label)}: {_indented(text)}"

    def _breach(self, incident: Incident) -> Iterator[str]:
        say, flagged = self.words.say, incident.personal_data
        if flagged is None:
            if breach.is_proposed(incident, self.configuration.inventory):
                yield f"  {say('What is down holds personal data: is this a breach?')}"
            return
        yield f"  {say('Aware since')}: {self.words.instant(flagged.at)} ({clean(flagged.by)}): {_indented(flagged.what)}"
        yield from self._fields(incident, breach.FACTORS, breach.PREFIX)
        yield from self._fields(incident, breach.PARTS, breach.PREFIX)
        for name, label in ((breach.REPORTED, mark("Reported as")), (breach.DISMISSED, mark("No risk, because"))):
            if text := incident.details.get(name, ""):
                yield f"  {say(label)}: {_indented(text)}"
        absent = [] if breach.is_settled(incident) else breach.missing(incident, {**breach.FACTORS, **breach.PARTS})
        if absent:
            yield f"  {say('Still to be written')}: {', '.join(absent)}"

    def _advice(self, incident: Incident) -> Iterator[str]:
        if not incident.is_open:
            return
        say, inventory = self.words.say, self.configuration.inventory
        proposal = propose(incident, inventory, self.now)
        whom = self.words.word("in_house" if proposal.party is None else proposal.party.value)
        more = " ".join(each for each in (proposal.name, proposal.telephone) if each)
        if incident.fixed is None and incident.handed_off is None:
            yield f"  {say('Proposed')}: {whom}{f' {clean(more)}' if more else ''} ({clean(proposal.why(say))})"
        earlier = how_to_for(incident, self.book, kinds_of(inventory))
        if earlier is not None and earlier.how_to is not None:
            yield f"  {say('Last time')} ({earlier.code}): {_indented(earlier.how_to.what)}"
        for wanted in missing(incident):
            yield f"  {say('Needed to close')}: {say(wanted.what)} ({wanted.how})"
        if not incident.cause_code:
            yield f"  {say('Causes')}: {', '.join(each.value for each in CauseCode)}"

    def _timeline(self, incident: Incident) -> Iterator[str]:
        for entry in incident.timeline:
            yield f"  {self.words.instant(entry.at)}  {clean(entry.by)}  {self._deed(entry)}"

    def _deed(self, entry: Entry) -> str:
        deed = self.words.say(DEEDS[entry.kind]) if entry.kind in DEEDS else entry.kind
        return f"{deed}: {_indented(entry.text)}" if entry.text else deed


def _indented(text: str) -> str:
    """Return text of several lines so that the further ones stand under the first."""
    return "\n      ".join(clean(line, _LONGEST) for line in text.splitlines())
