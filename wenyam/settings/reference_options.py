"""The options of sources and of kinds of repository for the reference manual, out of their own strict models."""

import ast
import inspect
import itertools
import json
import textwrap
from collections.abc import Iterator
from typing import Any, Final

from pydantic import BaseModel

from wenyam import plugins

_HEAD: Final = "| key | written as | default | meaning |\n|---|---|---|---|\n"
_OURS: Final = "wenyam."


def options_of(group: str) -> str:
    """Return a table for each of our own plug-ins of a group; those of other packages have manuals of their own."""
    parts = []
    for name in plugins.names(group):
        kind = plugins.load(group, name)
        if kind.__module__.startswith(_OURS):
            about = " ".join((inspect.getdoc(kind.Config) or "").split())
            parts.append(f"### {name}\n\n{about}\n\n{_HEAD}{''.join(_rows(kind.Config))}")
    return "\n".join(parts)


def _rows(model: type[BaseModel]) -> Iterator[str]:
    schema, said = model.model_json_schema(), _meanings(model)
    names = {field.alias or name: name for name, field in model.model_fields.items()}
    for key, field in schema.get("properties", {}).items():
        default = "**needed**" if key in schema.get("required", ()) else _default(field.get("default"))
        cells = (f"`{key}`", _form(field), default, said.get(names[key], ""))
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _meanings(model: type[BaseModel]) -> dict[str, str]:
    """Return the sentence that stands below each field, in the model or in what it is made from."""
    found: dict[str, str] = {}
    for kind in reversed(model.__mro__):
        if kind.__module__.startswith(_OURS):
            body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
            found |= dict(_below_fields(body))
    return found


def _below_fields(body: ast.stmt) -> Iterator[tuple[str, str]]:
    statements = body.body if isinstance(body, ast.ClassDef) else []
    for field, below in itertools.pairwise(statements):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
            value = below.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield field.target.id, " ".join(value.value.split())


def _default(value: Any) -> str:
    if value is None or value in ([], {}):
        return ""
    return f"`{value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}`" if value != "" else ""


def _form(field: dict[str, Any]) -> str:
    """Say in a few words how a value is written."""
    if "enum" in field:
        return " ".join(f"`{choice}`" for choice in field["enum"])
    if "anyOf" in field:
        return " or ".join(_form(choice) for choice in field["anyOf"] if choice.get("type") != "null")
    kind = field.get("type")
    if kind == "array":
        return f"list of {_form(field.get('items') or field.get('prefixItems', [{}])[0])}"
    if kind == "integer" and "minimum" in field:
        return f"{field['minimum']} to {field['maximum']}" if "maximum" in field else f"{field['minimum']} or more"
    return {"boolean": "`true` `false`", "string": "text", "integer": "number", "number": "number"}.get(
        str(kind), "see its meaning"
    )
