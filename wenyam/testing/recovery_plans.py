"""Configurations with a plan for the DR site, and the real command that runs them."""

import json
import os
import pwd
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from wenyam.testing.signing import make_key, public_line

PLAN = "erp"
_SECONDS = 60


def me() -> str:
    """Return the account of this process, who runs the plans of a test."""
    return pwd.getpwuid(os.getuid()).pw_name


def write_configuration(
    folder: Path, steps: Iterable[Mapping[str, Any]], *, keys: Path | None = None, plan: Mapping[str, Any] | None = None,
    more: Mapping[str, Any] | None = None, mail: bool = False,
) -> Path:  # fmt: skip
    """Write a configuration with one plan of these steps; somchai runs it, malee, wichai and anong are the committee.

    JSON is YAML too. It promises no recovery time and no limit of data loss unless `plan` does. `keys` is the directory of
    `committee_keys`; `plan` and `more` replace keys of the plan and the whole; with `mail` everybody has an address.
    """
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    document = _document(folder, list(steps), keys, dict(plan or {})) | dict(more or {})
    for name, person in document["people"].items() if mail else ():
        person["mail"] = f"{name}@example.org"
    path = folder / "wenyam.yaml"
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    path.chmod(0o644)
    return folder


def _document(folder: Path, steps: list[Mapping[str, Any]], keys: Path | None, plan: dict[str, Any]) -> dict[str, Any]:
    committee = ["malee", "wichai", "anong"]
    people: dict[str, dict[str, Any]] = {
        "somchai": {"name": "สมชาย", "os_user": me(), "roles": ["operator"]},
        **{name: {"name": name, "roles": ["dr_committee"]} for name in committee},
        "nid": {"name": "นิด", "roles": ["user_representative"]},
        "prasit": {"name": "ประสิทธิ์", "roles": ["user_representative"]},
    }
    for name, person in people.items():
        if keys is not None and (keys / f"{name}.pub").exists():
            person["keys"] = [{"public": public_line(keys / name)}]
    return {
        "instance": {
            "name": "wenyam-dr", "site": "dr", "state_directory": str(folder / "state"), "run_directory": str(folder / "run"),
            "language": "en", "exporter": {"enabled": False},
        },
        "sites": {"main": {"label": "Main"}, "dr": {"label": "DR"}},
        "people": people,
        "defaults": {"owner": "somchai", "duty_officer": "somchai"},
        "devices": {"erp-db": {"kind": "other", "address": "127.0.0.9", "site": "main"}},
        "services": {"erp": {"label": "ERP", "members": {"all": ["erp-db"]}}},
        "dr": {"plans": {PLAN: {
            "title": "ERP moves to the DR site", "main_site": "main", "dr_site": "dr", "services": ["erp"],
            "committee": {"members": committee, "quorum": 2},
            "objectives": {"recovery_time": "none", "recovery_point": "none"},
            "rights": {"drill": ["role:operator"], "real": ["role:operator"]}, "steps": steps, **plan,
        }}},
    }  # fmt: skip


def committee_keys(folder: Path) -> Path:
    """Make key pairs for somchai, the committee and nid; prasit has none."""
    folder.mkdir(exist_ok=True)
    for name in ("somchai", "malee", "wichai", "anong", "nid"):
        make_key(folder / name)
    return folder


def command(folder: Path, *words: str) -> list[str]:
    """Return the words that start the real program."""
    return [sys.executable, "-m", "wenyam", "--config", str(folder), "dr", *words]


def dr(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Give a command as a person would."""
    return subprocess.run(
        command(folder, *words), capture_output=True, text=True, check=False, timeout=_SECONDS, stdin=subprocess.DEVNULL
    )


def start(folder: Path, *words: str) -> "subprocess.Popen[str]":
    """Start a command that goes on; whoever starts it ends it."""
    return subprocess.Popen(
        command(folder, *words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL
    )
