"""Options of a kind of step inside the options of another: judged by the same rules as those of the plan."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from wenyam import plugins
from wenyam.settings.plugin_options import PluginOptions
from wenyam.settings.problems import Findings, Place
from wenyam.settings.tree import Block


def options_of(
    kind: str, options: Mapping[str, Any], context: Mapping[str, Any] | None, *, unchanging: bool = False
) -> BaseModel:
    """Return validated options; ValueError with every problem as one sentence. `unchanging`: only kinds that change nothing."""
    findings, place = Findings(), Place("")
    found = PluginOptions(findings, dict(context or {})).of_step(kind, _block(options), place, "")
    sentences = [problem.sentence.lstrip(".: ") for problem in sorted(findings.problems)]
    if found is None or sentences:
        raise ValueError("; ".join(sentences) or f"'{kind}' does not accept these options")
    if unchanging and plugins.load(plugins.STEPS, kind).changes:
        raise ValueError(f"'{kind}' changes something; only a question can be asked again and again")
    return found


def _block(options: Mapping[str, Any]) -> Block:
    block = Block(Place(""))
    for key, value in options.items():
        block.put(key, _block(value) if isinstance(value, Mapping) else value, block.place)
    return block
