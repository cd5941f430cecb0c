"""Standard sentences of checks in another language. What a device or a person wrote inside them stays as it is. Pure.

A summary is kept in English, as the check wrote it. It is matched against the patterns those sentences follow, piece by piece,
and written anew with the catalogue's words; what follows none of them stays as it is.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from wenyam.alerts.summary_details import DETAILS, HINTS, LITTER
from wenyam.alerts.summary_words import FAULTS, NOUNS, REASONS, WORDS
from wenyam.checks.wording import noun_of
from wenyam.i18n.lengths import told_time
from wenyam.i18n.sentences import Pattern, compiled, found
from wenyam.i18n.translate import Translator, mark
from wenyam.model.names import SAMPLES
from wenyam.model.receiving import ALERT_CHECK
from wenyam.model.states import Subject, SubjectKind

PATTERNS: Final = (
    mark("no answer to {ways} within {time}"),
    mark("read in {time}"),
    mark("{count} read in {time}"),
    mark("{text} answered in {time}"),
    mark("{text} answered"),
    mark("accepted"),
    mark("everything was seen in time"),
    mark("no longer watched"),
    mark("nobody was watching: Wenyam was not running"),
    mark("{count} devices, {least} services"),
    mark("the new configuration was refused, the old one goes on: {detail}"),
    mark("the dead-man switch is told of every cycle"),
    mark("the dead-man switch cannot be told: {why}"),
    mark("answers by mail are read"),
    mark("answers by mail cannot be read: {why}; next try in {time}"),
    mark("answers by mail cannot be read: {why}"),
    mark("others tell no more than may be kept"),
    mark("states and facts are being written"),
    mark("others are heard as the configuration says"),
    mark("{count} of {least} witnesses answer"),
    mark("not every probe has answered yet"),
    mark("it has no probes of its own"),
    mark("credentials were refused and are not tried again yet"),
    mark("none was ever made: if this machine is lost, nobody can open its backups"),
    mark("no restore from this envelope alone was ever proven"),
    mark("no restore of {text} was ever proven"),
    mark("no backup of {text} was ever copied to '{place}'"),
    mark("the data in '{text}' was never read back"),
    mark("{text} was never backed up"),
    mark("plan '{text}' never passed a drill"),
    mark("plan '{text}' never passed a rehearsal"),
    mark("it was never rehearsed; run: {text}"),
    mark("it was changed since its last rehearsal ({place}); run: {text}"),
    mark("never backed up"),
    mark("never proven by a restore (last: {why})"),
    mark("never proven by a restore"),
    mark("last proven restore of {moment}, which is to come: one of two clocks is wrong"),
    mark("last success {time} ago, limit {longest}"),
    mark("last proven restore {time} ago, limit {longest}"),
    mark("last run: {why}"),
    mark("unexplained: {why}"),
    mark("no copy in '{place}': {why}"),
    mark("incomplete: {why}"),
    mark("failed: {why}"),
    mark("the last was due {moment}"),
    mark("last restore test: {why}"),
    mark("FAIL: {why}"),
    mark("NOT TESTED: {why}"),
    mark("fail: {why}"),
    mark("not-tested: {why}"),
    mark("only an older backup that a person chose was restored"),
    mark("the answer of {text} is no whole configuration: {detail}"),
    mark("{text} has no complete backup yet"),
    mark("{text} has no backup that could be restored"),
    mark("{text} has no backup in '{place}' yet"),
    mark("backup job '{text}' has used up its time"),
    mark("the disk of the spool is full: {detail}"),
    mark("no scratch place: {detail}"),
    mark("there is nothing to store"),
    mark("wrong major version: {detail}"),
    mark("wrong version: {detail}"),
    mark("the test machine has no room: {detail}"),
    mark("the test machine cannot be used: {detail}"),
    mark("no reason given"),
    mark("there is no database in {text} yet; the first backup makes it"),
    mark("the status page is written to {text}"),
    mark("the status page cannot be written: {why}"),
    mark("the newest backup is not in '{place}': {why}"),
    mark("the newest backup is not in '{place}'"),
    mark("not known while the device is not up; before that: {why}"),
    mark("not known while the device is not up"),
    mark("unreachable behind {text}"),
    mark("not working: {text}"),
    mark("cannot be told: members are unknown"),
    mark("every member it needs is up"),
    mark("the far end answers"),
    mark("our own equipment at the near end does not answer"),
    mark("the provider's equipment answers, the far end does not: the provider's network behind it, or the far end"),
    mark("silent behind our equipment after flapping or losing packets"),
    mark("silent behind our equipment; no address of the provider is configured that could tell more"),
    mark("silent from our equipment on, at one moment after steady service"),
    mark("started anew (coldStart)"),
    mark("its agent started anew, its settings unchanged (warmStart)"),
    mark("somebody asked its SNMP agent with a wrong community or user"),
    mark("interface {text} (number {number}) went down"),
    mark("interface {text} (number {number}) came up"),
    mark("on battery for {number} s, {minutes} min left"),
    mark("no further trap for {time}"),
    mark("management lost: {why}"),
    mark("credentials refused: {why}"),
    mark("cannot be read: {why}"),
    mark("partial: {why}"),
    mark("no longer told: {text}"),
    mark("refused by {text}; next try in {time}"),
    mark("refused by {text}"),
    mark("own network lost: nothing can be seen from here"),
    mark("own network lost: no carrier on {text}"),
    mark("own network lost: no witness answers ({text})"),
    mark("not seen in time: {text}"),
    mark("stale: nothing seen for {time}"),
    mark("messages are accepted"),
    mark("no answer within {time}"),
    mark("no data for {text}"),
    mark("only {count} of at least {least} rows of {text}"),
    mark("plug-in {text} says {word}"),
    mark("plug-in {text} gave an exit code that means nothing"),
    mark("{count} interfaces OK"),
    mark("interface {text} is not there"),
    mark("interface {text} was not read: the list of interfaces came in part"),
    mark("interface {text} switched off on purpose"),
    mark("interface {text} set to test"),
    mark("interface {text} down"),
    mark("interface {text} down, a lower layer is down"),
    mark("interface {text} not present"),
    mark("interface {text} in test"),
    mark("interface {text} waiting (dormant)"),
    mark("interface {text} in a state nobody knows"),
    mark("interface {text} up"),
    mark("interface {text} errors {value} ≥ {limit}"),
    mark("interface {text} utilization {value} ≥ {limit}"),
    mark("{text}, but not everything could be read: {why}"),
    mark("{text}, but rows are missing and one was bad: {why}"),
    mark("{thing} is {meaning}, expected {right}"),
    mark("{thing} {value} ≥ {limit}"),
    mark("{thing} {value} ≤ {limit}"),
    mark("{thing} {time} ago, limit {longest}"),
    mark("{thing} was {time} ago"),
    mark("{thing} {time} ago"),
    mark("{thing} in {time}"),
    mark("{thing}: the time is not a number"),
    mark("{thing} is not a number"),
    mark("{thing} {word} and {count} more: {why}"),
    "{thing} {word}: {why}",
    mark("{thing} {word} and {count} more"),
    mark("{thing} {word} ({count} checked)"),
    "{thing} {word}",
    mark("{thing} is {meaning}"),
    "{thing} {value}",
    "{fault}: {why}",
    "{reason}: {detail}",
    "{text}: {reason}: {detail}",
    *DETAILS,
    mark("{text}: there is no such file"),
    mark("{text}: there is no file in it"),
    mark("{text}: somebody began to write it while it was copied; run again"),
    mark("{text} vanished while it was measured"),
    "{reason}",
    "{text}: {reason}",
)  # fmt: skip
"""Sentences as they are written, the special before the general; those without a word of their own need no translation."""

_TIME: Final = r"-?[\d.]+(?:e[+-]?\d+)? [dhms](?: \d+ [hms])?"
_VALUE: Final = rf"(?:{_TIME}|-?[\d.]+(?:e[+-]?\d+)?(?:/s| ?[^\s\d]\S*)?|not a number)"
_MEANING: Final = r"-?[\d.]+(?:e[+-]?\d+)?(?: [A-Za-z][A-Za-z ]*?)?"
_IN_SECONDS: Final = frozenset(noun_of(name) for name, sample in SAMPLES.items() if sample.unit == "seconds")
_NOT_A_NUMBER: Final = mark("not a number")
_OR: Final = mark("or")


def told(summary: str, say: Translator) -> str:
    """Return a summary in the translator's language as far as it follows a pattern; otherwise as it was written."""
    match = found(summary, _patterns())
    if match is None:
        return summary
    pattern, fields = match
    return say(pattern).format(**{name: _piece(name, text, fields, say) for name, text in fields.items()})


def told_thing(text: str, say: Translator) -> str:
    """Return what a value is about, as `checks.wording.row_name` writes it, in the translator's language; its labels stay."""
    return _thing(text, say) if _noun(text) else text


def told_meaning(text: str, say: Translator) -> str:
    """Return the number and word of a value on a scale, as `checks.wording.meaning_of` writes it, in that language."""
    return _meaning(text, say)


def told_of(subject: Subject, summary: str, say: Translator) -> str:
    """Return what is said of a subject in the translator's language; what another monitoring system wrote stays as it was."""
    strangers = subject.kind is SubjectKind.EXTERNAL or subject.check.startswith(ALERT_CHECK)
    return summary if strangers else told(summary, say)


@cache
def _patterns() -> tuple[Pattern, ...]:
    nouns = "|".join(re.escape(noun) for noun in sorted(NOUNS, key=len, reverse=True))
    forms = {
        "thing": rf"(?:{nouns})(?: .+?)?",
        "word": "|".join(re.escape(word) for word in sorted(WORDS, key=len, reverse=True)),
        "reason": "|".join(re.escape(reason) for reason in sorted(REASONS, key=len, reverse=True)),
        "fault": "|".join(map(re.escape, sorted(FAULTS, key=len, reverse=True))),
        "time": _TIME, "longest": _TIME, "value": _VALUE, "limit": _VALUE, "count": r"\d+", "least": r"\d+",
        "hint": "|".join(map(re.escape, HINTS)), "litter": "|".join(LITTER), "number": r"[\d.]+",
        "program": r"[\w.-]+", "meaning": _MEANING, "right": rf"{_MEANING}(?: or {_MEANING})*",
    }  # fmt: skip
    return compiled(PATTERNS, forms)


def _piece(name: str, text: str, fields: Mapping[str, str], say: Translator) -> str:
    """Return one piece of a sentence: known words from the catalogue, everything else untouched."""
    if name in ("value", "limit"):
        is_time = _noun(fields.get("thing", "")) in _IN_SECONDS
        return say(_NOT_A_NUMBER) if text == _NOT_A_NUMBER else told_time(text, say) if is_time else text
    teller = _TELLERS.get(name)
    return text if teller is None else teller(text, say)


def _noun(thing: str) -> str:
    fitting = [noun for noun in NOUNS if thing == noun or thing.startswith(f"{noun} ")]
    return max(fitting, key=len, default="")


def _thing(text: str, say: Translator) -> str:
    noun = _noun(text)
    key, spoken = NOUNS[noun], say(NOUNS[noun])
    return (noun if spoken == key else spoken) + text[len(noun) :]


def _meaning(text: str, say: Translator) -> str:
    number, space, word = text.partition(" ")
    return f"{number}{space}{_word(word, say)}" if word else text


def _right(text: str, say: Translator) -> str:
    return f" {say(_OR)} ".join(_meaning(part, say) for part in text.split(" or "))


def _known(text: str, say: Translator) -> str:
    return say(text)


def _word(text: str, say: Translator) -> str:
    return say(text) if text in WORDS or text in REASONS else text


_TELLERS: Final[Mapping[str, Callable[[str, Translator], str]]] = {
    "time": told_time, "longest": told_time, "thing": _thing, "meaning": _meaning, "right": _right, "word": _word,
    "reason": _word, "fault": _word, "why": told, "detail": told, "before": told, "hint": _known, "litter": _known,
}  # fmt: skip
