"""The JSON Schema of the configuration, for editors: our own keys, and the options of every plug-in."""

from typing import Any

from wenyam import plugins
from wenyam.errors import PluginError
from wenyam.settings.document import Document


def json_schema() -> dict[str, Any]:
    """Return the schema (JSON Schema 2020-12) of wenyam.yaml; readings and checks take the options of their plug-in."""
    schema = Document.model_json_schema()
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    schema["title"] = "Wenyam configuration"
    schema["required"] = []  # a file beside wenyam.yaml may hold any one section
    definitions = schema["$defs"]
    read = _choices(plugins.COLLECTORS, "collector", "Config", definitions)
    check = _choices(plugins.CHECKS, "check", "Parameters", definitions)
    for block, key, choice in (
        ("DeviceBlock", "reads", read),
        ("DeviceBlock", "checks", check),
        ("ServiceBlock", "probes", read),
        ("ServiceBlock", "checks", check),
        ("KindBlock", "reads", read),
        ("KindBlock", "checks", check),
    ):
        definitions[block]["properties"][key]["additionalProperties"] = {"anyOf": [choice, {"const": False}]}
    _let_options_in(definitions, "RepositoryBlock", plugins.DESTINATIONS, "kind")
    _let_options_in(definitions, "BackupJobBlock", plugins.SOURCES, "source")
    return schema


def _let_options_in(definitions: dict[str, Any], block: str, group: str, word: str) -> None:
    """Let a block whose own keys are known take those of the plug-in it names too, and nothing else."""
    choice, definition = _choices(group, word, "Config", definitions), definitions[block]
    del definition["additionalProperties"]
    definition["properties"][word] |= choice["properties"][word]
    definition |= {"allOf": choice["allOf"], "unevaluatedProperties": False}


def _choices(group: str, word: str, model: str, definitions: dict[str, Any]) -> dict[str, Any]:
    """Describe an entry whose further keys depend on the plug-in it names."""
    names = plugins.names(group)
    choice: dict[str, Any] = {"type": "object", "properties": {word: {"enum": list(names)}}, "allOf": []}
    for name in names:
        try:
            options = getattr(plugins.load(group, name), model).model_json_schema(ref_template=f"#/$defs/{word}-{name}-{{model}}")
        except PluginError:
            continue  # 'config check' says what is wrong with it
        for inner, definition in options.pop("$defs", {}).items():
            definitions[f"{word}-{name}-{inner}"] = definition
        named = {"properties": {word: {"const": name}}, "required": [word]}
        choice["allOf"].append({"if": named, "then": {"properties": options.get("properties", {})}})
    return choice
