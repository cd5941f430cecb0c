"""A real dovecot as the IMAP server of one mailbox, with TLS, run by an ordinary account in a temporary directory."""

import grp
import imaplib
import os
import pwd
import ssl
from collections.abc import Sequence
from pathlib import Path

from wenyam.testing.certificates import TestAuthority
from wenyam.testing.ports import free_port
from wenyam.testing.servers import RealServer, as_account, give_to_account

DOVECOT = "/usr/sbin/dovecot"
_ACCOUNT = "nobody"
_SECONDS = 10.0


class Dovecot(RealServer):
    """Serves the mailbox of `user` on `port` (TLS at once) and `plain_port` (STARTTLS); clients trust `authority`."""

    name = "dovecot"

    def __init__(self, user: str, password: str, *, address: str = "127.0.0.1", directory: Path | None = None) -> None:
        """Make certificate and configuration."""
        super().__init__(address, directory)
        self.user, self.password = user, password
        self.port, self.plain_port = free_port(address), free_port(address)
        self._certificates = TestAuthority(self.directory / "tls")
        self._words = as_account(_ACCOUNT)
        chain, key = self._certificates.issue("imap", address)
        self._write(chain, key)

    @property
    def authority(self) -> Path:
        """The certificate file that clients must trust."""
        return self._certificates.certificate

    def use_password(self, password: str) -> None:
        """Let the mailbox have another password from now on."""
        self.password = password
        self._write_users()

    def put(self, mail: bytes, *, seen: bool = False, folder: str = "INBOX") -> None:
        """Put a mail into the mailbox as it is."""
        with self.session() as session:
            if folder != "INBOX":
                session.create(folder)
            kind, words = session.append(folder, r"(\Seen)" if seen else "", "", mail)
            if kind != "OK":
                raise RuntimeError(f"dovecot took no mail: {words!r}")

    def empty(self) -> None:
        """Throw every mail and every folder away."""
        with self.session() as session:
            for folder in _folders(session.list()[1]):
                session.delete(folder)
            if session.select()[1] != [b"0"]:
                session.store("1:*", "+FLAGS.SILENT", r"(\Deleted)")
            session.close()

    def numbers(self, wanted: str = "ALL", folder: str = "INBOX") -> list[bytes]:
        """Return the numbers of the mails in a folder; none when there is no such folder."""
        with self.session() as session:
            if session.select(folder, readonly=True)[0] != "OK":
                return []
            return bytes(session.search(None, wanted)[1][0]).split()

    def session(self) -> imaplib.IMAP4_SSL:
        """Log in as a person's mail program would."""
        context = ssl.create_default_context(cafile=str(self.authority))
        session = imaplib.IMAP4_SSL(self.address, self.port, ssl_context=context, timeout=_SECONDS)
        session.login(self.user, self.password)
        return session

    def command(self) -> Sequence[str]:
        """Run dovecot in the foreground as an ordinary account."""
        return [*self._words, DOVECOT, "-F", "-c", str(self.directory / "dovecot.conf")]

    def ready(self) -> bool:
        """Tell whether somebody can log in."""
        try:
            self.session().logout()
        except (OSError, imaplib.IMAP4.error):
            return False
        return True

    def _write(self, chain: Path, key: Path) -> None:
        owner = _ACCOUNT if self._words else pwd.getpwuid(os.getuid()).pw_name
        group = grp.getgrgid(pwd.getpwnam(owner).pw_gid).gr_name
        self._write_users()
        self.log.touch()
        (self.directory / "dovecot.conf").write_text(_CONFIGURATION.format(
            here=self.directory, address=self.address, port=self.port, plain=self.plain_port, chain=chain, key=key,
            owner=owner, group=group, log=self.log,
        ), encoding="utf-8")  # fmt: skip
        for path in (self.directory, *self.directory.rglob("*")):
            give_to_account(path, _ACCOUNT)

    def _write_users(self) -> None:
        path = self.directory / "users"
        path.write_text(f"{self.user}:{{PLAIN}}{self.password}::::::\n", encoding="utf-8")
        path.chmod(0o600)
        give_to_account(path, _ACCOUNT)


def _folders(listed: Sequence[object]) -> list[str]:
    """Return the folders beside INBOX, as LIST names them, in quotes."""
    lines = [line.decode() for line in listed if isinstance(line, bytes)]
    names = [line.split('"." ', 1)[1] for line in lines if '"." ' in line]
    return [name if name.startswith('"') else f'"{name}"' for name in names if name != "INBOX"]


_CONFIGURATION = """\
base_dir = {here}/run
state_dir = {here}/state
log_path = {log}
protocols = imap
listen = {address}
default_internal_user = {owner}
default_internal_group = {group}
default_login_user = {owner}
first_valid_uid = 1
ssl = required
ssl_cert = <{chain}
ssl_key = <{key}
disable_plaintext_auth = yes
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:{here}/mail
mail_home = {here}/home
passdb {{
  driver = passwd-file
  args = {here}/users
}}
userdb {{
  driver = static
  args = uid={owner} gid={group} home={here}/home
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service stats {{
  chroot =
}}
"""
