"""Who gives a command: the person behind the operating system's account."""

import os
import pwd
from pathlib import Path

from wenyam.model.inventory import Inventory

_LOGIN = Path("/proc/self/loginuid")
"""Set by the kernel at login and kept through su and sudo; absent or all ones where nobody logged in."""
_NOBODY = 2**32 - 1


def present_actor(inventory: Inventory) -> str:
    """Return the id of whoever started this process: by the account of the login, else by the process's own."""
    return person_of(inventory, _login_user())


def person_of(inventory: Inventory, user: int) -> str:
    """Return the person of a user id; a user who is nobody in `people` acts under the system's name."""
    try:
        name = pwd.getpwuid(user).pw_name
    except KeyError:
        return f"uid {user}"
    return next((person.id for person in inventory.people.values() if person.os_user == name), name)


def _login_user() -> int:
    try:
        user = int(_LOGIN.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return os.getuid()
    return os.getuid() if user == _NOBODY else user
