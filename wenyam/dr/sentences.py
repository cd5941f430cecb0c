"""What steps and runs of a plan say, in another language: built-in titles, results, what is overdue. Pure.

They are kept in English, as they were written. What a person wrote into the plan, and names, stay as they are.
"""

from functools import cache
from typing import Final

from wenyam.dr.outcome_sentences import OUTCOMES
from wenyam.i18n.lengths import told_time
from wenyam.i18n.sentences import Pattern, compiled, found
from wenyam.i18n.translate import Translator, mark

PATTERNS: Final = (
    mark("The DR committee agrees"),
    mark("By hand: {text}"),
    mark("Pause until somebody says go on"),
    mark("Pause for {time}"),
    mark("Wait until this passes: {sentence}"),
    mark("Wait until {text}"),
    mark("Users test: {text}"),
    mark("Report to {text} by every channel"),
    mark("Report to {text} by {way}"),
    mark("Announce to {text} by every channel"),
    mark("Announce to {text} by {way}"),
    mark("Notify {text} by every channel"),
    mark("Notify {text} by {way}"),
    mark("fetch {text}, expecting {status} and the text '{wanted}'"),
    mark("fetch {text}, expecting {status}"),
    mark("see that {text}, by a fresh look"),
    mark("see that {text}, as the watcher knows it"),
    mark("compare the rows of {text} with those of {place}"),
    mark("confirm that {text} is down: {names} are silent, seen from {place}"),
    mark("prove that site {text} cannot write: {way}"),
    mark("promote the MariaDB replica on {text}, once {place} cannot write"),
    mark("promote the PostgreSQL replica on {text}, once {place} cannot write"),
    mark("restore the newest copy of backup {text} from the repository at the DR site into {place}"),
    mark("restore the newest copy of backup {text} from {way} into {place}"),
    mark("ask {text} for an answer: {wanted}"),
    mark("ask {text} for the answer '{word}': {wanted}"),
    mark("run on {host}: {text}"),
    mark("start {text} on {host}, and see that it runs"),
    mark("give {host} the address {text} on {place}"),
    mark("point {text} at {way}, until {names} answer so"),
    mark("test every probe and check of service {text} at {place}"),
    mark("test every probe and check of service {text}"),
    mark("step '{text}' is overdue: {time} of {longest}"),
    mark("the recovery time is over: {time} of {longest}"),
    mark("approved by {text}"),
    mark("{count} of {text} can sign"),
    mark("{count} must sign, but only {least} can: {text}"),
    mark("by hand, by whoever may run the plan"),
    mark("by hand, by {text}"),
    mark("done, says {text}: {why}"),
    mark("on the word of {text} alone: {why}; what was seen: {sentence}"),
    mark("nothing is needed to wait"),
    mark("waited {time}"),
    mark("complete, say {text}"),
    mark("{text} found it not complete: {why}"),
    mark("{text} answers {status} in {number} s"),
    mark("{text} answers {status}, expected is {wanted}"),
    mark("{text} does not hold the text '{wanted}'"),
    mark("{text} can be asked for; now it answers {status}"),
    mark("{text} can be asked for; now nothing answers: {why}"),
    mark("nothing was changed, so nothing is taken back"),
    mark("a decision stays on record"),
    mark("what users said stays on record"),
    mark("waiting leaves nothing to take back"),
    mark("it was taken back before the process was killed"),
    mark("the process was killed in it, and it cannot be known whether it was done; look, then decide"),
    mark("the process was killed while taking it back, and it cannot be known whether it was; look, then decide"),
    mark("{text} runs on {host}"),
    mark("{text} on {host} is stopped again"),
    mark("service {text} works: {count} probes and checks are good"),
    mark("all {count} servers answer {text} for {place}"),
    mark("{count} steps passed"),
    mark("{count} of {least} steps failed and only somebody's word says otherwise: {text}"),
    mark("{count} of {least} steps failed: {text}"),
    mark("{count} of {least} steps proved nothing: {text}"),
    mark("not taken back: {text}"),
    mark("every step passed, but {sentence}"),
    mark("no step showed when the service was back, so the recovery time (RTO) is NOT TESTED"),
    mark("neither a person nor the watcher said when the failure began, so the recovery time (RTO) is NOT TESTED"),
    mark("no step showed how new the data was, so the data loss (RPO) is NOT TESTED"),
    mark("the clock was set back by {time} in the run, so the recovery time (RTO) is NOT TESTED"),
    mark("on somebody's word alone: {text}"),
    mark("recovery took {time} against a target of {longest}"),
    mark("data was lost for {time} against a target of {longest}"),
    mark("aborted"),
    *OUTCOMES,
)  # fmt: skip
"""Sentences as steps write them, the special before the general."""

_TIME: Final = r"-?[\d.]+(?:e[+-]?\d+)? [dhms](?: \d+ [hms])?"
_FORMS: Final = {
    "time": _TIME, "longest": _TIME, "count": r"\d+", "least": r"\d+", "status": r"\d+(?: or \d+)*", "number": r"[\d.]+",
    "host": r"[^ ]+",
}  # fmt: skip


@cache
def _compiled() -> tuple[Pattern, ...]:
    return compiled(PATTERNS, _FORMS)


def told_of_run(sentence: str, say: Translator) -> str:
    """Return what a step or a run said in the translator's language; what follows no pattern as it was written."""
    match = found(sentence, _compiled())
    if match is None:
        first, separator, rest = sentence.partition("; ")  # several results are joined so
        return f"{told_of_run(first, say)}{separator}{told_of_run(rest, say)}" if separator else sentence
    pattern, fields = match
    return say(pattern).format(**{name: _piece(name, text, say) for name, text in fields.items()})


def _piece(name: str, text: str, say: Translator) -> str:
    if name in ("time", "longest"):
        return told_time(text, say)
    return told_of_run(text, say) if name == "sentence" else text
