"""Copies of others' settings on this machine: read as they lie there, and compared with their manifests."""

import os
from dataclasses import dataclass
from pathlib import Path

from wenyam.dr import manifests
from wenyam.dr.manifests import DamagedCopyError, Manifest
from wenyam.dr.settings_copy import MANIFEST
from wenyam.i18n.clean_text import clean
from wenyam.model import durations
from wenyam.model.instants import Instant, seconds_between
from wenyam.model.pushing import ReceivedPlan

_TRIES = 2
_AHEAD = 300.0
"""Seconds by which a manifest may be ahead of our clock."""


@dataclass(frozen=True, slots=True)
class Received:
    """What is there of one instance, and what is wrong with it."""

    instance: str
    folder: Path
    manifest: Manifest | None
    problem: str
    """Empty when the copy is whole and young enough."""

    @property
    def at(self) -> Instant | None:
        """When it was last confirmed to be the present one; None when that cannot be told."""
        return None if self.manifest is None else self.manifest.at


def examine(plan: ReceivedPlan, instance: str, now: Instant) -> Received:
    """Examine a copy, byte by byte."""
    place = Path(plan.folder) / f"from-{instance}"
    try:
        manifest = _whole(place)
    except (DamagedCopyError, OSError) as error:
        why = error.what if isinstance(error, DamagedCopyError) else f"cannot be read: {error.strerror}"
        return Received(instance, place, None, "nothing was ever received" if isinstance(error, FileNotFoundError) else why)
    return Received(instance, place, manifest, _wrong(plan, instance, manifest, now))


def _whole(place: Path) -> Manifest:
    """Return the manifest of a copy that is whole. A new copy may take its place while it is read, so it is read once more."""
    for attempt in range(1, _TRIES + 1):
        real = _target(place)
        try:
            return _read(real)
        except (DamagedCopyError, OSError) as error:
            if attempt == _TRIES or _target(place) == real:
                if isinstance(error, FileNotFoundError):
                    raise DamagedCopyError("its manifest is gone") from error
                raise
    raise DamagedCopyError("it changes all the time")


def _target(place: Path) -> Path:
    """Return the directory that the link leads to now; a plain directory is one that somebody put there."""
    place.lstat()
    return place.parent / place.readlink() if place.is_symlink() else place


def _read(real: Path) -> Manifest:
    manifest = manifests.read((real / MANIFEST).read_bytes())
    wrong = [name for name, digest in manifest.files.items() if _digest(real / name) != digest]
    if wrong:
        raise DamagedCopyError(f"changed, cut or gone: {_names(wrong)}")
    there = {Path(at, name).relative_to(real).as_posix() for at, _, names in os.walk(real) for name in names}
    many = sorted(name for name in there - set(manifest.files) if not Path(name).name.startswith(f".{MANIFEST}."))
    if many != [MANIFEST]:
        raise DamagedCopyError(f"nobody pushed: {_names([name for name in many if name != MANIFEST])}")
    return manifest


def _digest(path: Path) -> str:
    try:
        return manifests.sha256(path.read_bytes())
    except FileNotFoundError:
        return ""


def _names(names: list[str]) -> str:
    shown = ", ".join(clean(name, 80) for name in names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown  # noqa: PLR2004  # as many as are shown


def _wrong(plan: ReceivedPlan, instance: str, manifest: Manifest, now: Instant) -> str:
    age = seconds_between(manifest.at, now)
    if manifest.instance != instance:
        return f"it is of '{clean(manifest.instance, 80)}'"
    if age > plan.maximum_age:
        return f"it is {durations.write(age)} old, limit {durations.write(plan.maximum_age)}"
    return "it comes from the future; one of the two clocks is wrong" if age < -_AHEAD else ""
