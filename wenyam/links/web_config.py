"""The Prometheus web-config file: TLS and basic authentication of a listener.

Format: https://prometheus.io/docs/prometheus/latest/configuration/https/. What we do not honour is refused, never ignored.
"""

import re
import ssl
import stat
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from wenyam.errors import ConfigurationError

_BCRYPT = re.compile(r"\$2[aby]\$(0[4-9]|1[0-6])\$[./A-Za-z0-9]{53}")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class WebConfigError(ConfigurationError):
    """The web configuration of a listener has a problem."""

    hint = "Correct the file named under web_config; until then the last good one stays in force."


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TlsServer(_Strict):
    """Certificate and key of the listener, and whether clients must bring one."""

    cert_file: str
    key_file: str
    client_auth_type: Literal["NoClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert"] = "NoClientCert"
    client_ca_file: str | None = None
    min_version: Literal["TLS12", "TLS13"] = "TLS12"


class WebConfig(_Strict):
    """The whole file; file names are relative to its folder."""

    tls_server_config: TlsServer | None = None
    basic_auth_users: dict[str, str] = Field(default_factory=dict)

    @field_validator("basic_auth_users", mode="after")
    @classmethod
    def _hashes_are_bcrypt(cls, users: dict[str, str]) -> dict[str, str]:
        for user, hashed in users.items():
            if not user or ":" in user:
                raise ValueError("a user name cannot be empty or hold a colon")
            if not _BCRYPT.fullmatch(hashed):
                raise ValueError(
                    f"the password of '{user}' is not a bcrypt hash of cost 4 to 16 (make one with htpasswd -nBC 10)"
                )
        return users


def load_web_config(path: Path) -> WebConfig:
    """Read and check the file; WebConfigError names the key that is wrong. Hashes are never part of the message."""
    try:
        content = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WebConfigError(f"{path}: {error.strerror}") from error
    except (YAMLError, UnicodeDecodeError) as error:
        where = getattr(error, "problem_mark", None)
        place = f"{path}:{where.line + 1}" if where is not None else str(path)
        raise WebConfigError(f"{place}: is not YAML") from error
    try:
        return WebConfig.model_validate({} if content is None else content)
    except ValidationError as error:
        raise WebConfigError("; ".join(_sentence(path, problem) for problem in error.errors())) from None


def _sentence(path: Path, problem: Any) -> str:
    place = ".".join(str(part) for part in problem["loc"]) or "the file"
    if problem["type"] == "extra_forbidden":
        return f"{path}: {place} is not supported"
    return f"{path}: {place}: {problem['msg'].removeprefix('Value error, ')}"


def tls_context(config: WebConfig, folder: Path) -> ssl.SSLContext | None:
    """Build the listener's TLS context, or None for plain HTTP; WebConfigError when a file is missing, wrong or too open."""
    tls = config.tls_server_config
    if tls is None:
        return None
    certificate, key = folder / tls.cert_file, folder / tls.key_file
    _refuse_open_key(key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3 if tls.min_version == "TLS13" else ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise WebConfigError(f"{certificate} with {key}: {reason}") from error
    _ask_clients(context, tls, folder)
    return context


def _no_password() -> str:
    raise ValueError("the key is encrypted, which a service cannot open")


def _refuse_open_key(key: Path) -> None:
    try:
        mode = key.stat().st_mode
    except OSError as error:
        raise WebConfigError(f"{key}: {error.strerror}") from error
    if mode & _OTHERS:
        raise WebConfigError(f"{key}: mode {stat.S_IMODE(mode):04o} lets others read it", hint=f"Run: chmod 0600 {key}")


def _ask_clients(context: ssl.SSLContext, tls: TlsServer, folder: Path) -> None:
    if tls.client_auth_type == "NoClientCert":
        return
    if tls.client_ca_file is None:
        raise WebConfigError(f"tls_server_config.client_auth_type {tls.client_auth_type} needs a client_ca_file")
    authority = folder / tls.client_ca_file
    try:
        context.load_verify_locations(authority)
    except (OSError, ValueError) as error:
        raise WebConfigError(f"{authority}: {getattr(error, 'strerror', None) or error}") from error
    required = tls.client_auth_type == "RequireAndVerifyClientCert"
    context.verify_mode = ssl.CERT_REQUIRED if required else ssl.CERT_OPTIONAL
