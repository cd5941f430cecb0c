"""A real server of restic's REST protocol (`rclone serve restic`), with a login, with or without TLS, append-only or not."""

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path

from wenyam.testing.ports import free_port
from wenyam.testing.servers import RealServer, accepts

RCLONE = "/usr/bin/rclone"
USER = "watch"


class RcloneServer(RealServer):
    """Serves `data`; clients log in as `watch` with the password given."""

    name = "rclone"

    def __init__(
        self,
        password: str,
        *,
        address: str = "127.0.0.1",
        port: int = 0,
        directory: Path | None = None,
        append_only: bool = True,
        certificate: tuple[Path, Path] | None = None,
        data: Path | None = None,
    ) -> None:
        """Take the password, and chain and key where it shall speak TLS; `data` is where it keeps what it is given."""
        super().__init__(address, directory)
        self.port = port or free_port(address)
        self._append_only = append_only
        self._certificate = certificate
        self.data = data or self.directory / "data"
        self.data.mkdir(parents=True, exist_ok=True)
        digest = base64.b64encode(hashlib.sha1(password.encode(), usedforsecurity=False).digest()).decode("ascii")
        (self.directory / "users").write_text(f"{USER}:{{SHA}}{digest}\n", encoding="ascii")

    @property
    def url(self) -> str:
        """Address of a repository on it, without a login."""
        return f"http{'s' if self._certificate else ''}://{self.address}:{self.port}/repository/"

    def command(self) -> Sequence[str]:
        """Return its command line; the login is in a file."""
        words = [RCLONE, "serve", "restic", "--config", "/dev/null", "--addr", f"{self.address}:{self.port}"]
        words += ["--htpasswd", str(self.directory / "users"), *(["--append-only"] if self._append_only else [])]
        if self._certificate is not None:
            words += ["--cert", str(self._certificate[0]), "--key", str(self._certificate[1])]
        return [*words, str(self.data)]

    def ready(self) -> bool:
        """Tell whether it accepts connections."""
        return accepts(self.address, self.port)
