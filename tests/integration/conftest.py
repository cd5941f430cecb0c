"""What many tests of real servers share."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from wenyam.links.pools import Links
from wenyam.model.inventory import Credential
from wenyam.testing.certificates import TestAuthority
from wenyam.testing.collecting import make_credential, make_links
from wenyam.testing.lab import Lab
from wenyam.testing.watched_lab import watched
from wenyam.testing.watcher import RunningWatcher


@pytest_asyncio.fixture
async def links(tmp_path: Path) -> AsyncIterator[Links]:
    made = make_links(tmp_path / "known_hosts")
    yield made
    await made.close()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    # A network of its own, so that a lab that somebody is looking at meanwhile disturbs nobody.
    with Lab(tmp_path_factory.mktemp("lab"), own_network=True) as running:
        yield running


@pytest.fixture(scope="module")
def watcher(lab: Lab) -> Iterator[RunningWatcher]:
    with watched(lab) as running:
        yield running


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> TestAuthority:
    return TestAuthority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def login(tmp_path: Path) -> Credential:
    # Whom the made services of management controllers and hypervisors let in.
    return make_credential(tmp_path, "http-basic", "watch", password="s3cret")
