"""Sealing for named people with `age` (ADR 0007): one of their SSH private keys and Debian's program open it, nothing else."""

import base64
import hashlib
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from wenyam.errors import WenyamError
from wenyam.i18n.clean_text import clean
from wenyam.links.programs import run_program

KINDS: Final = ("ssh-ed25519", "ssh-rsa")
"""SSH keys that age can seal for; ECDSA and security keys can only sign."""
BEGIN: Final = "-----BEGIN AGE ENCRYPTED FILE-----"
END: Final = "-----END AGE ENCRYPTED FILE-----"
_SECONDS: Final = 30.0
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_STANZA: Final = "-> ssh-"


class SealError(WenyamError):
    """What is sealed for named people could not be made or opened."""

    permanent = True


async def seal(content: bytes, recipients: Sequence[str], *, age: str) -> str:
    """Return `content` sealed for the owners of these SSH public keys, as armored text; every one of them can open it alone."""
    keys = [word for recipient in recipients for word in ("--recipient", " ".join(recipient.split()[:2]))]
    done = await run_program([age, "--encrypt", "--armor", *keys], timeout=_SECONDS, input=content)
    if done.exit_status != 0:
        raise SealError(_words(done.stderr))
    sealed = done.stdout.decode("ascii")
    if openers(sealed) != sorted(tag(recipient) for recipient in recipients):
        raise SealError(f"{age} sealed it for others than it was told to")
    return sealed


async def unseal(sealed: str, identity: Path, *, age: str) -> bytes:
    """Open with an SSH private key; SealError says why it could not be."""
    require_private(identity)
    done = await run_program([age, "--decrypt", "--identity", str(identity)], timeout=_SECONDS, input=sealed.encode("ascii"))
    if done.exit_status == 0:
        return done.stdout
    if b"passphrase" in done.stderr:
        advice = "Give a copy without one: cp KEY /dev/shm/key, ssh-keygen -p -N '' -f /dev/shm/key; remove it afterwards."
        raise SealError(f"{identity} has a passphrase, which only a terminal can ask for", hint=advice)
    if b"no identity matched" in done.stderr:
        raise SealError(f"it was not sealed for the owner of {identity}", hint="Its 'people' line names the keys that open it.")
    raise SealError(f"{identity}: {_words(done.stderr)}")


def require_private(identity: Path) -> None:
    """Refuse a private key that others may read, or that is none."""
    try:
        mode = identity.stat().st_mode
    except OSError as error:
        raise SealError(f"{identity}: {error.strerror}") from error
    if not stat.S_ISREG(mode):
        raise SealError(f"{identity} is no file")
    if mode & _OTHERS:
        raise SealError(f"{identity}: mode {stat.S_IMODE(mode):04o} lets others read it", hint=f"Run: chmod 0600 {identity}")


async def fingerprint_of(identity: Path, *, ssh_keygen: str) -> str:
    """Return `SHA256:…` of a private key; empty when ssh-keygen cannot tell (an old format without its .pub file)."""
    done = await run_program([ssh_keygen, "-l", "-f", str(identity)], timeout=_SECONDS)
    words = done.stdout.decode("utf-8", "replace").split()
    return words[1] if done.exit_status == 0 and len(words) > 1 else ""


def openers(sealed: str) -> list[str]:
    """Return the tag of every key that opens it, as its head says (age-encryption.org/v1, SSH recipients)."""
    try:
        content = base64.b64decode("".join(line for line in sealed.splitlines() if not line.startswith("-----")), validate=True)
    except ValueError as error:
        raise SealError("it is no armored age file") from error
    head = content.partition(b"\n---")[0].decode("ascii", "replace").splitlines()
    return sorted(" ".join(line.split()[1:3]) for line in head if line.startswith(_STANZA))


def tag(public: str) -> str:
    """Return how the head of an age file names an SSH public key: its kind and the first four bytes of its SHA-256."""
    kind, blob = public.split()[:2]
    digest = hashlib.sha256(base64.b64decode(blob)).digest()
    return f"{kind} {base64.b64encode(digest[:4]).decode('ascii').rstrip('=')}"


def _words(stderr: bytes) -> str:
    """Return what age said, without the line on how to report it."""
    lines = [line for line in clean(stderr.replace(b"\n", b" / ")).split(" / ") if "report unexpected" not in line]
    return "; ".join(line.removeprefix("age: error: ") for line in lines if line) or "age said nothing"
