"""Defaults per kind of device: the shipped ones, with the configuration's own laid over them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, get_args

from wenyam.settings.blocks import AliveBlock
from wenyam.settings.blocks_inventory import DeviceKind, KindBlock
from wenyam.settings.problems import BrokenConfigurationError, Findings, Place
from wenyam.settings.tree import Block, overlay, read_yaml
from wenyam.settings.validation import validate

KINDS: tuple[str, ...] = get_args(DeviceKind)
SHIPPED = "(shipped) kinds.yaml"
NOTHING = Block(Place(SHIPPED))


@dataclass(frozen=True, slots=True)
class KindDefaults:
    """What a device of this kind has unless it says otherwise."""

    kind: str
    interval: float
    timeout: float
    alive: Block
    reads: Block
    checks: Block


@cache
def shipped() -> Mapping[str, Block]:
    """Return the shipped defaults by kind, as written, with the sets of checks put in."""
    findings = Findings()
    text = files("wenyam.settings").joinpath("kinds.yaml").read_text(encoding="utf-8")
    top = read_yaml(text, SHIPPED, findings)
    if top is None or findings.problems:
        raise BrokenConfigurationError(SHIPPED, findings.problems)
    return {kind: _with_sets(top["kinds"][kind], top["sets"]) for kind in KINDS}


def _with_sets(written: Block, sets: Block) -> Block:
    checks = Block(written.place)
    for name in written["sets"]:
        checks = overlay(checks, sets[name])
    kind = Block(written.place)
    for key, value in written.items():
        if key != "sets":
            kind.put(key, value, written.at(key))
    kind.put("checks", checks, written.place)
    return kind


def read_kinds(own: Block, findings: Findings, context: Mapping[str, Any]) -> dict[str, KindDefaults]:
    """Return the defaults of every kind; problems of the configuration's own are noted."""
    laid: dict[str, Block] = dict(shipped())
    for kind, block in own.items():
        if not findings.refers(own.at(kind), "kinds", "kind", kind, KINDS):
            continue
        written = validate(KindBlock, block, own.at(kind), path=f"kinds.{kind}", findings=findings, context=context)
        if written is not None:
            laid[kind] = overlay(laid[kind], block)
    return {kind: _defaults(kind, block, context) for kind, block in laid.items()}


def _defaults(kind: str, block: Block, context: Mapping[str, Any]) -> KindDefaults:
    parsed = KindBlock.model_validate(block, context=dict(context))
    interval, timeout = parsed.interval or 60.0, parsed.timeout or 20.0
    AliveBlock.model_validate(block["alive"])
    return KindDefaults(kind, interval, min(timeout, interval), block["alive"], block["reads"], block["checks"])
