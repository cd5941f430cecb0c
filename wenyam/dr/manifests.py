"""The manifest of a copy of settings: every file with its SHA-256, whose it is and of when, and a seal over all of that. Pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wenyam.errors import WenyamError
from wenyam.model.instants import Instant

VERSION = 1


class DamagedCopyError(WenyamError):
    """The copy of the settings is damaged."""

    hint = "Push it again from there: wenyam dr push."


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a copy must be."""

    instance: str
    configuration: str
    """Digest of the configuration."""
    content: str
    """Digest of everything that was taken from the folder."""
    at: Instant
    """When it was last confirmed to be the present one."""
    files: Mapping[str, str]
    """SHA-256 (hex) by path."""


def write(manifest: Manifest) -> bytes:
    """Write a manifest as JSON."""
    shape = {
        "version": VERSION, "instance": manifest.instance, "configuration": manifest.configuration, "content": manifest.content,
        "at": manifest.at, "files": dict(sorted(manifest.files.items())),
    }  # fmt: skip
    return (json.dumps({**shape, "seal": _seal(shape)}, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def read(content: bytes) -> Manifest:
    """Read a manifest; DamagedCopyError when it is cut, changed or of a version that is not known."""
    try:
        shape = json.loads(content)
        seal = shape.pop("seal")
        good = shape["version"] == VERSION and seal == _seal(shape)
        found = Manifest(
            str(shape["instance"]), str(shape["configuration"]), str(shape["content"]), Instant(int(shape["at"])),
            {str(name): str(digest) for name, digest in shape["files"].items()},
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedCopyError("its manifest cannot be read") from error
    if not good:
        raise DamagedCopyError("its manifest was changed, or is of another version")
    return found


def sha256(content: bytes) -> str:
    """Return the SHA-256 (hex) of a file."""
    return hashlib.sha256(content).hexdigest()


def _seal(shape: Mapping[str, Any]) -> str:
    return sha256(json.dumps(shape, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogateescape"))
