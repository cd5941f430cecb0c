"""The status page out of what was written."""

from wenyam.model.status_page import TITLE, StatusPagePlan
from wenyam.settings.blocks_status_page import StatusPageBlock
from wenyam.settings.known import Known
from wenyam.settings.values import both

_SECTION = "status_page"
_LEAST_SECONDS = 2.0


def build_status_page(known: Known) -> StatusPagePlan | None:
    """Return the plan; None where no page is wanted. Problems are noted."""
    block = known.section(_SECTION)
    if _SECTION not in known.sections:
        return None
    written = known.valid(StatusPageBlock, block, block.place, _SECTION)
    if written is None:
        return None
    for name in written.services:
        known.refers(block, "services", _SECTION, "services", name)
    for key, values in (("services", written.services), ("languages", written.languages)):
        if len(set(values)) < len(values):
            known.findings.problem(block.at(key), f"{_SECTION}.{key}: the same is named twice")
    if written.every < _LEAST_SECONDS:
        known.findings.problem(block.at("every"), f"{_SECTION}.every: at least 2s")
    return StatusPagePlan(
        written.directory,
        both(written.title) or TITLE,
        tuple(written.languages),
        tuple(written.services),
        written.device_names,
        written.days,
        written.every,
        written.coming,
        both(written.contact),
        written.chain_head,
    )
