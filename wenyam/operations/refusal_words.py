"""Why the watcher refused what somebody asked for, in the reader's language. Names and what people wrote stay as they are."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from wenyam.i18n.sentences import Pattern, compiled, found
from wenyam.i18n.states import WORDS
from wenyam.i18n.translate import Translator, mark
from wenyam.model.states import State

_JOINED: Final = "{first}. {second}"
_PATTERNS: Final = (
    mark("Nothing was changed: {rest}"),
    mark("The signature was not accepted: {rest}"),
    mark("{code} cannot be closed yet; it needs {needs}"),
    mark("{code} is not good yet: {bad}"),
    mark("{code} is not fixed yet; a test that fails sends back what was fixed"),
    mark("{code} is a service request, which has no cause of an outage"),
    mark("no contract in force covers {text}"),
    mark("site '{text}' has no hosting centre"),
    mark("planned work needs a reason"),
    mark("it ends before it starts"),
    mark("it ended at {text}; nobody can plan the past"),
    mark("{person} enters it and so cannot be who approved it"),
    mark("there is no person '{text}' who could have approved it; there are: {names}"),
    mark("there is no person '{text}' who could have approved it"),
    mark("there is no person '{text}'; there are: {names}"),
    mark("there is no person '{text}'"),
    mark("Did you mean '{text}'?"),
    mark("Name another person, or see instance.approve_own_windows."),
    mark("'{text}' is not a duration; {names}"),
    mark("'{text}' is not a moment"),
    mark("Write now, +2h, 2026-10-01 or 2026-10-01T22:00 (years are A.D.)."),
    mark("a silence lasts up to 30 days; plan the work instead: wenyam maintenance add"),
    mark("{person} runs {text}, so {names}'s own signature does not count"),
    mark("{person} is not in the committee of plan '{text}' ({names})"),
    mark("this needs a reason"),
    mark("this text was handed in before; each is accepted once"),
    mark("the text expired at {text}"),
    mark("step '{text}' waits for no signature"),
    mark("key {text} belongs to nobody in 'people'"),
    mark("Add it to the person's keys, or sign with another."),
    mark("Write a new one and sign that."),
    mark("For a key with a passphrase: ssh-add it first, and name its .pub."),
    mark("Until: {rest}"),
    _JOINED,
)  # fmt: skip
"""Refusals as they are written, the special before the general; several sentences follow one another."""

_FORMS: Final = {"code": r"[0-9A-Z]{4,6}", "person": r"[\w.-]+", "first": r".+?"}


def told_refusal(sentence: str, say: Translator) -> str:
    """Return a refusal in the translator's language as far as it is known; else as it was written."""
    match = None if say is mark else found(sentence, _compiled())
    if match is None:
        return sentence
    pattern, fields = match
    if pattern == _JOINED:
        first = told_refusal(fields["first"], say)
        # Thai sentences end with a space alone.
        return f"{first}{' ' if first != fields['first'] else '. '}{told_refusal(fields['second'], say)}"
    return say(pattern).format(**{name: _TELLERS.get(name, _as_it_is)(text, say) for name, text in fields.items()})


@cache
def _compiled() -> tuple[Pattern, ...]:
    return compiled(_PATTERNS, _FORMS)


def _as_it_is(text: str, _say: Translator) -> str:
    return text


def _needs(text: str, say: Translator) -> str:
    """Return what an incident lacks to be closed: each is a word of `incidents.closing`, with more in brackets."""
    return "; ".join(_need(part, say) for part in text.split("; "))


def _need(part: str, say: Translator) -> str:
    words, bracket, more = part.partition(" (")
    known = say(words)
    return f"{known}{bracket}{_bad(more, say)}"


def _bad(text: str, say: Translator) -> str:
    """Return what is not good: `subject is state`, several."""
    for state in State:
        text = text.replace(f" is {state.value}", f" {say(WORDS[state])}")
    return text


_TELLERS: Final[Mapping[str, Callable[[str, Translator], str]]] = {
    "rest": told_refusal, "needs": _needs, "bad": _bad,
}  # fmt: skip
