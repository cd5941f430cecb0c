"""The settings put on the machine at the other site: a whole new copy beside the former one, then one link moved to it."""

import io
import posixpath
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, TypeVar

from wenyam.clock import Clock
from wenyam.dr import manifests
from wenyam.dr.manifests import DamagedCopyError, Manifest
from wenyam.dr.settings_copy import MANIFEST, SettingsCopyError
from wenyam.links.sftp import Login, with_session
from wenyam.links.sftp_writing import WritingSftp
from wenyam.links.ssh import SshPool
from wenyam.model.instance import Configuration

SECONDS: Final = 300.0
Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is pushed."""

    manifest: Manifest
    files: Mapping[str, bytes]
    name: str
    """A name nothing else has, for the directory of a new copy."""


async def push(pool: SshPool, clock: Clock, configuration: Configuration, parcel: Parcel) -> bool:
    """Put a parcel in its place; True when the same copy was there already and only its moment was renewed.

    A CollectError when the machine cannot be logged in to, SettingsCopyError when it does not take the files; whatever fails,
    the former copy is whole and in its place.
    """
    sister = configuration.recovery.sister
    if sister is None:
        raise SettingsCopyError("'dr.sister' names no machine", hint="See docs/howto/dr.md.")
    inventory = configuration.inventory
    credential = inventory.credentials[sister.credential]
    login = Login(inventory.devices[sister.host].address, sister.port, credential, sister.legacy_crypto)
    work = partial(_put, folder=sister.folder, parcel=parcel)
    try:
        return await with_session(pool, login, WritingSftp, work, clock.monotonic() + SECONDS, clock=clock)
    except OSError as error:
        what = f"{sister.host} did not take them in {sister.folder}: {error.strerror or error}"
        hint = "Is there room, does the folder exist, and may the account write it? The former copy is still there."
        raise SettingsCopyError(what, hint=hint) from error


def _put(sftp: WritingSftp, *, folder: str, parcel: Parcel) -> bool:
    place = posixpath.join(folder, f"from-{parcel.manifest.instance}")
    former = _or_none(lambda: sftp.target(place.encode()).decode("utf-8", "replace"))
    if former is not None and _holds(sftp, place, parcel):
        _renew(sftp, place, parcel)
        return True
    prefix = f".{posixpath.basename(place)}~"  # no name of an instance has this sign in it
    _clear(sftp, folder, prefix, former)
    _move_in(sftp, place, f"{prefix}{parcel.name}", parcel)
    if former is not None and former.startswith(prefix) and "/" not in former:
        _or_none(partial(_remove, sftp, posixpath.join(folder, former).encode()))
    return False


def _clear(sftp: WritingSftp, folder: str, prefix: str, former: str | None) -> None:
    """Remove what a push that was cut off left behind."""
    for each in sftp.entries(folder.encode()):
        name = each.name.decode("utf-8", "replace")
        if name.startswith(prefix) and name != former:
            _remove(sftp, posixpath.join(folder.encode(), each.name))


def _move_in(sftp: WritingSftp, place: str, new: str, parcel: Parcel) -> None:
    """Write a whole new copy, then move the link to it in one step."""
    folder = posixpath.dirname(place)
    link = posixpath.join(folder, f"{new}.link").encode()
    try:
        _write_all(sftp, posixpath.join(folder, new), parcel)
        sftp.link(link, new.encode())
        sftp.replace(place.encode(), link)
    except OSError:
        for left in (link, posixpath.join(folder, new).encode()):
            _or_none(partial(_remove, sftp, left))
        raise


def _holds(sftp: WritingSftp, place: str, parcel: Parcel) -> bool:
    """Tell whether exactly these files are there already, byte by byte."""
    read = partial(_read, sftp, place)
    try:
        there = manifests.read(read(MANIFEST))
        return replace(there, at=parcel.manifest.at) == parcel.manifest and all(
            manifests.sha256(read(name)) == digest for name, digest in there.files.items()
        )
    except (DamagedCopyError, OSError):
        return False


def _read(sftp: WritingSftp, place: str, name: str) -> bytes:
    found = io.BytesIO()
    sftp.read(posixpath.join(place, name).encode(), found.write)
    return found.getvalue()


def _renew(sftp: WritingSftp, place: str, parcel: Parcel) -> None:
    new = posixpath.join(place, f".{MANIFEST}.{parcel.name}").encode()
    try:
        _write(sftp, new, manifests.write(parcel.manifest))
        sftp.replace(posixpath.join(place, MANIFEST).encode(), new)
    except OSError:
        _or_none(lambda: sftp.remove(new))
        raise


def _write_all(sftp: WritingSftp, new: str, parcel: Parcel) -> None:
    sftp.make_directory(new.encode())
    made = {""}
    for name, content in {**parcel.files, MANIFEST: manifests.write(parcel.manifest)}.items():
        _make_parents(sftp, new, posixpath.dirname(name), made)
        _write(sftp, posixpath.join(new, name).encode(), content)


def _make_parents(sftp: WritingSftp, new: str, directory: str, made: set[str]) -> None:
    if directory not in made:
        _make_parents(sftp, new, posixpath.dirname(directory), made)
        sftp.make_directory(posixpath.join(new, directory).encode())
        made.add(directory)


def _write(sftp: WritingSftp, path: bytes, content: bytes) -> None:
    sftp.write(path, io.BytesIO(content), lambda _size: None)


def _remove(sftp: WritingSftp, path: bytes) -> None:
    """Remove a file, a link, or a directory with all in it; nothing is followed."""
    if not stat.S_ISDIR(sftp.look(path).mode):
        sftp.remove(path)
        return
    for each in sftp.entries(path):
        _remove(sftp, path + b"/" + each.name)
    sftp.remove_directory(path)


def _or_none(work: Callable[[], Outcome]) -> Outcome | None:
    """Return what work returns; None when it is not there, or cannot be had away: whoever pushes next tries again."""
    try:
        return work()
    except OSError:
        return None
