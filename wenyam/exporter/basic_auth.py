"""Basic authentication by bcrypt hashes. A password proven once is remembered as a salted digest, so that bcrypt is paid once."""

import asyncio
import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping

import bcrypt

_LONGEST_PASSWORD = 72
"""Bytes bcrypt looks at; a longer one is refused instead of being cut."""
_WAITING_LIMIT = 8


class TooManyLoginsError(Exception):
    """More logins wait for their password to be checked than we are willing to check."""


class BasicAuth:
    """Tells whether an Authorization header proves one of the users."""

    def __init__(self, users: Mapping[str, str]) -> None:
        """Take user names with their bcrypt hashes; without users everybody is let in."""
        self._users = {user: hashed.encode() for user, hashed in users.items()}
        self._salt = secrets.token_bytes(32)
        self._proven: dict[str, bytes] = {}
        self._one_at_a_time = asyncio.Semaphore(1)
        self._waiting = 0
        costs = [hashed.split("$")[2] for hashed in users.values()]
        # An unknown user costs as much time as a known one.
        self._nobody = f"$2b${max(costs, default='10')}${'.' * 53}".encode()

    async def admits(self, header: str | None) -> bool:
        """Check one header; TooManyLoginsError when too many unproven ones wait."""
        if not self._users:
            return True
        user, password = _credentials(header)
        if not user or not 0 < len(password) <= _LONGEST_PASSWORD or b"\0" in password:
            return False
        digest = hashlib.sha256(self._salt + user.encode() + b"\0" + password).digest()
        if hmac.compare_digest(self._proven.get(user, b""), digest):
            return True
        if not await self._matches(password, self._users.get(user, self._nobody)) or user not in self._users:
            return False
        self._proven[user] = digest
        return True

    async def _matches(self, password: bytes, hashed: bytes) -> bool:
        if self._waiting >= _WAITING_LIMIT:
            raise TooManyLoginsError
        self._waiting += 1
        try:
            async with self._one_at_a_time:
                return await asyncio.to_thread(bcrypt.checkpw, password, hashed)
        finally:
            self._waiting -= 1


def _credentials(header: str | None) -> tuple[str, bytes]:
    scheme, _, encoded = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return "", b""
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
        return (user.decode(), password) if colon else ("", b"")
    except (binascii.Error, ValueError):  # not base64, or a name that is not UTF-8
        return "", b""
