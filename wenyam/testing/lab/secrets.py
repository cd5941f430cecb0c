"""The lab's made-up secrets: drawn anew for each lab, kept in files only their owner reads."""

import secrets
import subprocess
from pathlib import Path

from wenyam.testing.lab.private_files import write_private

NAMES = (
    "snmp-community", "snmp-authentication", "snmp-privacy", "erp-sql", "esaraban-sql", "postgres-admin", "mariadb-admin",
    "erp-dump", "esaraban-dump", "vault-login", "repository-main", "repository-dr", "repository-vault",
)  # fmt: skip
SSH_KEY, SUPERIOR_KEY = "id_ed25519", "superior_ed25519"
"""What the watcher logs in with, and what opens the sealed envelope: the superior's, who would keep it elsewhere."""


class LabSecrets:
    """One file per secret in `etc/secrets`, where the Wenyam configuration refers to them."""

    def __init__(self, directory: Path) -> None:
        """Take the configuration folder the secrets live under."""
        self.directory = directory / "secrets"

    def make(self) -> None:
        """Draw what is missing."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in NAMES:
            if not self.path(name).exists():
                self.write(name, secrets.token_hex(12))
        for name in (SSH_KEY, SUPERIOR_KEY):
            if not self.path(name).exists():
                words = ["/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "wenyam-lab", "-f", str(self.path(name))]
                subprocess.run(words, check=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=30)

    def public(self, name: str) -> str:
        """Return the public half of a key, as authorized_keys and a person's `keys` have it."""
        return self.path(name).with_suffix(".pub").read_text(encoding="ascii").strip()

    def path(self, name: str) -> Path:
        """Return the file of a secret."""
        return self.directory / name

    def read(self, name: str) -> str:
        """Return a secret."""
        return self.path(name).read_text(encoding="ascii").strip()

    def write(self, name: str, secret: str) -> None:
        """Keep a secret, readable by its owner only."""
        write_private(self.path(name), secret + "\n")
