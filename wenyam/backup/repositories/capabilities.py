"""What each version of restic can do: a table, so that no other file compares version numbers."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from wenyam.errors import RepositoryError
from wenyam.i18n.clean_text import clean

Version = tuple[int, int, int]
_VERSION: Final = re.compile(r"restic (\d+)\.(\d+)(?:\.(\d+))?\b")


class Feature(StrEnum):
    """Something that restic does since some version."""

    FROM_REPOSITORY = "copy --from-repo"
    COMPRESSION = "compression, repository version 2"
    JSON_RESTORE = "restore --json"
    SKIP_UNCHANGED = "backup --skip-if-unchanged"
    EXIT_ABSENT = "exit code 10: no repository"
    EXIT_LOCKED = "exit code 11: locked"
    EXIT_KEY = "exit code 12: wrong password"
    JSON_CHECK = "check --json"


SINCE: Final[dict[Feature, Version]] = {
    Feature.FROM_REPOSITORY: (0, 14, 0),
    Feature.COMPRESSION: (0, 14, 0),
    Feature.JSON_RESTORE: (0, 17, 0),
    Feature.SKIP_UNCHANGED: (0, 17, 0),
    Feature.EXIT_ABSENT: (0, 17, 0),
    Feature.EXIT_LOCKED: (0, 17, 0),
    Feature.EXIT_KEY: (0, 17, 1),
    Feature.JSON_CHECK: (0, 18, 0),
}
"""From restic's own changelog and its page on scripting."""
OLDEST: Final[Version] = (0, 14, 0)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the restic of this machine can do."""

    version: Version

    def has(self, feature: Feature) -> bool:
        """Tell whether this version does that."""
        return self.version >= SINCE[feature]

    def __str__(self) -> str:
        """Write the version."""
        return ".".join(map(str, self.version))


def capabilities_of(text: str) -> Capabilities:
    """Read what `restic version` printed; RepositoryError when it is too old or no restic at all."""
    found = _VERSION.match(text)
    if found is None:
        raise RepositoryError(
            f"this program is no restic: '{clean(text, 80)}'", hint="Correct tools.restic in the configuration."
        )
    capabilities = Capabilities((int(found[1]), int(found[2]), int(found[3] or 0)))
    if capabilities.version < OLDEST:
        oldest = Capabilities(OLDEST)
        raise RepositoryError(
            f"restic {capabilities} is too old, {oldest} is the oldest that serves", hint="Install a newer restic."
        )
    return capabilities
