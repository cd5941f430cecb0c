"""The options of plug-ins: judged by the plug-in's own strict model, and by what every plug-in must be asked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from wenyam import plugins
from wenyam.errors import PluginError
from wenyam.model.inventory import AliveProbe
from wenyam.model.names import SAMPLES
from wenyam.settings.blocks import CheckBlock, ReadBlock, Written
from wenyam.settings.blocks_alerts import ChannelBlock
from wenyam.settings.blocks_backup import BackupJobBlock, RepositoryBlock
from wenyam.settings.problems import Findings, Place
from wenyam.settings.tree import Block
from wenyam.settings.validation import validate_options
from wenyam.settings.values import without_unit

_URL_LOGIN = re.compile(r"://[^/@\s]*:[^/@\s]*@")
_SECRET_KEY = re.compile(
    r"^(password|passphrase|secret|token|community|authorization|proxy-authorization|cookie|x-api-key|api[_-]?key)$",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"(file|env|credential):")
_TIMED = frozenset({"age", "expiry"})


@dataclass(frozen=True, slots=True)
class _Plugin:
    """A group of plug-ins, the key that names one, and the attribute with its strict model."""

    group: str
    word: str
    model: str
    noun: str
    beside: type[BaseModel]
    """The keys that stand beside the options; a misspelled one of them ends up among the options."""


_COLLECTOR = _Plugin(plugins.COLLECTORS, "collector", "Config", "collector", ReadBlock)
_CHECK = _Plugin(plugins.CHECKS, "check", "Parameters", "check", CheckBlock)
_SOURCE = _Plugin(plugins.SOURCES, "source", "Config", "source", BackupJobBlock)
_DESTINATION = _Plugin(plugins.DESTINATIONS, "kind", "Config", "kind of repository", RepositoryBlock)
_NOTIFIER = _Plugin(plugins.NOTIFIERS, "kind", "Config", "kind of channel", ChannelBlock)
_STEP = _Plugin(plugins.STEPS, "do", "Config", "kind of step", Written)


class PluginOptions:
    """Judges options; each plug-in is loaded once."""

    def __init__(self, findings: Findings, context: Mapping[str, Any]) -> None:
        """Take where problems are noted, and what values are read by: the folder of relative paths, the time zone."""
        self._findings = findings
        self._context = context
        self._models: dict[tuple[str, str], type[BaseModel] | None] = {}

    def of_collector(self, name: str, options: Block, place: Place, path: str) -> BaseModel | None:
        """Return the collector's validated Config; None when there is a problem (noted)."""
        return self._config(_COLLECTOR, name, options, place, path)

    def of_source(self, name: str, options: Block, place: Place, path: str) -> BaseModel | None:
        """Return the validated Config of a source of backups; None when there is a problem (noted)."""
        return self._config(_SOURCE, name, options, place, path)

    def of_destination(self, name: str, options: Block, place: Place, path: str) -> BaseModel | None:
        """Return the validated Config of a kind of repository; None when there is a problem (noted)."""
        return self._config(_DESTINATION, name, options, place, path)

    def of_notifier(self, name: str, options: Block, place: Place, path: str) -> BaseModel | None:
        """Return the validated Config of a kind of channel; None when there is a problem (noted)."""
        return self._config(_NOTIFIER, name, options, place, path)

    def of_step(self, name: str, options: Block, place: Place, path: str) -> BaseModel | None:
        """Return the validated Config of a kind of DR step; None when there is a problem (noted)."""
        has_secrets = self._has_secrets(options, f"{path}.with")
        model = self._model(_STEP, name, place, path)
        return None if model is None or has_secrets else self._validated(_STEP, model, options, f"{path}.with")

    def _config(self, plugin: _Plugin, name: str, options: Block, place: Place, path: str) -> BaseModel | None:
        has_secrets = self._has_secrets(options, path)
        model = self._model(plugin, name, place, path)
        return None if model is None or has_secrets else self._validated(plugin, model, options, path)

    def _validated(self, plugin: _Plugin, model: type[BaseModel], options: Block, path: str) -> BaseModel | None:
        return validate_options(model, options, path, self._findings, beside=plugin.beside.model_fields, context=self._context)

    def of_check(self, name: str, options: Block, place: Place, path: str) -> BaseModel | None:
        """Return the check's validated Parameters; None when there is a problem (noted)."""
        model = self._model(_CHECK, name, place, path)
        if model is None or not self._limits_have_units(name, options, path):
            return None
        return self._validated(_CHECK, model, options, path)

    def why_not_alone(self, probe: AliveProbe, place: Place, path: str) -> str:
        """Say why this way to see life cannot be asked with its collector's own defaults; empty when it can."""
        if not self._findings.refers(place, path, "collector", probe.kind, plugins.names(plugins.COLLECTORS)):
            return ""
        model = self._model(_COLLECTOR, probe.kind, place, path)
        if model is None:
            return ""
        needed = {name for name, field in model.model_fields.items() if field.is_required()}
        if probe.port is None and "port" in needed:
            return f"needs a port, such as {probe.kind}:22"
        if probe.port is not None and "port" not in model.model_fields:
            return "takes no port"
        if needed - {"port"}:
            return f"needs a reading of collector '{probe.kind}' under 'reads'"
        return ""

    def _limits_have_units(self, check: str, options: Block, path: str) -> bool:
        """Require times and ratios to be written with their unit, so that nobody takes days for seconds or 80 for 80 %."""
        sample = options.get("sample")
        definition = SAMPLES.get(sample) if isinstance(sample, str) and check == "threshold" else None
        timed = check in _TIMED or (definition is not None and definition.unit == "seconds")
        share = definition is not None and definition.unit == "ratio" and definition.maximum == 1
        good = True
        for key in ("warn", "crit"):
            value = options.get(key)
            if isinstance(value, bool) or not isinstance(value, int | float):
                continue
            if (timed and value > 0) or (share and value > 1):
                reason = without_unit(value) if timed else f"ratio out of range 0% to 100%: {value:g}; write {value:g}%"
                self._findings.problem(options.at(key), f"{path}.{key}: {reason}")
                good = False
        return good

    def _model(self, plugin: _Plugin, name: str, place: Place, path: str) -> type[BaseModel] | None:
        """Return a plug-in's own model; one that is not there or does not load is noted where it is named."""
        if not self._findings.refers(place, f"{path}.{plugin.word}", plugin.noun, name, plugins.names(plugin.group)):
            return None
        if (plugin.group, name) not in self._models:
            self._models[plugin.group, name] = self._load(plugin, name, place, path)
        return self._models[plugin.group, name]

    def _load(self, plugin: _Plugin, name: str, place: Place, path: str) -> type[BaseModel] | None:
        try:
            model = getattr(plugins.load(plugin.group, name), plugin.model, None)
        except PluginError as error:
            self._findings.problem(place, f"{path}.{plugin.word}: plug-in {error.what}")
        except Exception as error:  # noqa: BLE001  # a plug-in of another package may raise anything when it is imported
            self._findings.problem(place, f"{path}.{plugin.word}: plug-in '{name}' cannot be loaded: {type(error).__name__}")
        else:
            if isinstance(model, type) and issubclass(model, BaseModel):
                return model
            self._findings.problem(place, f"{path}.{plugin.word}: plug-in '{name}' has no strict model '{plugin.model}'")
        return None

    def _has_secrets(self, options: Block, path: str) -> bool:
        """Tell whether an option holds a secret in the clear (noted, not repeated)."""
        found = False
        for key, value in options.items():
            where, place = f"{path}.{key}", options.at(key)
            if isinstance(value, Block):
                found |= self._has_secrets(value, where)
            elif isinstance(value, str) and _URL_LOGIN.search(value):
                self._findings.problem(place, f"{where}: a secret in the clear: a login in a URL; use a credential")
                found = True
            elif _SECRET_KEY.match(key) and isinstance(value, str) and not _REFERENCE.match(value):
                self._findings.problem(place, f"{where}: a secret in the clear; use a credential")
                found = True
        return found


def split(block: Block, model: type[BaseModel]) -> tuple[Block, Block]:
    """Part a block into the keys that every one of its sort has and the plug-in's own."""
    base, options = Block(block.place), Block(block.place)
    for key, value in block.items():
        (base if key in model.model_fields else options).put(key, value, block.at(key))
    return base, options
