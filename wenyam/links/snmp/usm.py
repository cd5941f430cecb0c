"""Keys and ciphers of the User-based Security Model: RFC 3414, RFC 3826 (AES), RFC 7860 (SHA-2), and AES-192/256 as sold.

AES-192 and AES-256 were never standardised: `aes192` and `aes256` stretch a short key as draft-blumenthal-aes-usm-04 says
(Net-SNMP's way); `aes192-cisco` and `aes256-cisco` as draft-reeder-snmpv3-usm-3desede-00 says.
"""

import hashlib
import hmac
import os
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from wenyam.errors import MalformedReplyError

AUTHENTICATION = {"md5": 12, "sha1": 12, "sha224": 16, "sha256": 24, "sha384": 32, "sha512": 48}
"""Bytes of the digest that travel, by protocol."""

PRIVACY = {"des": 16, "aes128": 16, "aes192": 24, "aes256": 32, "aes192-cisco": 24, "aes256-cisco": 32}
"""Bytes of key, by protocol; the second half of a DES key is its pre-IV."""

SHORTEST_KEY = 8
"""RFC 3414, 11.2: a passphrase has at least eight characters."""

_EXPANDED = 1_048_576
_BLOCK = 8


@lru_cache(maxsize=256)
def master_key(protocol: str, passphrase: bytes) -> bytes:
    """Hash one mebibyte of the repeated passphrase (RFC 3414, A.2); costs a millisecond, so it is kept."""
    repeated = passphrase * (_EXPANDED // len(passphrase) + 1)
    return hashlib.new(protocol, repeated[:_EXPANDED], usedforsecurity=True).digest()


def localized_key(protocol: str, passphrase: bytes, engine: bytes) -> bytes:
    """Bind a passphrase to one engine (RFC 3414, 2.6)."""
    master = master_key(protocol, passphrase)
    return _digest(protocol, master + engine + master)


def privacy_key(privacy: str, authentication: str, passphrase: bytes, engine: bytes) -> bytes:
    """Make the cipher's key from a passphrase, stretched if the digest is too short for it."""
    key = localized_key(authentication, passphrase, engine)
    size = PRIVACY[privacy]
    while len(key) < size:
        key += _stretched(privacy, authentication, key, engine)
    return key[:size]


def _stretched(privacy: str, authentication: str, key: bytes, engine: bytes) -> bytes:
    if privacy.endswith("-cisco"):
        master = hashlib.new(authentication, (key * (_EXPANDED // len(key) + 1))[:_EXPANDED]).digest()
        return _digest(authentication, master + engine + master)
    return _digest(authentication, key)


def _digest(protocol: str, content: bytes) -> bytes:
    return hashlib.new(protocol, content).digest()


def signature(protocol: str, key: bytes, message: bytes) -> bytes:
    """Sign a whole message; the caller puts zeros where the signature goes."""
    return hmac.digest(key, message, protocol)[: AUTHENTICATION[protocol]]


@dataclass(slots=True)
class Salts:
    """Numbers that never repeat under one key (RFC 3414, 8.1.1.1; RFC 3826, 3.1.2.1)."""

    counter: int = field(default_factory=lambda: int.from_bytes(os.urandom(_BLOCK), "big"))

    def next(self) -> int:
        """Return the next 64-bit number."""
        self.counter = (self.counter + 1) % 2**64
        return self.counter


def encrypt(privacy: str, key: bytes, clock: tuple[int, int], salt: int, plain: bytes) -> tuple[bytes, bytes]:
    """Return the ciphertext and the privacy parameters to send with it; `clock` is the engine's (boots, time)."""
    if privacy == "des":
        parameters = (clock[0] % 2**32).to_bytes(4, "big") + (salt % 2**32).to_bytes(4, "big")
        padded = plain + b"\0" * (-len(plain) % _BLOCK)
        encryptor = _cipher(privacy, key, clock, parameters).encryptor()
        return encryptor.update(padded) + encryptor.finalize(), parameters
    parameters = salt.to_bytes(_BLOCK, "big")
    encryptor = _cipher(privacy, key, clock, parameters).encryptor()
    return encryptor.update(plain) + encryptor.finalize(), parameters


def decrypt(privacy: str, key: bytes, clock: tuple[int, int], parameters: bytes, content: bytes) -> bytes:
    """Return the plain text; MalformedReplyError when sizes cannot be right."""
    if len(parameters) != _BLOCK or (privacy == "des" and len(content) % _BLOCK):
        raise MalformedReplyError("the encrypted part has an impossible size")
    decryptor = _cipher(privacy, key, clock, parameters).decryptor()
    return decryptor.update(content) + decryptor.finalize()


def _cipher(privacy: str, key: bytes, clock: tuple[int, int], parameters: bytes) -> "Cipher[CBC] | Cipher[CFB]":
    if privacy == "des":
        vector = bytes(a ^ b for a, b in zip(key[8:16], parameters, strict=True))
        return Cipher(TripleDES(key[:8] * 3), CBC(vector))  # three times the same key is single DES
    boots, time = clock
    return Cipher(AES(key), CFB(boots.to_bytes(4, "big") + time.to_bytes(4, "big") + parameters))
