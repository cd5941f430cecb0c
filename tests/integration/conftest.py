"""What many tests of real servers share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from wenyam.links.pools import Links
from wenyam.testing.collecting import make_links


@pytest_asyncio.fixture
async def links(tmp_path: Path) -> AsyncIterator[Links]:
    made = make_links(tmp_path / "known_hosts")
    yield made
    await made.close()
