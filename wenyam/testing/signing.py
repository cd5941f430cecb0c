"""Key pairs of people, and signatures by the real ssh-keygen."""

import subprocess
from pathlib import Path

from wenyam.model.instants import Instant
from wenyam.model.inventory import Person, SigningKey, Text

SSH_KEYGEN = "/usr/bin/ssh-keygen"
_SECONDS = 60


def make_key(path: Path, kind: str = "ed25519", passphrase: str = "") -> Path:
    """Make a key pair and return the private file."""
    words = [SSH_KEYGEN, "-q", "-t", kind, "-N", passphrase, "-C", path.name, "-f", str(path)]
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS)
    return path


def public_line(key: Path) -> str:
    """Return the line of the public file."""
    return Path(f"{key}.pub").read_text(encoding="ascii").strip()


def sign(key: Path, content: bytes, namespace: str = "wenyam") -> bytes:
    """Sign as a person would."""
    words = [SSH_KEYGEN, "-Y", "sign", "-q", "-f", str(key), "-n", namespace]
    return subprocess.run(words, check=True, input=content, capture_output=True, timeout=_SECONDS).stdout


def person(
    name: str, *keys: Path, roles: tuple[str, ...] = (), valid_from: Instant | None = None, valid_until: Instant | None = None
) -> Person:
    """Make a person of the inventory with these keys."""
    signing = tuple(SigningKey(public_line(key), valid_from, valid_until) for key in keys)
    return Person(name, Text(name, name), keys=signing, roles=roles)
