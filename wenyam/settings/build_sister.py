"""Where the settings are pushed to, and whose are received here, out of what was written."""

from wenyam.model.pushing import ReceivedPlan, SisterPlan
from wenyam.settings.blocks_dr import ReceivedBlock, SisterBlock
from wenyam.settings.known import Known
from wenyam.settings.tree import Block

_KINDS = ("ssh-key", "ssh-password")
_PATH = "dr.sister"


def build_sister(known: Known, section: Block, written: SisterBlock | None) -> SisterPlan | None:
    """Return where the settings are pushed to; None when nowhere, or when something is wrong with it (noted)."""
    block = section.get("sister")
    if written is None or not isinstance(block, Block):
        return None
    known.used_credentials.add(written.credential)
    good = known.refers(block, "host", _PATH, "devices", written.host)
    good &= known.refers(block, "credential", _PATH, "credentials", written.credential)
    credential = known.credentials.get(written.credential)
    if credential is not None and credential.kind not in _KINDS:
        sentence = (
            f"{_PATH}.credential: '{written.credential}' is of kind {credential.kind}; one of {', '.join(_KINDS)} is needed"
        )
        known.findings.problem(block.at("credential"), sentence)
        good = False
    if not good:
        return None
    return SisterPlan(
        written.host, written.port, written.credential, written.folder.rstrip("/"), written.maximum_age, written.legacy_crypto
    )


def build_received(written: ReceivedBlock | None) -> ReceivedPlan | None:
    """Return whose settings are received here."""
    if written is None:
        return None
    return ReceivedPlan(written.folder.rstrip("/"), tuple(dict.fromkeys(written.instances)), written.maximum_age)
