"""Which algorithms an SSH connection may use: today's by default, yesterday's only for devices marked `legacy_crypto`."""

import hashlib
import socket
from typing import Any

import paramiko
from cryptography.hazmat.primitives import hashes
from paramiko.kex_group14 import KexGroup14SHA256
from paramiko.transport import Transport

_WEAK_CIPHERS = ["aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc"]
_WEAK_MACS = ["hmac-sha1", "hmac-md5", "hmac-sha1-96", "hmac-md5-96"]


class _LegacyGroup14(KexGroup14SHA256):
    """Key exchange with SHA-1 (RFC 4253 section 8.2), which paramiko 5 no longer has."""

    name = "diffie-hellman-group14-sha1"
    hash_algo = staticmethod(hashlib.sha1)


class _LegacyRsaKey(paramiko.RSAKey):
    """Signatures with SHA-1 (RFC 4253 section 6.6), which paramiko 5 no longer verifies."""

    HASHES = {**paramiko.RSAKey.HASHES, "ssh-rsa": hashes.SHA1}  # type: ignore[misc]  # noqa: RUF012  # as the library declares it


class LegacyTransport(Transport):
    """A transport that also speaks what devices before about 2015 speak."""

    _preferred_keys = (*Transport._preferred_keys, "ssh-rsa")  # type: ignore[attr-defined]  # noqa: SLF001  # the library offers no other way
    _preferred_kex = (*Transport._preferred_kex, "diffie-hellman-group14-sha1")  # type: ignore[attr-defined]  # noqa: SLF001  # the same
    _kex_info = {**Transport._kex_info, "diffie-hellman-group14-sha1": _LegacyGroup14}  # type: ignore[attr-defined]  # noqa: SLF001, RUF012  # the same
    _key_info = {**Transport._key_info, "ssh-rsa": _LegacyRsaKey}  # type: ignore[attr-defined]  # noqa: SLF001, RUF012  # the same


def make_transport(opened: socket.socket, *, legacy_crypto: bool, known: list[paramiko.PKey]) -> Transport:
    """Make a transport over an open socket that asks first for the kinds of host key that are on record."""
    disabled: dict[str, Any] = {} if legacy_crypto else {"ciphers": _WEAK_CIPHERS, "macs": _WEAK_MACS}
    kind = LegacyTransport if legacy_crypto else Transport
    transport = kind(opened, disabled_algorithms=disabled)
    options = transport.get_security_options()
    recorded = {key.get_name() for key in known}
    options.key_types = sorted(options.key_types, key=lambda offered: not _is_kind(offered, recorded))
    return transport


def _is_kind(algorithm: str, recorded: set[str]) -> bool:
    return algorithm in recorded or (algorithm.startswith("rsa-sha2-") and "ssh-rsa" in recorded)
