"""What a message says: the first 60 characters name state, what and where; then since, value, impact, first step, who, code."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wenyam.alerts.outbox import Notice
from wenyam.alerts.routing import services_of, thing_of
from wenyam.alerts.subject_words import spoken
from wenyam.alerts.summaries import told_of
from wenyam.i18n.clean_text import clean
from wenyam.i18n.dates import format_instant
from wenyam.i18n.lengths import told_time
from wenyam.i18n.translate import Translator, mark, translator
from wenyam.incidents import limits
from wenyam.incidents.incident import NO_LONGER_WATCHED, Incident, Member
from wenyam.model import durations
from wenyam.model.alerting import Event, Message, MessageItem, Severity
from wenyam.model.incidents import IncidentRules
from wenyam.model.instants import Instant, seconds_between, to_iso
from wenyam.model.inventory import Inventory, Text
from wenyam.model.states import State, Subject, SubjectKind

TITLE_LENGTH = 60
"""Characters that a locked telephone shows."""
NAMED = 8
"""Incidents or members a message names; further ones are counted."""
_LONGEST_SUMMARY = 200
SYMBOLS = {Event.RECOVERED: "✔", Event.TEST: "·"}
_CRITICAL, _WARNING = "✖", "▲"

EVENT_WORDS = {
    Event.OPENED: "",
    Event.WORSENED: mark("now critical"),
    Event.ESCALATED: mark("nobody has acknowledged"),
    Event.REPEATED: mark("still not acknowledged"),
    Event.FLAPPING: mark("comes and goes"),
    Event.RECOVERED: mark("recovered"),
    Event.RETURNED: mark("failed again"),
    Event.OVERDUE: mark("overdue"),
    Event.SUMMARY: mark("summary"),
    Event.TEST: mark("test"),
    Event.ANNOUNCED: mark("announcement"),
}


FirstStep = Callable[[Subject], Text | None]
"""What the check behind a subject says to do first; None when it says nothing."""


def no_first_step(_subject: Subject) -> Text | None:
    """Know no check but those of the inventory."""
    return None


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes messages in one language about what one inventory holds."""

    inventory: Inventory
    instance: str
    time_zone: str
    language: str
    rules: IncidentRules
    answers: bool = False
    """Answers to its mails are read."""
    how_to: Callable[[Incident], str] = lambda _incident: ""
    """The note of the last similar incident; empty when there is none."""
    first_step: FirstStep = no_first_step
    """What the check of a subject says to do first, also for what no inventory holds: backups, plans, Wenyam itself."""

    @property
    def say(self) -> Translator:
        """The catalogue of this language."""
        return translator(self.language)

    def message(
        self, notice: Notice, incidents: Sequence[Incident], people: Sequence[str], now: Instant, silent: Sequence[str] = ()
    ) -> Message:
        """Write what a notice says of its incidents as they are now; `silent` were told before and did not answer."""
        shown = [incident for incident in incidents if incident.worst is not None or incident.title]
        body = [line for incident in shown[:NAMED] for line in self._lines(notice, incident, now, alone=len(shown) == 1)]
        if len(shown) > NAMED:
            body.append(self.say("and {count} more").format(count=len(shown) - NAMED))
        body += self._people(people, silent)
        body.append(self._instruction(notice, shown))
        return Message(
            notice.event,
            notice.severity,
            self._title(notice, shown),
            "\n".join(line for line in body if line),
            self.language,
            now,
            tuple(self._item(incident) for incident in shown),
        )

    def test(self, channel: str, now: Instant) -> Message:
        """Write the message of a self-test."""
        title = self.say("Test of channel {channel}").format(channel=channel)
        body = self.say("Wenyam {instance} can reach you through this channel. Nothing is wrong.").format(instance=self.instance)
        return Message(Event.TEST, severity=Severity.WARNING, title=title, body=body, language=self.language, at=now)

    def _title(self, notice: Notice, shown: Sequence[Incident]) -> str:
        first = shown[0]
        where = self._place(first.site)
        symbol = SYMBOLS.get(notice.event) or (_CRITICAL if notice.severity is Severity.CRITICAL else _WARNING)
        states = self._state_word(first)
        if notice.event is Event.RECOVERED:
            gone = all(_is_gone(incident) for incident in shown)
            symbol = "·" if gone else symbol
            states = self.say(NO_LONGER_WATCHED if gone else EVENT_WORDS[notice.event])
        what = self.name(first.root, first.title)
        if len(shown) > 1:
            what = self.say("{count} incidents").format(count=len(shown)) + f": {what}"
        extra = "" if notice.event in (Event.OPENED, Event.RECOVERED) else f" · {self.say(EVENT_WORDS[notice.event])}"
        return fitted(f"{symbol} {states} ", what, f" · {where}{extra}")

    def _lines(self, notice: Notice, incident: Incident, now: Instant, *, alone: bool) -> list[str]:
        head = f"{self._state_word(incident)} {self.name(incident.root, incident.title)} [{incident.code}]"
        lines = [] if alone else [head]
        lines += self._when(incident)
        worst = incident.worst
        if worst is not None and worst.summary:
            lines.append(self._found(worst))
        lines += self._which(incident)
        if worst is not None and worst.value is not None and worst.limit is not None:
            lines.append(self.say("Value {value:g}, limit {limit:g}").format(value=worst.value, limit=worst.limit))
        lines += self._late(notice, incident, now)
        lines += self._impact(incident)
        if alone and notice.event is not Event.RECOVERED:
            lines += self._first_step(incident)
        return lines

    def _found(self, member: Member) -> str:
        """Return what a check found in this language; what another monitoring system wrote stays as it was."""
        return told_of(member.subject, clean(member.summary)[:_LONGEST_SUMMARY], self.say)

    def _when(self, incident: Incident) -> list[str]:
        began = format_instant(incident.began, self.time_zone, self.language, seconds=True)
        since = self.say("Since {time} ({iso})").format(time=began, iso=to_iso(incident.began))
        if incident.recovered is None:
            return [since]
        lasted = told_time(durations.write(seconds_between(incident.began, incident.recovered)), self.say)
        return [since, self.say("Recovered after {duration}").format(duration=lasted)]

    def _which(self, incident: Incident) -> list[str]:
        """Return the name that commands take, with the address: a label is for people only."""
        if incident.root is None or incident.root.kind is not SubjectKind.DEVICE:
            return []
        device = self.inventory.devices.get(incident.root.name)
        return [] if device is None else [clean(f"{str(incident.root).partition(':')[2]} · {device.address}")]

    def _late(self, notice: Notice, incident: Incident, now: Instant) -> list[str]:
        late = limits.overdue(incident, self.rules, now) if notice.event is Event.OVERDUE else None
        if late is None:
            return []
        due = format_instant(late.due, self.time_zone, self.language)
        return [self.say("Overdue: {step}, was due {time}").format(step=self.say(late.step), time=due)]

    def _impact(self, incident: Incident) -> list[str]:
        services = services_of(incident)
        lines = []
        if services:
            names = ", ".join(self.name(Subject(SubjectKind.SERVICE, name)) for name in services[:NAMED])
            lines.append(self.say("Services hurt: {names}").format(names=names))
        others = sum(1 for member in incident.members if member != incident.root and member.kind is not SubjectKind.SERVICE)
        if others:
            lines.append(self.say("{count} more behind it").format(count=others))
        return lines

    def _people(self, people: Sequence[str], silent: Sequence[str]) -> list[str]:
        """Return who has it; when those on duty did not answer, who they are comes first, so that they can be called."""
        names = ", ".join(people)
        if silent:
            unanswered = self.say("On duty, without an answer: {names}").format(names=", ".join(silent))
            return [unanswered, self.say("Told now: {names}").format(names=names)]
        return [self.say("On duty: {names}").format(names=names)] if people else []

    def _first_step(self, incident: Incident) -> list[str]:
        noted = self.how_to(incident)
        if noted:
            return [self.say("Last time: {note}").format(note=clean(noted)[:_LONGEST_SUMMARY])]
        runbook = self._runbook(incident)
        return [self.say("First step: {step}").format(step=runbook)] if runbook else []

    def _runbook(self, incident: Incident) -> str:
        if incident.root is None:
            return ""
        thing = thing_of(incident.root, self.inventory)
        for plan in getattr(thing, "checks", ()):
            if plan.name == incident.root.check and plan.runbook is not None:
                return self._text(plan.runbook)
        known = self.first_step(incident.root)
        return "" if known is None else self._text(known)

    def _instruction(self, notice: Notice, shown: Sequence[Incident]) -> str:
        if notice.event is Event.RECOVERED or not shown:
            return self.say("Code {codes}").format(codes=" ".join(notice.codes[:NAMED]))
        command = f"wenyam alert ack {shown[0].code}"
        line = self.say("Code {codes} · take it: {command}").format(codes=" ".join(notice.codes[:NAMED]), command=command)
        return line + (f" · {self.say('or answer this mail with: ack')}" if self.answers else "")

    def _item(self, incident: Incident) -> MessageItem:
        worst = incident.worst
        return MessageItem(
            incident.code,
            incident.root or Subject(SubjectKind.EXTERNAL, incident.title),
            State.UNKNOWN if worst is None else worst.state,
            incident.severity,
            incident.site,
            incident.began,
            incident.recovered,
            incident.title if worst is None else clean(worst.summary),
            None if worst is None else worst.value,
            None if worst is None else worst.limit,
            max(0, len(incident.members) - 1),
        )

    def _state_word(self, incident: Incident) -> str:
        worst: Member | None = incident.worst
        state = State.CRIT if worst is None else worst.state
        return self.say(state.value.upper())

    def _place(self, site: str) -> str:
        known = self.inventory.sites.get(site)
        return site if known is None else self._text(known.label)

    def name(self, subject: Subject | None, title: str = "") -> str:
        """Return what people call a subject: its label, or its name, with the check when it is about one."""
        if subject is None:
            return clean(title)
        thing = thing_of(subject, self.inventory)
        label = getattr(thing, "label", None)
        called = subject.name if label is None else self._text(label)
        return clean(spoken(subject, called, self.say))

    def _text(self, text: Text) -> str:
        return clean(text.th if self.language == "th" else text.en)


def _is_gone(incident: Incident) -> bool:
    """Tell whether what is wrong was taken out of the configuration, so that nobody saw it good again."""
    return incident.worst is not None and incident.worst.summary == NO_LONGER_WATCHED


def fitted(before: str, what: str, after: str) -> str:
    """Return the three joined; what is in the middle gives way so that all three are seen within the title's length."""
    room = TITLE_LENGTH - len(before) - len(after)
    if room >= len(what):
        return before + what + after
    least = max(room, TITLE_LENGTH // 3)
    return (before + what[: max(1, least - 1)] + "…" + after)[: 2 * TITLE_LENGTH]
