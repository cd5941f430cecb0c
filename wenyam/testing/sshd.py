"""A real OpenSSH server with its own host key, users and client keys, for tests and the lab."""

import getpass
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wenyam.testing.ports import free_port
from wenyam.testing.servers import RealServer, accepts, is_mapped

SSHD, SSH_KEYGEN, OPENSSL, UNSHARE, MOUNT = (
    "/usr/sbin/sshd",
    "/usr/bin/ssh-keygen",
    "/usr/bin/openssl",
    "/usr/bin/unshare",
    "/usr/bin/mount",
)
PRIVILEGE_SEPARATION = Path("/run/sshd")


class Sshd(RealServer):
    """OpenSSH on a free port: the present user logs in with `client_key`; `passwords` adds users who log in with a password.

    Those users exist only inside the server's own mount namespace (a bound /etc/passwd and /etc/shadow), so that the machine's
    accounts stay as they are. `force_command` runs one program whatever was asked, as a device's own shell would.
    """

    name = "sshd"

    def __init__(
        self,
        address: str = "127.0.0.1",
        port: int = 0,
        *,
        directory: Path | None = None,
        passwords: Mapping[str, str] | None = None,
        force_command: str | None = None,
        settings: Sequence[str] = (),
        host_key_type: str = "ed25519",
    ) -> None:
        """Make keys and configuration; `settings` are further lines of sshd_config, first ones win."""
        super().__init__(address, directory)
        self.port = port or free_port(address)
        self._identity = _Identity.present()
        self.username = self._identity.name
        self.client_key = self.directory / "client_key"
        self.known_hosts = self.directory / "known_hosts"
        self._passwords = dict(passwords or {})
        self._force_command = force_command
        self._settings = tuple(settings)
        self._host_key_type = host_key_type
        self._write()

    @property
    def host_key(self) -> Path:
        """The server's private host key."""
        return self.directory / "host_key"

    @property
    def host_key_line(self) -> str:
        """The line for a known-hosts file."""
        kind, key = self.host_key.with_suffix(".pub").read_text(encoding="ascii").split()[:2]
        return f"[{self.address}]:{self.port} {kind} {key}\n"

    @property
    def fingerprint(self) -> str:
        """`SHA256:…` of the present host key, as ssh-keygen prints it."""
        shown = subprocess.run(
            [SSH_KEYGEN, "-lf", str(self.host_key)], check=True, capture_output=True, encoding="ascii", timeout=30
        )
        return shown.stdout.split()[1]

    def make_key(self, name: str, passphrase: str = "") -> Path:
        """Make a key pair in the server's directory and return the private file; it is not authorised."""
        return _make_key(self.directory / name, passphrase)

    def authorise(self, key: Path) -> None:
        """Let this key log in."""
        with (self.directory / "authorized_keys").open("a", encoding="ascii") as file:
            file.write(key.with_suffix(".pub").read_text(encoding="ascii"))

    def rotate_host_key(self) -> None:
        """Replace the host key as a reinstallation would; `known_hosts` keeps the old one."""
        was_running = self.running
        self.stop()
        _make_key(self.host_key, kind=self._host_key_type)
        if was_running:
            self.start()

    def set_password(self, user: str, password: str) -> None:
        """Change a password user's password, as somebody at the device would."""
        self._passwords[user] = password
        was_running = self.running
        self.stop()
        self._write_accounts()
        if was_running:
            self.start()

    def command(self) -> Sequence[str]:
        """Run sshd in the foreground, in a mount namespace of its own when it needs accounts the machine does not have."""
        words = [SSHD, "-D", "-e", "-f", str(self.directory / "sshd_config")]
        if self._identity.is_root:
            PRIVILEGE_SEPARATION.mkdir(mode=0o755, exist_ok=True)
        return self._among_own_accounts(words) if self._has_own_accounts else words

    @property
    def _has_own_accounts(self) -> bool:
        return bool(self._passwords) or self._identity.made_up

    def _among_own_accounts(self, words: list[str]) -> list[str]:
        identity = self._identity
        namespaces = ["--mount"] if os.geteuid() == 0 else ["--user", "--map-root-user", "--mount"]
        back = "" if identity.is_root else f"{UNSHARE} --user --map-user={identity.uid} --map-group={identity.gid} -- "
        script = f'{MOUNT} --bind "$1" /etc/passwd && {MOUNT} --bind "$2" /etc/shadow && shift 2 && exec {back}"$@"'
        accounts = [str(self.directory / "passwd"), str(self.directory / "shadow")]
        return [UNSHARE, *namespaces, "/bin/sh", "-c", script, "sh", *accounts, *words]

    def ready(self) -> bool:
        """Tell whether it accepts connections."""
        return accepts(self.address, self.port)

    def _write(self) -> None:
        if not self.host_key.exists():
            _make_key(self.host_key, kind=self._host_key_type)
        if not self.client_key.exists():
            _make_key(self.client_key)
            self.authorise(self.client_key)
        self.known_hosts.write_text(self.host_key_line, encoding="ascii")
        (self.directory / "sshd_config").write_text("\n".join(self._lines()) + "\n", encoding="utf-8")
        self._write_accounts()

    def _lines(self) -> list[str]:
        lines = [
            f"ListenAddress {self.address}",
            f"Port {self.port}",
            f"HostKey {self.host_key}",
            f"AuthorizedKeysFile {self.directory / 'authorized_keys'}",
            f"PasswordAuthentication {'yes' if self._passwords else 'no'}",
            "KbdInteractiveAuthentication no",
            "PermitRootLogin yes",
            "UsePAM no",
            "StrictModes no",
            "PidFile none",
            "UseDNS no",
            "MaxStartups 200",
            "LogLevel VERBOSE",
            *self._settings,
        ]
        return lines if self._force_command is None else [*lines, f"ForceCommand {self._force_command}"]

    def _write_accounts(self) -> None:
        identity = self._identity
        passwd: list[str] = []
        shadow = [f"{identity.name}:*:19000:0:99999:7:::\n"]
        if identity.made_up:
            passwd.append(f"{identity.name}:x:{identity.uid}:{identity.gid}::{self.directory}:/bin/sh\n")
        for user, password in self._passwords.items():
            passwd.append(f"{user}:x:{identity.uid}:{identity.gid}::{self.directory}:/bin/sh\n")
            shadow.append(f"{user}:{_hashed(password)}:19000:0:99999:7:::\n")
        passwd.append(Path("/etc/passwd").read_text(encoding="utf-8"))
        (self.directory / "passwd").write_text("".join(passwd), encoding="utf-8")
        (self.directory / "shadow").write_text("".join(shadow), encoding="utf-8")
        (self.directory / "shadow").chmod(0o600)


@dataclass(frozen=True, slots=True)
class _Identity:
    """Who the server's users are: ourselves, or somebody made up where root is only root of a user namespace."""

    name: str
    uid: int
    gid: int
    made_up: bool = False

    @property
    def is_root(self) -> bool:
        return self.uid == 0

    @classmethod
    def present(cls) -> "_Identity":
        if os.geteuid() == 0 and not is_mapped(1):  # sshd would fail to shed its rights here
            return cls("watcher", 1000, 1000, made_up=True)
        return cls(getpass.getuser(), os.geteuid(), os.getegid())


def _make_key(path: Path, passphrase: str = "", kind: str = "ed25519") -> Path:
    path.unlink(missing_ok=True)
    words = [SSH_KEYGEN, "-q", "-t", kind, "-N", passphrase, "-C", path.name, "-f", str(path)]
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=30)
    return path


def _hashed(password: str) -> str:
    words = [OPENSSL, "passwd", "-6", "-stdin"]
    return subprocess.run(words, check=True, input=password, capture_output=True, encoding="ascii", timeout=30).stdout.strip()
