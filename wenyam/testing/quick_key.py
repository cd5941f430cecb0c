"""Makes the key of a test's repository open at once: restic chooses half a second of scrypt for each of its calls.

The format is that of restic's design page, "Keys, Encryption and MAC"; the same restic opens it before and after.
"""

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.poly1305 import Poly1305

_QUICK_N: Final = 1024
_BLOCK: Final = 16
_MEMORY: Final = 1 << 30


def make_quick(repository: Path, password: str, new: str | None = None) -> None:
    """Seal the one key of a repository on this machine anew, under the same password or a new one, with little work."""
    (path,) = (repository / "keys").iterdir()
    said = json.loads(path.read_bytes())
    secret = _open(base64.b64decode(said["data"]), _derived(password, said))
    said |= {"N": _QUICK_N, "r": 8, "p": 1, "salt": base64.b64encode(os.urandom(64)).decode("ascii")}
    said["data"] = base64.b64encode(_seal(secret, _derived(password if new is None else new, said))).decode("ascii")
    content = json.dumps(said).encode("ascii")
    (path.parent / hashlib.sha256(content).hexdigest()).write_bytes(content)
    path.unlink()


def _derived(password: str, said: dict[str, str | int]) -> bytes:
    salt = base64.b64decode(str(said["salt"]))
    n, r, p = (int(said[name]) for name in ("N", "r", "p"))
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=64)


def _open(sealed: bytes, key: bytes) -> bytes:
    nonce, hidden, code = sealed[:_BLOCK], sealed[_BLOCK:-_BLOCK], sealed[-_BLOCK:]
    if _code(hidden, nonce, key) != code:
        raise ValueError("this password does not open the repository's key")
    return _turn(hidden, nonce, key)


def _seal(secret: bytes, key: bytes) -> bytes:
    nonce = os.urandom(_BLOCK)
    hidden = _turn(secret, nonce, key)
    return nonce + hidden + _code(hidden, nonce, key)


def _turn(text: bytes, nonce: bytes, key: bytes) -> bytes:
    turning = Cipher(algorithms.AES256(key[:32]), modes.CTR(nonce)).encryptor()
    return turning.update(text) + turning.finalize()


def _code(hidden: bytes, nonce: bytes, key: bytes) -> bytes:
    one_block = Cipher(algorithms.AES128(key[32:48]), modes.ECB()).encryptor()  # noqa: S305  # Poly1305-AES is made of one block
    return Poly1305.generate_tag(key[48:64] + one_block.update(nonce), hidden)
