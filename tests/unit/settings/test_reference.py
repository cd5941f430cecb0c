"""The manual, the JSON Schema and the shipped defaults follow the models."""

import json
from pathlib import Path
from typing import Any

from wenyam import plugins
from wenyam.settings.kinds import KINDS, shipped
from wenyam.settings.reference import render
from wenyam.settings.schema import json_schema

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "configuration.md"


def test_the_page_is_what_the_models_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), (
        "run: python -m wenyam.settings.reference > docs/reference/configuration.md"
    )


def test_every_key_has_a_meaning() -> None:
    rows = [line for line in render().splitlines() if line.startswith("| `")]
    before_the_kinds = render().split("## Table of devices")[0]
    assert len(rows) > 150
    assert [row for row in rows if row in before_the_kinds and row.endswith("|  |")] == []


def test_every_option_of_every_source_and_repository_is_told_with_its_meaning() -> None:
    told = render().split("## Options of sources")[1].split("## Table of devices")[0]
    for group in (plugins.SOURCES, plugins.DESTINATIONS):
        for name in plugins.names(group):
            section = told.split(f"### {name}\n")[1].split("###")[0]
            rows = [line for line in section.splitlines() if line.startswith("| `")]
            keys = plugins.load(group, name).Config.model_json_schema()["properties"]
            assert [row.split("`")[1] for row in rows] == list(keys)
            assert [row for row in rows if row.endswith("|  |")] == []


def test_the_schema_is_json_and_knows_the_options_of_every_plug_in() -> None:
    schema = json.loads(json.dumps(json_schema()))
    read: dict[str, Any] = schema["$defs"]["DeviceBlock"]["properties"]["reads"]["additionalProperties"]["anyOf"][0]
    assert read["properties"]["collector"]["enum"] == list(plugins.names(plugins.COLLECTORS))
    http = next(rule["then"] for rule in read["allOf"] if rule["if"]["properties"]["collector"]["const"] == "http")
    assert "expect_text" in http["properties"]


def test_every_kind_has_defaults_and_every_default_check_a_first_step_in_both_languages() -> None:
    assert set(shipped()) == set(KINDS)
    for kind in KINDS:
        for name, check in shipped()[kind]["checks"].items():
            assert check["runbook"]["th"], (kind, name)
            assert check["runbook"]["en"], (kind, name)
