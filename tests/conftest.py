"""What every test shares."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How fast examples are made says how busy the machine is, not whether the code is right. The same examples each time, so
# that a run is a verdict on the change; WENYAM_EXPLORE=1 looks for new ones.
settings.register_profile(
    "house",
    deadline=None,
    derandomize=not os.environ.get("WENYAM_EXPLORE"),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")

_LAB = ("test_lab_", "test_watching_", "test_prometheus_watches_", "test_two_sites_")
"""Files that use the lab's fixed addresses, or network namespaces by name: never two at once."""
_ALONE = ("test_snmp_cases.py", "test_snmp_damaged_recordings.py")
"""Files whose tests share nothing and may go to any worker."""
_FIRST = ("integration", "tui", "house", "unit")
"""What waits most comes first, so that no worker is left with it alone at the end."""


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file's tests together when several workers share the run; recorded devices may go anywhere."""
    for item in items:
        if item.path.name not in _ALONE:
            item.add_marker(pytest.mark.xdist_group(_group(item.path)))
    items.sort(key=lambda item: (_room(item.path), not item.path.name.startswith(_LAB)))


def _group(path: Path) -> str:
    return "lab" if path.name.startswith(_LAB) else path.name


def _room(path: Path) -> int:
    below = path.parts[path.parts.index("tests") + 1 :]
    return _FIRST.index(below[0]) if below[0] in _FIRST else len(_FIRST)
