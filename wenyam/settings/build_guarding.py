"""Dead-man switch, peers and the mailbox of answers out of what was written."""

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from wenyam.model.guarding import DeadManPlan, GuardPlan, PeerPlan, ReplyPlan
from wenyam.settings.blocks_guarding import DeadManBlock, PeerBlock, ReplyBlock
from wenyam.settings.known import Known
from wenyam.settings.tree import Block

_LOGIN = "http-basic"


def build_guarding(known: Known) -> GuardPlan:
    """Return everything that guards the guard; problems of the rest are noted."""
    return GuardPlan(_deadman(known), _peers(known), _replies(known))


def _deadman(known: Known) -> DeadManPlan | None:
    block = known.section("deadman")
    if "deadman" not in known.sections:
        return None
    written = known.valid(DeadManBlock, block, block.place, "deadman")
    if written is None:
        return None
    if written.timeout >= written.every:
        known.findings.problem(block.at("timeout"), "deadman.timeout: one ping may take as long as the time between two")
    authority = _authority(known, written.authority)
    return DeadManPlan(written.url, written.every, written.timeout, written.alerts_late, authority)


def _peers(known: Known) -> Mapping[str, PeerPlan]:
    found = {}
    for name, (written, block) in known.validated("peers", PeerBlock).items():
        path = f"peers.{name}"
        _judge_login(known, written, block, path)
        if written.timeout >= written.every:
            known.findings.problem(block.at("timeout"), f"{path}.timeout: one answer may take as long as the time between looks")
        found[name] = PeerPlan(
            name, written.url, written.credential, _authority(known, written.authority), written.every, written.timeout,
            written.heartbeat_late, written.alerts_late, written.clock_skew,
        )  # fmt: skip
    return found


def _judge_login(known: Known, written: PeerBlock, block: Block, path: str) -> None:
    if written.credential is None:
        return
    known.used_credentials.add(written.credential)
    known.refers(block, "credential", path, "credentials", written.credential)
    credential = known.credentials.get(written.credential)
    if credential is not None and credential.kind != _LOGIN:
        sentence = f"'{written.credential}' is of kind {credential.kind}; an exporter needs {_LOGIN}"
        known.findings.problem(block.at("credential"), f"{path}.credential: {sentence}")
    if written.url.startswith("http://") and not _is_here(written.url):
        sentence = "the password goes over the network in the clear; use https and the exporter's web_config"
        known.findings.warning(block.at("url"), f"{path}.url: {sentence}")


def _is_here(url: str) -> bool:
    try:
        return ip_address(urlsplit(url).hostname or "").is_loopback
    except ValueError:
        return False


def _replies(known: Known) -> ReplyPlan | None:
    block = known.section("replies")
    if "replies" not in known.sections:
        return None
    written = known.valid(ReplyBlock, block, block.place, "replies")
    if written is None:
        return None
    _judge_authentication(known, written, block)
    _warn_of_shared_addresses(known)
    return ReplyPlan(
        host=written.host,
        username=written.username,
        password=written.password,
        port=written.port,
        security=written.security,
        folder=written.folder,
        taken=written.taken,
        every=written.every,
        timeout=written.timeout,
        authority=_authority(known, written.authority),
        authserv_id=written.authserv_id,
        require_authentication=written.require_authentication,
        wrong_codes=written.wrong_codes,
    )


def _judge_authentication(known: Known, written: ReplyBlock, block: Block) -> None:
    if written.require_authentication and not written.authserv_id and "authserv_id" not in block.dropped:
        sentence = (
            "replies: 'authserv_id' is missing; name the server whose Authentication-Results count, "
            "or say 'require_authentication: false' and let everybody forge a sender"
        )
        known.findings.problem(block.place, sentence)
    if not written.require_authentication:
        sentence = "replies.require_authentication: a forged sender who knows a code can acknowledge"
        known.findings.warning(block.at("require_authentication"), sentence)


def _warn_of_shared_addresses(known: Known) -> None:
    """Warn of an address of two people: an answer from it proves neither."""
    seen: dict[str, str] = {}
    people = known.section("people")
    for name, block in people.items():
        mail = block.get("mail") if isinstance(block, Block) else None
        if isinstance(mail, str) and seen.setdefault(mail.casefold(), name) != name:
            sentence = f"people.{name}.mail: is also the address of {seen[mail.casefold()]}; answers by mail from it are refused"
            known.findings.warning(block.at("mail"), sentence)


def _authority(known: Known, written: str | None) -> str | None:
    return None if written is None else str(Path(known.context["folder"]) / written)
