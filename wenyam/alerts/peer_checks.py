"""The questions put to another Wenyam, what its answer is as samples, and the first step for whoever is woken. Pure."""

from wenyam.alerts.health import HealthAnswer, alerts_problem
from wenyam.checks.status import StatusParameters
from wenyam.checks.threshold import ThresholdParameters
from wenyam.engine.pipeline import WHY
from wenyam.i18n.translate import mark, translator
from wenyam.model.guarding import PeerPlan
from wenyam.model.inventory import AT_ONCE, CheckPlan, Policy, Text
from wenyam.model.names import STATUS_FAILED, STATUS_OK
from wenyam.model.samples import Family, Reading, single
from wenyam.model.states import Subject, SubjectKind

ANSWERS, HEARTBEAT, SIGHT, STORE, ALERTS, CLOCK, CHAIN = (
    "answers", "heartbeat", "sight", "store", "alerts", "clock", "chain",
)  # fmt: skip
TWICE = Policy(after=2, of=2)
"""A line may lose one request."""

_ANSWERS = mark("Is the other Wenyam's machine up, its exporter listening, and the line between the sites whole?")
_HEARTBEAT = mark("Look at 'journalctl -u wenyam' there; its watchdog should have restarted it")
_SIGHT = mark("The other site sees nothing: watch its devices from here or by telephone, and look at its own network")
_STORE = mark("Free disk space there; until then it keeps no evidence")
_ALERTS = mark("Tell its people by telephone what is wrong there, then repair its channels of alerts")
_CLOCK = mark("Compare both clocks with a time server; one of them is wrong")
_CHAIN = mark(
    "Somebody restored an old copy there, or rewrote its history: run 'wenyam audit verify --against' there and ask who"
)


def subject_of(plan: PeerPlan) -> Subject:
    """Return the subject of a peer: it is one of our own eyes."""
    return Subject(SubjectKind.MONITOR, f"peer-{plan.name}")


def peer_checks(plan: PeerPlan) -> tuple[CheckPlan, ...]:
    """Return the checks of a peer."""
    return (
        _status(ANSWERS, "peer_answer_status", _ANSWERS, TWICE),
        _above(HEARTBEAT, "peer_heartbeat_age_seconds", _HEARTBEAT, crit=plan.heartbeat_late),
        _status(SIGHT, "peer_sight_status", _SIGHT),
        _status(STORE, "peer_store_status", _STORE),
        _status(ALERTS, "peer_alerts_status", _ALERTS),
        _above(CLOCK, "peer_clock_skew_seconds", _CLOCK, warn=plan.clock_skew, policy=TWICE),
        _status(CHAIN, "peer_chain_status", _CHAIN),
    )


def silent(why: str, before: tuple[Family, ...]) -> Reading:
    """Return the reading of a peer that does not answer; what it said before still holds for a moment."""
    kept = tuple(family for family in before if family.name != "peer_answer_status")
    return Reading((single("peer_answer_status", STATUS_FAILED), *kept), facts={WHY + ANSWERS: why})


def answered(plan: PeerPlan, answer: HealthAnswer, skew: float, chain: str) -> Reading:
    """Return the reading of a peer that answers; `skew` is how far the clocks differ, `chain` what is wrong with its chain."""
    late = alerts_problem(answer) if answer.alerts_oldest > plan.alerts_late else ""
    stuck = f"no life from: {', '.join(answer.silent)}" if answer.silent else late
    blind = "it has lost its own network" if answer.blind else ""
    statuses = {SIGHT: blind, STORE: answer.store_problem, ALERTS: stuck, CHAIN: chain}
    families = [
        single("peer_answer_status", STATUS_OK),
        single("peer_heartbeat_age_seconds", answer.heartbeat_age),
        single("peer_clock_skew_seconds", skew),
        single("peer_alerts_pending", answer.alerts_pending),
        single("peer_alerts_oldest_seconds", answer.alerts_oldest),
        *(single(f"peer_{check}_status", STATUS_FAILED if why else STATUS_OK) for check, why in statuses.items()),
    ]
    if answer.head is None:
        families = [family for family in families if family.name != "peer_chain_status"]
    return Reading(tuple(families), facts={WHY + check: why for check, why in statuses.items() if why})


def _status(name: str, sample: str, runbook: str, policy: Policy = AT_ONCE) -> CheckPlan:
    return CheckPlan(name, "status", StatusParameters(samples=(sample,)), policy, runbook=_text(runbook))


def _above(
    name: str, sample: str, runbook: str, *, warn: float | None = None, crit: float | None = None, policy: Policy = AT_ONCE
) -> CheckPlan:
    parameters = ThresholdParameters(sample=sample, warn=warn, crit=crit)
    return CheckPlan(name, "threshold", parameters, policy, runbook=_text(runbook))


def _text(sentence: str) -> Text:
    return Text(translator("th")(sentence), sentence)
