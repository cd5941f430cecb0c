"""What `scripts/bench backup` backs up: files and rows, with a seed, so that every run has the same."""

import random
from pathlib import Path

from wenyam.testing.databases import Postgres

_MEBIBYTE = 2**20
_FILE_BYTES = 4 * _MEBIBYTE
_ROW_BYTES = 1000


def make_files(folder: Path, mebibytes: int) -> None:
    """Write files of 4 MiB each, half of it chance and half of it text."""
    chance = random.Random(1)  # noqa: S311  # data to back up, no secret
    text = ("กระทรวง กรม กอง ฝ่าย " * 100).encode()
    half = _FILE_BYTES // 2
    for number in range(mebibytes * _MEBIBYTE // _FILE_BYTES):
        place = folder / f"{number % 20:02}"
        place.mkdir(parents=True, exist_ok=True)
        repeated = (text + str(number).encode()) * (half // len(text) + 1)
        (place / f"แฟ้ม-{number}.bin").write_bytes(chance.randbytes(half) + repeated[:half])


def read_all(folder: Path) -> None:
    """Read every file once, so that whoever comes first does not pay for the disk."""
    for path in folder.rglob("*.bin"):
        path.read_bytes()


def make_rows(server: Postgres, mebibytes: int) -> None:
    """Fill a table of the database `bench` with rows of about a kilobyte."""
    server.execute("CREATE DATABASE bench")
    rows = mebibytes * _MEBIBYTE // _ROW_BYTES
    server.execute("CREATE TABLE letter (number bigint PRIMARY KEY, subject text NOT NULL, body text NOT NULL)", "bench")
    body = "(SELECT string_agg(md5(n::text || m::text), ' ') FROM generate_series(1, 30) AS m)"
    filling = f"INSERT INTO letter SELECT n, 'หนังสือเวียน ' || n, {body} FROM generate_series(1, {rows}) AS n"  # noqa: S608  # numbers of our own
    server.execute(filling, "bench")
    server.execute("CREATE INDEX letter_subject ON letter (subject)", "bench")
