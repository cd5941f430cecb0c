"""Manifests as bytes: canonical JSON, the same bytes for the same manifest, so that their SHA-256 is evidence. Pure."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from wenyam.errors import RestoreError
from wenyam.model.backup import Manifest
from wenyam.model.instants import Instant

VERSION: Final = 1
_KEYS: Final = {"version", "source", "taken", "newest_data", "position", "tools", "parts"}
_ESCAPED: Final = re.compile("[\\ud800-\\udfff]")
"""What Python makes of bytes in names that are no UTF-8; as it is, it could not be written as UTF-8."""


def to_bytes(manifest: Manifest) -> bytes:
    """Write a manifest; bytes of names that are no UTF-8 become JSON escapes (U+DC80 to U+DCFF) and come back exactly."""
    body: dict[str, Any] = {
        "version": VERSION,
        "source": manifest.source,
        "taken": manifest.taken,
        "newest_data": manifest.newest_data,
        "position": manifest.position,
        "tools": dict(manifest.tools),
        "parts": {section: dict(items) for section, items in manifest.parts.items()},
    }
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text).encode()


def from_bytes(data: bytes) -> Manifest:
    """Read a manifest back; RestoreError for anything that `to_bytes` of this version would not have written."""
    try:
        manifest = _read(json.loads(data))
    except (ValueError, RecursionError) as error:  # no UTF-8 and no JSON are ValueErrors too
        raise RestoreError(f"the manifest of backup time cannot be read: {error}") from error
    if to_bytes(manifest) != data:
        raise RestoreError("the manifest of backup time is not as this program writes one: somebody or something changed it")
    return manifest


def digest(manifest: Manifest) -> str:
    """Return the SHA-256 (hex) under which a manifest is on record."""
    return hashlib.sha256(to_bytes(manifest)).hexdigest()


def _read(body: object) -> Manifest:
    if not isinstance(body, dict) or body.keys() != _KEYS:
        raise ValueError("it is no manifest")
    if body["version"] != VERSION:
        raise ValueError(f"it has version {body['version']!r}, this program knows {VERSION}")
    newest = body["newest_data"]
    parts = body["parts"]
    if not isinstance(parts, dict):
        raise ValueError("'parts' has no sections")  # noqa: TRY004  # one kind of error for whatever a file holds
    return Manifest(
        source=_text(body["source"], "source"),
        taken=_instant(body["taken"], "taken"),
        parts={section: _texts(items, section) for section, items in parts.items()},
        tools=_texts(body["tools"], "tools"),
        position=_text(body["position"], "position"),
        newest_data=None if newest is None else _instant(newest, "newest_data"),
    )


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"'{name}' is no text")  # noqa: TRY004  # one kind of error for whatever a file holds
    return value


def _instant(value: object, name: str) -> Instant:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"'{name}' is no instant")  # noqa: TRY004  # as above
    return Instant(value)


def _texts(value: object, name: str) -> Mapping[str, str]:
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise ValueError(f"'{name}' holds something that is no text")
    return value
