"""The facts a run of a plan leaves in the chain: its journal. Their kinds and bodies in one place; `course` folds them."""

import json
from collections.abc import Mapping
from typing import Any

from wenyam.model.facts import Fact, FactBody
from wenyam.model.instants import Instant
from wenyam.model.recovery import Mode, Outcome, RecoveryPlan

BEGAN = "dr-run-began"
RESUMED = "dr-run-resumed"
STEP_BEGAN = "dr-step-began"
STEP_ENDED = "dr-step-ended"
UNDO_BEGAN = "dr-step-undo-began"
UNDONE = "dr-step-undone"
APPROVED = "dr-approved"
"""A member of the committee signed."""
SIGNED = "dr-signed"
"""A named person signed a statement or the result of a user test, or gave it on paper through a second person."""
DECIDED = "dr-decided"
MOMENT = "dr-moment"
"""One of the times that are kept: see the names below."""
ENDED = "dr-run-ended"
FINDING = "dr-finding"
FINDING_CLOSED = "dr-finding-closed"
KINDS = (
    BEGAN, RESUMED, STEP_BEGAN, STEP_ENDED, UNDO_BEGAN, UNDONE, APPROVED, SIGNED, DECIDED, MOMENT, ENDED, FINDING,
    FINDING_CLOSED,
)  # fmt: skip

TOOL = "wenyam"
"""The actor when the program acts by itself."""
FAILURE_BEGAN, DETECTED, DECLARED, SERVED, ACCEPTED = "failure-began", "detected", "declared", "served", "accepted"
MOMENTS = (FAILURE_BEGAN, DETECTED, DECLARED, SERVED, ACCEPTED)
"""When it failed, when that was seen, when the committee decided, when the service answered again, when users accepted it."""


def began(run: str, plan: RecoveryPlan, mode: Mode, at: Instant, actor: str, *, reason: str, version: str) -> Fact:
    """Build the fact that a run began; `reason` is the operator's own words."""
    body: FactBody = {
        "run": run, "plan": plan.name, "mode": mode.value, "digest": plan.digest, "substance": plan.substance,
        "reason": reason, "version": version,
    }  # fmt: skip
    return Fact(BEGAN, at, actor, body)


def resumed(run: str, at: Instant, actor: str, *, digest: str, substance: str = "", reason: str = "") -> Fact:
    """Build the fact that a run was taken up again; another digest is the plan as it was changed meanwhile, for a reason."""
    return Fact(RESUMED, at, actor, {"run": run, "digest": digest, "substance": substance, "reason": reason})


def step_began(run: str, step: str, at: Instant, actor: str, attempt: int) -> Fact:
    """Build the fact that an attempt at a step begins; written before anything is done."""
    return Fact(STEP_BEGAN, at, actor, {"run": run, "step": step, "attempt": attempt})


def step_ended(
    run: str, step: str, at: Instant, actor: str, *, attempt: int, outcome: Outcome, seconds: float,
    evidence: Mapping[str, str], said: Mapping[str, Any], again: bool = False,
) -> Fact:  # fmt: skip
    """Build the fact of what an attempt came to; `evidence` are file names with their SHA-256, `again`: it is tried once more."""
    body: FactBody = {
        "run": run, "step": step, "attempt": attempt, "verdict": outcome.verdict.value, "summary": outcome.summary,
        "seconds": round(seconds, 3), "evidence": _json(evidence), "said": _json(said), "again": again,
    }  # fmt: skip
    return Fact(STEP_ENDED, at, actor, body)


def undo_began(run: str, step: str, at: Instant, actor: str) -> Fact:
    """Build the fact that a step is about to be taken back."""
    return Fact(UNDO_BEGAN, at, actor, {"run": run, "step": step})


def undone(run: str, step: str, at: Instant, actor: str, *, outcome: Outcome, evidence: Mapping[str, str]) -> Fact:
    """Build the fact of what taking a step back came to."""
    body: FactBody = {
        "run": run, "step": step, "verdict": outcome.verdict.value, "summary": outcome.summary, "evidence": _json(evidence),
    }  # fmt: skip
    return Fact(UNDONE, at, actor, body)


def approved(
    run: str, step: str, at: Instant, actor: str, *, person: str, digest: str, reason: str, text: str, nonce: str, key: str
) -> Fact:
    """Build the fact that a member of the committee signed this version of the plan for this run; `actor` handed it in."""
    body: FactBody = {
        "run": run, "step": step, "person": person, "digest": digest, "reason": reason, "text": text, "nonce": nonce, "key": key,
    }  # fmt: skip
    return Fact(APPROVED, at, actor, body)


def signed(
    run: str, step: str, at: Instant, actor: str, *, person: str, complete: bool, method: str, reason: str, text: str,
    nonce: str, key: str = "", witness: str = "", scan: str = "",
) -> Fact:  # fmt: skip
    """Build the fact of a statement: by `signature`, or on `paper` through a witness, with the scan's SHA-256."""
    body: FactBody = {
        "run": run, "step": step, "person": person, "complete": complete, "method": method, "reason": reason, "text": text,
        "nonce": nonce, "key": key, "witness": witness, "scan": scan,
    }  # fmt: skip
    return Fact(SIGNED, at, actor, body)


def decided(
    run: str, step: str, at: Instant, actor: str, *, decision: str, reason: str, second: str = "", nonce: str = "",
    key: str = "", text: str = "", files: Mapping[str, str] | None = None, undo: bool = True,
) -> Fact:  # fmt: skip
    """Build the fact of a decision; an empty step is the whole run. `second` is the other person who signed for it.

    `undo` is for an abort: False when nothing is to be taken back.
    """
    body: FactBody = {
        "run": run, "step": step, "decision": decision, "reason": reason, "second": second, "nonce": nonce, "key": key,
        "text": text, "files": _json(files or {}), "undo": undo,
    }  # fmt: skip
    return Fact(DECIDED, at, actor, body)


def moment(run: str, at: Instant, actor: str, name: str, when: Instant) -> Fact:
    """Build the fact of one of the times; the first of each name counts."""
    return Fact(MOMENT, at, actor, {"run": run, "name": name, "when": when})


def ended(run: str, at: Instant, actor: str, *, verdict: str, summary: str, figures: FactBody) -> Fact:
    """Build the fact that a run is over; `figures` are what was measured, absent where nothing was."""
    return Fact(ENDED, at, actor, {"run": run, "verdict": verdict, "summary": summary, **figures})


def finding(run: str, plan: str, at: Instant, actor: str, *, number: str, what: str, owner: str, due: Instant) -> Fact:
    """Build the fact of something to put right, with who does it and until when."""
    body: FactBody = {"run": run, "plan": plan, "number": number, "what": what, "owner": owner, "due": due}
    return Fact(FINDING, at, actor, body)


def finding_closed(run: str, plan: str, at: Instant, actor: str, *, number: str, reason: str) -> Fact:
    """Build the fact that a finding was put right, and how."""
    return Fact(FINDING_CLOSED, at, actor, {"run": run, "plan": plan, "number": number, "reason": reason})


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read_json(body: FactBody, name: str) -> dict[str, Any]:
    """Read what `_json` wrote into a field."""
    found: dict[str, Any] = json.loads(str(body.get(name) or "{}"))
    return found
