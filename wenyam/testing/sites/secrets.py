"""The lab's made-up secrets: passwords, the key of dynamic updates, and the key pairs of logins and people."""

import base64
import secrets
import subprocess
from pathlib import Path
from typing import Final

from wenyam.testing.lab.private_files import write_private

PASSWORDS: Final = ("application", "replication", "watch-sql", "dr-sql", "peer")
UPDATE_KEY: Final = "dns-update"
LOGINS: Final = ("watch", "dr")
"""One login for each role: who looks, and who does the steps of a plan."""
PEOPLE: Final = ("somchai", "suda", "anan", "malee", "wichai", "kanya")


class SiteSecrets:
    """One file for each secret, readable by root alone."""

    def __init__(self, directory: Path) -> None:
        """Take the lab's directory; nothing is drawn yet."""
        self.directory = directory / "secrets"

    def make(self) -> None:
        """Draw what is missing."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in PASSWORDS:
            self._draw(name, secrets.token_hex(12))
        self._draw(UPDATE_KEY, base64.b64encode(secrets.token_bytes(32)).decode("ascii"))
        for name in (*LOGINS, *PEOPLE):
            if not self.path(name).exists():
                make_key(self.path(name), name)

    def path(self, name: str) -> Path:
        """Return the file of a secret."""
        return self.directory / name

    def read(self, name: str) -> str:
        """Return a secret."""
        return self.path(name).read_text(encoding="ascii").strip()

    def public(self, name: str) -> str:
        """Return the public half of a key."""
        return self.path(name).with_suffix(".pub").read_text(encoding="ascii").strip()

    def _draw(self, name: str, secret: str) -> None:
        if not self.path(name).exists():
            write_private(self.path(name), secret + "\n")


def make_key(path: Path, comment: str) -> None:
    """Make an ed25519 key pair without a passphrase."""
    words = ["/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)]
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=30)
