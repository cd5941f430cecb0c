"""Signing with a key of whoever runs this process: the key stays with ssh-keygen and its agent, nothing asks for a passphrase."""

import asyncio
import os
from pathlib import Path

from wenyam.links.programs import run_program
from wenyam.links.signatures import NAMESPACE
from wenyam.links.signed_text import SignatureRefusedError
from wenyam.links.tools import Tools
from wenyam.model.instance import Configuration
from wenyam.store.files import write_new

_SECONDS = 60.0
"""A key on a token waits for a finger."""
_LINE = 200


def own_key(configuration: Configuration) -> str:
    """Return the file of a key under `~/.ssh` that belongs to somebody in `people`; empty when there is none."""
    known = {" ".join(key.public.split()[:2]) for person in configuration.inventory.people.values() for key in person.keys}
    for public in sorted((Path.home() / ".ssh").glob("*.pub")):
        if " ".join(_read(public).split()[:2]) in known:
            # Without the private file an agent may hold it.
            return str(public.with_suffix("") if public.with_suffix("").exists() else public)
    return ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def sign_here(configuration: Configuration, key: str, text: str) -> str:
    """Return the signature of a text by a key file, or by the agent for a `.pub`; SignatureRefusedError when there is none."""
    words = [Tools(configuration.instance.tools)("ssh-keygen"), "-Y", "sign", "-q", "-f", str(Path(key).expanduser())]
    agent = {name: os.environ[name] for name in ("HOME", "SSH_AUTH_SOCK") if name in os.environ}
    done = asyncio.run(
        run_program(
            [*words, "-n", NAMESPACE], timeout=_SECONDS, input=text.encode(), environment=agent | {"SSH_ASKPASS_REQUIRE": "never"}
        )
    )
    if done.exit_status != 0:
        said = done.stderr.decode(errors="replace").strip()[-_LINE:] or "ssh-keygen gave no signature"
        raise SignatureRefusedError(said, hint="For a key with a passphrase: ssh-add it first, and name its .pub.")
    return done.stdout.decode("ascii", errors="replace")


def place_of(run: str, step: str) -> Path:
    """Return where a text is written to be signed elsewhere."""
    return Path.home() / f"{run}-{step}.txt"


def write_text(run: str, step: str, text: str) -> Path:
    """Write a text to be signed elsewhere; UsageError when the file is there already."""
    path = place_of(run, step)
    write_new(path, text.encode())
    return path
