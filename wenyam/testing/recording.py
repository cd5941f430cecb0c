"""Recordings of an installed package (snmpsim-data): they stay there; nothing of them is copied into this repository."""

import hashlib
import importlib.util
from pathlib import Path

from wenyam.links.snmp.recordings import Tree, binding, content, load, replacement

__all__ = ["Tree", "binding", "content", "fingerprint", "load", "package_path", "replacement"]


def package_path(path: str, package: str = "snmpsim_data") -> Path:
    """Return where a recording of an installed package lies; FileNotFoundError when it is not installed."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError(f"the package {package} is not installed")
    whole = Path(found.submodule_search_locations[0]) / "data" / path
    if not whole.exists():
        raise FileNotFoundError(f"{package} has no recording {path}")
    return whole


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a recording's file, as profiles and cases state it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
