"""What is on record of pushing the settings to the other site, and what is wrong with it. Pure."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from wenyam.checks.age import FUTURE_TOLERANCE
from wenyam.i18n.clean_text import clean
from wenyam.model import durations
from wenyam.model.facts import ChainedFact, Fact, FactBody
from wenyam.model.instants import Instant, seconds_between
from wenyam.model.pushing import SisterPlan

PUSHED = "dr-settings-pushed"
FAILED = "dr-settings-push-failed"
KINDS = (PUSHED, FAILED)
_LINE = 300


@dataclass(frozen=True, slots=True)
class Pushes:
    """The last push that was taken, and why the last one was not."""

    at: Instant | None = None
    content: str = ""
    holding: tuple[str, ...] = ()
    """Files that were left out because a secret was found in them."""
    to: str = ""
    failure: str = ""


def pushed(at: Instant, actor: str, *, to: str, digest: str, content: str, files: int, holding: Iterable[str]) -> Fact:
    """Build the fact of a push that was taken; `holding` are the files left out for what is in them."""
    left = json.dumps(sorted(holding), ensure_ascii=False)
    body: FactBody = {"to": to, "digest": digest, "content": content, "files": files, "holding": left}
    return Fact(PUSHED, at, actor, body)


def not_pushed(at: Instant, actor: str, *, to: str, why: str) -> Fact:
    """Build the fact of a push that failed."""
    return Fact(FAILED, at, actor, {"to": to, "why": clean(why, _LINE)})


def pushes_of(facts: Iterable[ChainedFact], before: Pushes | None = None) -> Pushes:
    """Fold the facts, oldest first."""
    found = before or Pushes()
    for chained in facts:
        body = chained.fact.body
        if chained.fact.kind == FAILED:
            found = Pushes(found.at, found.content, found.holding, found.to, str(body["why"]))
        else:
            holding = tuple(json.loads(str(body["holding"])))
            found = Pushes(chained.fact.at, str(body["content"]), holding, str(body["to"]))
    return found


def destination(sister: SisterPlan) -> str:
    """Return where the settings go, as it is recorded."""
    return f"{sister.host}:{sister.folder}"


def problem(sister: SisterPlan, pushes: Pushes, content: str, now: Instant) -> str:
    """Return what is wrong with the last push; empty when the other site has the present settings."""
    if pushes.failure:
        return f"the last push failed: {pushes.failure}"
    if pushes.at is None or pushes.to != destination(sister):
        return "the settings were never pushed there"
    if pushes.content != content:
        return "the settings were changed since the last push"
    age = seconds_between(pushes.at, now)
    if age < -FUTURE_TOLERANCE:
        return "the last push lies in the future: the clock was set back, so nobody knows how old it is"
    if age > sister.maximum_age:
        return f"the last push was {durations.write(age)} ago, limit {durations.write(sister.maximum_age)}"
    return ""
