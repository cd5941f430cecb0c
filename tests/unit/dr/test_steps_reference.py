"""The page of the kinds of steps names every option there is, and no kind is missing."""

from pathlib import Path

import pytest

from wenyam import plugins
from wenyam.dr.options import DatabaseOptions, HostOptions

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "dr-steps.md"
KINDS = (
    "assert_state", "confirm_site_down", "fence", "http", "promote_mariadb", "promote_postgresql", "restore_backup", "sql", "ssh",
    "start_service", "switch_address", "switch_dns", "test_service",
)  # fmt: skip
SHARED = set(HostOptions.model_fields) | set(DatabaseOptions.model_fields)


@pytest.mark.parametrize("kind", KINDS)
def test_a_section_names_every_option_with_its_proof_rehearsal_and_undo(kind: str) -> None:
    section = PAGE.read_text(encoding="utf-8").split(f"\n## {kind}\n")[1].split("\n## ")[0]
    options = set(plugins.load(plugins.STEPS, kind).Config.model_fields) - SHARED
    missing = sorted(name for name in options if f"`{name}`" not in section)
    assert missing == []
    assert all(f"*{row}*" in section for row in ("proven", "rehearsal", "undo"))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_keeps_the_contract_and_says_what_it_does(kind: str) -> None:
    step = plugins.load(plugins.STEPS, kind)
    assert {type(getattr(step, name)) for name in ("changes", "repeatable", "waits")} == {bool}
    assert all(callable(getattr(step, name)) for name in ("describe", "unknown", "rehearse", "run", "was_done", "undo"))
    assert step.Config.model_config["extra"] == "forbid"
    assert step.Config.model_config["frozen"] is True
