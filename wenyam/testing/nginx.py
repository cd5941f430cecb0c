"""A real nginx with and without TLS, for tests and the lab."""

import base64
import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from wenyam.testing.certificates import TestAuthority
from wenyam.testing.ports import free_port
from wenyam.testing.servers import RealServer, accepts

NGINX = "/usr/sbin/nginx"
DEFAULT_PAGE = "<!doctype html><meta charset=utf-8><title>Login</title><h1>เข้าสู่ระบบ</h1><p>Login</p>\n"


class Nginx(RealServer):
    """Serves `pages`, `/redirect` (once to /), `/loop` (for ever), `/status/NNN` and, with `users`, `/private/` by basic auth.

    `use_certificate` takes "good", "expired", "self_signed" or "wrong_name"; clients trust `authority`.
    """

    name = "nginx"

    def __init__(
        self,
        address: str = "127.0.0.1",
        http_port: int = 0,
        https_port: int = 0,
        *,
        directory: Path | None = None,
        pages: Mapping[str, str] | None = None,
        users: Mapping[str, str] | None = None,
        names: Sequence[str] = (),
        settings: Sequence[str] = (),
    ) -> None:
        """Make certificates and configuration; `names` join the address in the certificate, `settings` the server block."""
        super().__init__(address, directory)
        self.http_port = http_port or free_port(address)
        self.https_port = https_port or free_port(address)
        self._names = (address, *names)
        self._settings = tuple(settings)
        self._certificates = TestAuthority(self.directory / "tls")
        self._certificate = "good"
        self._users = dict(users or {})
        for path, text in {"/": DEFAULT_PAGE, **(pages or {})}.items():
            self.write_page(path, text)
        self._write()

    @property
    def authority(self) -> Path:
        """The certificate file that clients must trust."""
        return self._certificates.certificate

    @property
    def http_url(self) -> str:
        """`http://ADDRESS:PORT`, without a path."""
        return f"http://{_host(self.address)}:{self.http_port}"

    @property
    def https_url(self) -> str:
        """`https://ADDRESS:PORT`, without a path."""
        return f"https://{_host(self.address)}:{self.https_port}"

    def write_page(self, path: str, text: str | bytes) -> None:
        """Put this text at a path; `/` and paths ending in `/` are their index page."""
        file = self.directory / "pages" / (path + "index.html" if path.endswith("/") else path).lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)

    def use_certificate(self, kind: str, *, days: int = 90) -> None:
        """Serve a certificate of this kind from now on; restarts a running server."""
        was_running = self.running
        self.stop()
        self._certificate = kind
        self._write(days)
        if was_running:
            self.start()

    def command(self) -> Sequence[str]:
        """Run nginx in one foreground process, which needs no second account."""
        return [NGINX, "-p", str(self.directory), "-c", str(self.directory / "nginx.conf"), "-e", str(self.log)]

    def ready(self) -> bool:
        """Tell whether both ports accept."""
        return accepts(self.address, self.http_port) and accepts(self.address, self.https_port)

    def _write(self, days: int = 90) -> None:
        chain, key = self._issue(days)
        (self.directory / "users").write_text(
            "".join(f"{user}:{_salted(password)}\n" for user, password in self._users.items()), encoding="utf-8"
        )
        (self.directory / "nginx.conf").write_text(self._configuration(chain, key), encoding="utf-8")

    def _issue(self, days: int) -> tuple[Path, Path]:
        if self._certificate == "self_signed":
            return self._certificates.self_signed("self_signed", *self._names)
        if self._certificate == "wrong_name":
            return self._certificates.issue("wrong_name", "elsewhere.example", days=days)
        if self._certificate not in ("good", "expired"):
            raise ValueError(f"no certificate of kind '{self._certificate}'")
        return self._certificates.issue(self._certificate, *self._names, days=days, ended=self._certificate == "expired")

    def _configuration(self, chain: Path, key: Path) -> str:
        spool = "".join(
            f"  {kind}_temp_path {self.directory}/spool_{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        statuses = "".join(f"    location = /status/{status} {{ return {status}; }}\n" for status in (403, 404, 500, 503))
        settings = "".join(f"    {line}\n" for line in self._settings)
        account = "user root;\n" if os.geteuid() == 0 else ""  # nobody has no files here, and no number in a user namespace
        return (
            f"{account}daemon off;\nmaster_process off;\npid {self.directory}/nginx.pid;\nerror_log {self.log};\n"
            f"events {{ worker_connections 256; }}\nhttp {{\n  access_log off;\n{spool}  default_type text/html;\n"
            f"  server {{\n    listen {_host(self.address)}:{self.http_port};\n"
            f"    listen {_host(self.address)}:{self.https_port} ssl;\n"
            f"    ssl_certificate {chain};\n    ssl_certificate_key {key};\n    root {self.directory}/pages;\n{settings}"
            "    location = /redirect { return 302 /; }\n    location = /loop { return 302 /loop; }\n"
            f"{statuses}"
            f"    location /private/ {{ auth_basic private; auth_basic_user_file {self.directory}/users; }}\n  }}\n}}\n"
        )


def _host(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _salted(password: str) -> str:
    salt = os.urandom(8)
    digest = hashlib.sha1(password.encode() + salt, usedforsecurity=False).digest()
    return "{SSHA}" + base64.b64encode(digest + salt).decode("ascii")
