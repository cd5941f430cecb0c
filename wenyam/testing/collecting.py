"""What the tests of collectors share: links over the real clock, a context, credentials whose secrets are files of mode 0600."""

from collections.abc import Mapping
from pathlib import Path

from wenyam.clock import SystemClock
from wenyam.collectors.contract import Context
from wenyam.links.pools import Links
from wenyam.model.inventory import Credential, SecretReference
from wenyam.model.samples import Reading, SampleSet
from wenyam.settings.secrets import SecretReader

CLOCK = SystemClock()


def make_links(known_hosts: Path) -> Links:
    """Make links over the real clock."""
    return Links(CLOCK, SecretReader({}), str(known_hosts))


def make_context(links: Links, seconds: float = 10.0, credential: Credential | None = None) -> Context:
    """Make a context whose deadline is this many seconds away."""
    return Context(CLOCK, links, CLOCK.monotonic() + seconds, credential)


def make_credential(folder: Path, kind: str, username: str, **secrets: str) -> Credential:
    """Write each secret to a file and refer to it."""
    references: dict[str, SecretReference] = {}
    for name, secret in secrets.items():
        path = folder / f"secret-{name}"
        path.touch(0o600)
        path.write_text(secret, encoding="utf-8")
        references[name] = SecretReference("file", str(path))
    return Credential("test-login", kind, {"username": username}, references)


def value(reading: Reading, name: str, labels: Mapping[str, str] | None = None) -> float | None:
    """Return one value of a reading."""
    return SampleSet(reading.families).value(name, tuple((labels or {}).items()))


def rows(reading: Reading, name: str) -> dict[str, float]:
    """Return a family's values by their first label."""
    found = (family for family in reading.families if family.name == name)
    return {sample.labels[0][1] if sample.labels else "": sample.value for family in found for sample in family}
