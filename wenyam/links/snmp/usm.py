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
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB

from wenyam.errors import MalformedReplyError

AUTHENTICATION = {"md5": 12, "sha1": 12, "sha224": 16, "sha256": 24, "sha384": 32, "sha512": 48}
"""Bytes of the digest that travel, by protocol."""

PRIVACY = {"des": 16, "aes128": 16, "aes192": 24, "aes256": 32, "aes192-cisco": 24, "aes256-cisco": 32}
"""Bytes of key, by protocol; the second half of a DES key is its pre-IV."""

SHORTEST_KEY = 8
"""RFC 3414, 11.2: a passphrase has at least eight characters."""

_EXPANDED = 1_048_576
_BLOCK = 8
_AES_BLOCK = 16


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


class Signer:
    """Signs with one key: HMAC (RFC 2104), of which the parts that hold for the key are computed once."""

    __slots__ = ("_inner", "_outer", "size")

    def __init__(self, protocol: str, key: bytes) -> None:
        """Take a localized key."""
        inner = hashlib.new(protocol)
        padded = key.ljust(inner.block_size, b"\0")
        inner.update(bytes(byte ^ 0x36 for byte in padded))
        self._inner, self._outer = inner, hashlib.new(protocol, bytes(byte ^ 0x5C for byte in padded))
        self.size = AUTHENTICATION[protocol]
        """Bytes of a signature."""

    def sign(self, before: bytes, behind: bytes) -> bytes:
        """Sign a whole message, given as what comes before and behind the signature."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(before + bytes(self.size) + behind)
        outer.update(inner.digest())
        return outer.digest()[: self.size]


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


class Privacy:
    """Encrypts and decrypts with one key. AES keeps its contexts: to make one costs more than to encrypt a whole message."""

    __slots__ = ("_aes", "_key", "_protocol")

    def __init__(self, protocol: str, key: bytes) -> None:
        """Take a key of `privacy_key`."""
        self._protocol, self._key = protocol, key
        self._aes = None if protocol == "des" else _Aes(key)

    def encrypt(self, clock: tuple[int, int], salt: int, plain: bytes) -> tuple[bytes, bytes]:
        """Do what `encrypt` does."""
        if self._aes is None:
            return encrypt(self._protocol, self._key, clock, salt, plain)
        parameters = salt.to_bytes(_BLOCK, "big")
        return self._aes.encrypt(_vector(clock, parameters), plain), parameters

    def decrypt(self, clock: tuple[int, int], parameters: bytes, content: bytes) -> bytes:
        """Do what `decrypt` does."""
        if self._aes is None or len(parameters) != _BLOCK:
            return decrypt(self._protocol, self._key, clock, parameters, content)
        return self._aes.decrypt(_vector(clock, parameters), content)


class _Aes:
    """AES in CFB mode, any number of messages through one context.

    All that CFB remembers is the last block of ciphertext. So a block of ciphertext that is the next message's vector sets a
    context to where a new one would begin; every message is filled up to whole blocks, so that it ends at the border of one.
    """

    __slots__ = ("_block", "_decryptor", "_encryptor", "_last")

    def __init__(self, key: bytes) -> None:
        cipher = Cipher(AES(key), CFB(bytes(_AES_BLOCK)))
        self._decryptor, self._encryptor = cipher.decryptor(), cipher.encryptor()
        self._block = Cipher(AES(key), ECB()).encryptor()  # noqa: S305  # one block of it is what CFB is made of
        self._last = bytes(_AES_BLOCK)

    def decrypt(self, vector: bytes, content: bytes) -> bytes:
        """Return the plain text."""
        plain = self._decryptor.update(vector + content + bytes(-len(content) % _AES_BLOCK))
        return plain[_AES_BLOCK : _AES_BLOCK + len(content)]

    def encrypt(self, vector: bytes, plain: bytes) -> bytes:
        """Return the ciphertext."""
        stream = int.from_bytes(self._block.update(self._last), "big")
        first = (int.from_bytes(vector, "big") ^ stream).to_bytes(_AES_BLOCK, "big")  # its ciphertext will be the vector
        content = self._encryptor.update(first + plain + bytes(-len(plain) % _AES_BLOCK))
        self._last = content[-_AES_BLOCK:]
        return content[_AES_BLOCK : _AES_BLOCK + len(plain)]


def _vector(clock: tuple[int, int], parameters: bytes) -> bytes:
    return (clock[0] % 2**32).to_bytes(4, "big") + (clock[1] % 2**32).to_bytes(4, "big") + parameters


def _cipher(privacy: str, key: bytes, clock: tuple[int, int], parameters: bytes) -> "Cipher[CBC] | Cipher[CFB]":
    if privacy == "des":
        vector = bytes(a ^ b for a, b in zip(key[8:16], parameters, strict=True))
        return Cipher(TripleDES(key[:8] * 3), CBC(vector))  # three times the same key is single DES
    return Cipher(AES(key), CFB(_vector(clock, parameters)))
