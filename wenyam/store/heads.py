"""The head of the chain outside the machine: an anchor file against which a cut tail or a rewritten history shows."""

import json
import re
from pathlib import Path

from wenyam.errors import FileError
from wenyam.model.facts import ChainHead, Fact
from wenyam.model.instants import Instant, to_iso
from wenyam.store.files import PRIVATE_FILE, write
from wenyam.store.interface import Writer

EXPORTED = "head-exported"
_LARGEST_FILE = 65_536
_DIGITS = 64
_NOT_PLAIN = re.compile(r"[^\w.-]|^\.")
_HINT = "Give a file that 'wenyam audit head --output' wrote."


def as_json(head: ChainHead) -> dict[str, str | int]:
    """Return a head as the object of an anchor file."""
    return {
        "version": 1, "instance": head.instance, "sequence": head.sequence, "digest": head.digest, "at": head.at,
        "time": to_iso(head.at),
    }  # fmt: skip


def write_anchor(head: ChainHead, path: Path) -> None:
    """Write an anchor file."""
    write(path, (json.dumps(as_json(head), ensure_ascii=False, indent=1) + "\n").encode(), mode=PRIVATE_FILE)


def read_anchor(path: Path) -> ChainHead:
    """Read an anchor file; FileError when it cannot be read or is none."""
    try:
        with path.open("rb") as file:
            raw = json.loads(file.read(_LARGEST_FILE))
        head = ChainHead(str(raw["instance"]), int(raw["sequence"]), str(raw["digest"]).lower(), Instant(int(raw["at"])))
        sound = raw["version"] == 1 and len(bytes.fromhex(head.digest)) * 2 == _DIGITS
    except OSError as error:
        raise FileError(f"{path}: {error.strerror}", hint=_HINT) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FileError(f"{path} is not an anchor file", hint=_HINT) from error
    if not sound:
        raise FileError(f"{path} is an anchor file of another version, or damaged", hint=_HINT)
    return head


def export_head(writer: Writer, target: Path, at: Instant) -> ChainHead:
    """Write the present head to a file, or into a directory under its own name, and record that as a fact."""
    head = writer.head()
    path = target / f"{_NOT_PLAIN.sub('_', head.instance)}-{head.sequence:012d}.head.json" if target.is_dir() else target
    write_anchor(head, path)
    writer.append(Fact(EXPORTED, at, "wenyam", {"sequence": head.sequence, "digest": head.digest, "target": str(path)}))
    return head
