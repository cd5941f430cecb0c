"""What a check is called in a message. Pure.

Many checks are named by what is right ("proven", "valid"): behind a word like CRIT such a name would say the opposite.
"""

from typing import Final

from wenyam.i18n.translate import Translator, mark
from wenyam.model.states import MANAGEMENT, Subject, SubjectKind

_COPY, _CHANNEL, _READ_BACK, _PEER, _READING = "copy-", "channel-", "verify-", "peer-", f"{MANAGEMENT}-"

_HEALTH: Final = {
    name: name
    for name in (
        mark("cpu"), mark("memory"), mark("filesystem"), mark("inodes"), mark("clock"), mark("clock-behind"), mark("services"),
        mark("temperature"), mark("fans"), mark("power-supplies"), mark("components"), mark("disks"), mark("raid"),
        mark("volumes"), mark("interfaces"), mark("certificate"), mark("certificate-valid"), mark("page-text"),
        mark("dns-answer"), mark("licences"), mark("tunnels"), mark("cluster"), mark("link-monitors"), mark("on-battery"),
        mark("runtime"), mark("charge"), mark("load"), mark("replace-battery"), mark("battery-temperature"), mark("humidity"),
    )
} | {MANAGEMENT: mark("management")}  # fmt: skip
"""The checks that come with a kind of device; those of a configuration keep the name they have there."""

_WORK: Final = {
    "last-success": mark("last backup"), "last-run": mark("last run"), "missed": mark("missed runs"),
    "size": mark("size of the backup"), "proven": mark("proof by a restore"), "restore-test": mark("restore test"),
    "verified": mark("reading back"), "verification": mark("damage found when read back"),
    "last-drill": mark("last drill"), "drilled": mark("version drilled"), "rehearsed": mark("rehearsal"),
    "rehearsal-age": mark("last rehearsal"), "under-way": mark("run under way"), "findings": mark("open findings"),
}  # fmt: skip
"""Checks of jobs, repositories and plans, behind the name of their subject."""

_WHOLE: Final = {
    "job:envelope/envelope": mark("sealed envelope"),
    "job:envelope/envelope-proven": mark("proof of the sealed envelope"),
    "monitor:configuration/valid": mark("new configuration"),
    "monitor:store/writable": mark("Wenyam's database"),
    "monitor:own-network/sight": mark("Wenyam's own network"),
    "monitor:observation/fresh": mark("watching in time"),
    "monitor:deadman/pinged": mark("dead-man call"),
    "monitor:status-page/written": mark("status page"),
    "monitor:replies/mailbox": mark("mailbox of answers"),
    "monitor:receive/storm": mark("flood of traps and alerts"),
    "monitor:receive/listening": mark("receiver of traps and alerts"),
    "monitor:alerts/self-tests": mark("self-tests of channels"),
    "monitor:settings-sent/copy": mark("settings at the other site"),
}
"""What needs no name in front."""

_PEER_WORDS: Final = {
    "answers": mark("answer"), "heartbeat": mark("heartbeat"), "sight": mark("own network"), "store": mark("database"),
    "alerts": mark("channels of alerts"), "clock": mark("clock"), "chain": mark("chain of facts"),
}  # fmt: skip


def spoken(subject: Subject, called: str, say: Translator) -> str:
    """Return what a subject is called in the translator's language; `called` is its label, or its name."""
    if subject.is_liveness or subject.check == "overall":
        return called
    if str(subject) in _WHOLE:
        return say(_WHOLE[str(subject)])
    if subject.kind is SubjectKind.JOB:
        return _work(subject, called, say)
    if subject.kind is SubjectKind.MONITOR:
        return _own(subject, called, say)
    if subject.kind is SubjectKind.CREDENTIAL:
        return say("{name} login").format(name=called)
    return f"{called} {spoken_check(subject.check, say)}"


def spoken_check(check: str, say: Translator) -> str:
    """Return what a check is called beside its device; one that has no word keeps its name."""
    if check.startswith(_READING):
        return say("management-{name}").format(name=check.removeprefix(_READING))
    return say(_HEALTH[check]) if check in _HEALTH else check


def _work(subject: Subject, called: str, say: Translator) -> str:
    if subject.check.startswith(_COPY):
        return say("{name}: copy at {place}").format(name=called, place=subject.check.removeprefix(_COPY))
    if subject.check not in _WORK:
        return f"{called} {subject.check}"
    return f"{called.removeprefix(_READ_BACK)}: {say(_WORK[subject.check])}"


def _own(subject: Subject, called: str, say: Translator) -> str:
    if subject.name.startswith(_CHANNEL):
        channel = called.removeprefix(_CHANNEL)
        words = say("self-test of channel {name}") if subject.check == "self-test" else say("channel {name}")
        return words.format(name=channel)
    if subject.name.startswith(_PEER) and subject.check in _PEER_WORDS:
        return f"{called}: {say(_PEER_WORDS[subject.check])}"
    return f"{called} {subject.check}"
