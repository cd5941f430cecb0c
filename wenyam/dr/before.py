"""What there was before a step changed it: kept once in the run's own directory, so that it can be put back after a crash too."""

import json
from typing import Any

from wenyam.dr.attempts import step_errors
from wenyam.dr.contract import StepPlace
from wenyam.store.files import PRIVATE_FILE, write


def remember(place: StepPlace, name: str, value: Any) -> Any:
    """Keep a value the first time it is seen in this run, durably, and return the one that is kept."""
    kept = recall(place, name)
    if kept is not None:
        return kept
    with step_errors():
        write(place.evidence / f"{place.step.id}-{name}.json", json.dumps(value, ensure_ascii=False).encode(), mode=PRIVATE_FILE)
    return value


def recall(place: StepPlace, name: str) -> Any:
    """Return what was kept; None when nothing whole was."""
    try:
        return json.loads((place.evidence / f"{place.step.id}-{name}.json").read_bytes())
    except (OSError, ValueError):
        return None
