"""What every test shares."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# How fast examples are made says how busy the machine is, not whether the code is right. The same examples each time, so
# that a run is a verdict on the change; WENYAM_EXPLORE=1 looks for new ones.
settings.register_profile(
    "house",
    deadline=None,
    derandomize=not os.environ.get("WENYAM_EXPLORE"),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")

_LAB = ("test_lab_", "test_watching_", "test_prometheus_watches_", "test_two_sites_", "test_dashboard_in_")
"""Files that use the lab's fixed addresses, or network namespaces by name: never two at once."""
_ALONE = ("test_snmp_cases.py", "test_snmp_damaged_recordings.py")
"""Files whose tests share nothing and may go to any worker."""
_FIRST = ("integration", "tui", "house", "unit")
"""What waits most comes first, so that no worker is left with it alone at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what waits most."""
    items.sort(key=lambda item: (_room(item.path), not item.path.name.startswith(_LAB)))


def _room(path: Path) -> int:
    below = path.parts[path.parts.index("tests") + 1 :]
    return _FIRST.index(below[0]) if below[0] in _FIRST else len(_FIRST)


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Gives whole files to workers; xdist's own groups (`--dist loadgroup`) do nothing under pytest 9."""

    def _split_scope(self, nodeid: str) -> str:
        """Return what must stay on one worker with others of the same name."""
        file = Path(nodeid.partition("::")[0]).name
        return "lab" if file.startswith(_LAB) else nodeid if file in _ALONE else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """Share the run as `ByFile` says."""
    return ByFile(config, log)
