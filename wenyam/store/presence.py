"""Whether a database was ever made, asked before it is opened where an empty history is an answer."""

from pathlib import Path

from wenyam.store.opening import DATABASE


def is_made(directory: Path) -> bool:
    """Tell whether there is a database; True as well where this account may not look, so that opening it says why."""
    try:
        return (directory / DATABASE).exists()
    except PermissionError:
        return True
