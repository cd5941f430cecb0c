"""The reference manual of the configuration, made from the models and the shipped defaults, so that it cannot be wrong.

`python -m wenyam.settings.reference > docs/reference/configuration.md` writes it anew.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from wenyam import plugins
from wenyam.model import durations
from wenyam.settings.backup_rules import DESTINATION_CREDENTIALS, SOURCE_CREDENTIALS
from wenyam.settings.blocks import CheckBlock, ReadBlock
from wenyam.settings.document import Document
from wenyam.settings.kinds import KINDS, shipped
from wenyam.settings.plans import CREDENTIAL_KINDS
from wenyam.settings.reference_options import options_of
from wenyam.settings.table import COLUMNS
from wenyam.settings.tree import Block

_OPENING = """# Configuration

<!-- Made by `python -m wenyam.settings.reference` from the models; change those, not this page. -->

A configuration is a folder with `wenyam.yaml` and any other `*.yaml` beside it, read together, and tables of devices
(`devices*.csv`). A key written twice is a problem, in whatever files. `wenyam init FOLDER` writes a starter, `wenyam config
check` names every problem with file and line, `wenyam config show` prints what is in force, `wenyam config schema` gives
editors a JSON Schema.

- **Durations** have a unit: `5s`, `2m`, `1h30m`, `30d`. A bare number is refused: nobody should take days for seconds.
- **Ratios** are `95%` or `0.95`. **Sizes** are `32MiB` or `10GB`.
- **Dates** are `2026-10-01` in the instance's time zone, **times** `2026-10-01T22:00+07:00`; years are A.D.
- **Names** are `a-z 0-9 . _ -`, at most 63 characters.
- **Texts** for people may be given in Thai and English, `{th: สวิตช์หลัก, en: Core switch}`; one text stands for both.
- **Secrets** are never written, only where they are kept: `file:secrets/x` (relative to the folder, mode 0600), `env:NAME`, or
  `credential:NAME` (systemd's LoadCredential).
- The folder and its files must not be writable by everybody; where `tools` or a `plugin` reading name programs to start, they
  must belong to root or to the user who runs Wenyam and be writable by nobody else.
"""


def render() -> str:
    """Return the whole page."""
    schema = Document.model_json_schema()
    definitions = schema["$defs"]
    for model in (ReadBlock, CheckBlock):
        definitions[model.__name__] = model.model_json_schema()
        definitions |= definitions[model.__name__].pop("$defs", {})
    parts = [_OPENING, "## Sections\n", _table(schema, definitions)]
    for name in [*_in_order(schema, definitions), "ReadBlock", "CheckBlock"]:
        parts += [f"## {_title(name)}\n", f"{definitions[name].get('description', '')}\n", _table(definitions[name], definitions)]
    parts += [
        "## Options of sources\n",
        "They stand in a job beside its own keys; `source` chooses which there are.\n",
        options_of(plugins.SOURCES),
        "## Options of repositories\n",
        "They stand in a repository beside its own keys; `kind` chooses which there are.\n",
        options_of(plugins.DESTINATIONS),
        "## Options of kinds of steps\n",
        "They stand under `with` in a step of a plan; [what each kind does](dr-steps.md).\n",
        options_of(plugins.STEPS),
        "## Table of devices\n",
        _columns(),
        "## Credentials by collector\n",
        _credentials("collector", CREDENTIAL_KINDS),
        "## Credentials of backups\n",
        "Their secrets are kept in files (`file:`): neither cron nor a person at night has anything else.\n",
        _credentials("source", SOURCE_CREDENTIALS),
        _credentials("kind of repository", DESTINATION_CREDENTIALS),
        "## Defaults per kind\n",
        _kinds(),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _in_order(schema: dict[str, Any], definitions: dict[str, Any]) -> list[str]:
    """Return the blocks in the order in which a reader meets them."""
    found: dict[str, None] = {}
    for name in re.findall(r"#/\$defs/(\w+)", str(schema.get("properties", {}))):
        found.setdefault(name)
        found.update(dict.fromkeys(_in_order(definitions[name], definitions)))
    return list(found)


def _title(name: str) -> str:
    return name.removesuffix("Block")


def _table(schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    required = set(schema.get("required", ()))
    rows = ["| key | written as | default | meaning |", "|---|---|---|---|"]
    for key, field in schema.get("properties", {}).items():
        default = "**needed**" if key in required else _default(field)
        block = definitions.get(str(field.get("$ref", "")).rpartition("/")[2], {})
        meaning = " ".join(str(field.get("description") or block.get("description", "")).split())
        rows.append(f"| `{key}` | {_cell(_form(field))} | {default} | {_cell(meaning)} |")
    return "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _default(field: dict[str, Any]) -> str:
    default = field.get("default")
    if default is None or isinstance(default, dict | list):
        return ""
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, float):
        example = str(field.get("examples", [""])[0])
        return f"`{default:.0%}`" if example.endswith("%") else f"`{durations.write(default).replace(' ', '')}`"
    return f"`{default // 2**20}MiB`" if str(field.get("examples", [""])[0]).endswith("iB") else f"`{default}`"


def _form(field: dict[str, Any]) -> str:
    """Say in a few words how a value is written."""
    if "$ref" in field:
        return _link(field["$ref"])
    if "examples" in field:
        return f"`{field['examples'][0]}`"
    if "enum" in field:
        return " ".join(f"`{choice}`" for choice in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    choices = field.get("anyOf") or field.get("oneOf")
    if choices:
        return " or ".join(_form(choice) for choice in choices if choice.get("type") != "null")
    return _form_of_type(field)


def _form_of_type(field: dict[str, Any]) -> str:
    kind = field.get("type")
    if kind == "array":
        return f"list of {_form(field['items'])}"
    if kind == "object":
        inner = next(iter(field.get("patternProperties", {}).values()), field.get("additionalProperties"))
        return f"by name: {_form(inner)}" if isinstance(inner, dict) else "by name: keys of the plug-in"
    if kind == "integer":
        return f"{field.get('minimum', '…')} to {field.get('maximum', '…')}"
    return {"boolean": "`true` `false`", "string": "text"}.get(str(kind), "see its meaning")


def _link(reference: str) -> str:
    name = _title(reference.rpartition("/")[2])
    return f"[{name}](#{name.lower()})"


def _columns() -> str:
    columns = " ".join(f"`{column}`" for column in COLUMNS)
    return (
        "The first line names the columns, separated by commas, UTF-8 with or without byte-order mark. Lists are separated by\n"
        f"spaces or `;`, credentials are `snmp=snmp-read;ssh=ssh-watch`. Columns: {columns}.\n"
    )


def _credentials(who: str, usable: Mapping[str, tuple[str, ...]]) -> str:
    rows = [f"| {who} | kinds of credential |", "|---|---|"]
    rows += [f"| `{name}` | {' '.join(f'`{kind}`' for kind in kinds)} |" for name, kinds in usable.items()]
    return "\n".join(rows) + "\n"


def _kinds() -> str:
    lines = [
        "A reading is done only where the device names the credential of its collector under `credentials`. A check of this list",
        "begins when the device first gives one of its samples. `kinds:` in the configuration changes them for all of a kind.\n",
    ]
    for kind in KINDS:
        written = shipped()[kind]
        ways = " ".join(f"`{way}`" for way in written["alive"]["any_of"])
        reads = " ".join(f"`{job}`" for job in written["reads"])
        lines.append(f"### {kind}\n\nEvery {written['interval']}: {reads}. Alive when any answers: {ways}.\n")
        lines += ["| check | judges | warn | crit |", "|---|---|---|---|", *_checks(written["checks"]), ""]
    return "\n".join(lines)


def _checks(checks: Block) -> Iterator[str]:
    for name, check in checks.items():
        subject = check.get("sample") or " ".join(check.get("samples", ())) or "marked interfaces"
        yield f"| `{name}` | {check['check']} {subject} | {check.get('warn', '')} | {check.get('crit', '')} |"


if __name__ == "__main__":
    sys.stdout.write(render())
