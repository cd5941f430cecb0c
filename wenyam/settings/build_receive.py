"""What others may tell us, out of what was written."""

from ipaddress import ip_address
from pathlib import Path

from wenyam.model.receiving import ReceivePlan, Share, TrapPlan, WebhookPlan
from wenyam.settings.blocks_instance import host_and_port
from wenyam.settings.blocks_receive import ReceiveBlock, ShareBlock, TrapsBlock, WebhookBlock
from wenyam.settings.known import Known
from wenyam.settings.tree import Block

_PATH = "receive"
_KINDS = ("snmp-community", "snmp-v3")


def build_receive(known: Known) -> ReceivePlan:
    """Return what is heard and where; problems are noted."""
    section = known.section(_PATH)
    written = known.valid(ReceiveBlock, section, section.place, _PATH)
    if written is None:
        return ReceivePlan()
    traps = None if written.traps is None else _traps(known, written.traps, section["traps"])
    webhook = None if written.webhook is None else _webhook(known, written.webhook, section["webhook"])
    return ReceivePlan(traps, webhook, written.state_limit, written.keep_ok)


def _traps(known: Known, written: TrapsBlock, block: Block) -> TrapPlan:
    path = f"{_PATH}.traps"
    names: dict[str, str] = {}
    for name in written.credentials:
        known.used_credentials.add(name)
        known.refers(block, "credentials", path, "credentials", name)
        credential = known.credentials.get(name)
        if credential is None:
            continue
        if credential.kind not in _KINDS:
            sentence = f"'{name}' is of kind {credential.kind}; traps need {' or '.join(_KINDS)}"
            known.findings.problem(block.at("credentials"), f"{path}.credentials: {sentence}")
            continue
        user = credential.settings.get("username", "")
        if user and names.setdefault(user, name) != name:
            sentence = f"'{name}' and '{names[user]}' are both the user {user}; a trap tells only the user"
            known.findings.problem(block.at("credentials"), f"{path}.credentials: {sentence}")
    host, port = host_and_port(written.listen)
    _judge_host(known, host, block, path)
    return TrapPlan(tuple(written.credentials), host, port, _share(written.share), float(written.decode_per_second))


def _webhook(known: Known, written: WebhookBlock, block: Block) -> WebhookPlan:
    path = f"{_PATH}.webhook"
    host, port = host_and_port(written.listen)
    loopback = _judge_host(known, host, block, path)
    if not loopback and written.web_config is None:
        sentence = "the token goes over the network in the clear; name a web_config with TLS"
        known.findings.warning(block.at("listen"), f"{path}.listen: {sentence}")
    web_config = None if written.web_config is None else str(Path(known.context["folder"]) / written.web_config)
    return WebhookPlan(
        token=written.token,
        host=host,
        port=port,
        web_config=web_config,
        device_labels=tuple(written.device_labels),
        severity_label=written.severity_label,
        critical=tuple(word.lower() for word in written.critical),
        ignored=tuple(word.lower() for word in written.ignored),
        stale_after=written.stale_after,
        share=_share(written.share),
        largest=written.largest,
    )


def _share(written: ShareBlock) -> Share:
    return Share(written.per_second, written.burst)


def _judge_host(known: Known, host: str, block: Block, path: str) -> bool:
    """Tell whether an address to listen on is a loopback address; a name is a problem."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        known.findings.problem(block.at("listen"), f"{path}.listen: '{host}' must be an IP address")
        return True
