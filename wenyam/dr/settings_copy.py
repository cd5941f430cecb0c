"""What is pushed to the other site: the files of the configuration folder without anything that is, or may be, a secret."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from stat import S_ISREG
from typing import Final

from wenyam.errors import SecretError, WenyamError
from wenyam.i18n.clean_text import clean
from wenyam.links.signatures import allowed_signers
from wenyam.model.instance import Configuration
from wenyam.settings.secret_places import every_secret
from wenyam.settings.secrets import SecretReader
from wenyam.settings.show import plain

PEOPLE, SIGNERS, MANIFEST = "people.json", "allowed_signers", "manifest.json"
OWN_NAMES: Final = (PEOPLE, SIGNERS, MANIFEST)
HOLDS_SECRET: Final = "it holds a secret"  # noqa: S105  # a sentence
_LARGEST: Final = 32 << 20
_MOST_FILES: Final = 10_000
_SHORTEST_SECRET: Final = 4
"""A shorter secret stands in every text."""
_SECRETS: Final = "secrets"
"""How the name of a directory of secrets ends: `secrets`, `backup-secrets`."""
_MARKS: Final = (b"PRIVATE KEY-----", b"AGE-SECRET-KEY-")


class SettingsCopyError(WenyamError):
    """The settings cannot be pushed to the other site."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The files by their path below the folder, and why others are left out."""

    files: Mapping[str, bytes]
    left: Mapping[str, str]
    unread: tuple[str, ...] = ()
    """Secrets that this account cannot read, so that nobody looked for them in the files."""


def gather(configuration: Configuration) -> Gathered:
    """Read the files that may be pushed as far as names tell; the order is that of their paths."""
    folder = Path(configuration.folder)
    kept: dict[str, bytes] = {}
    left: dict[str, str] = {}
    apart = _apart(configuration)
    for number, path in enumerate(_walk(folder, apart)):
        if number >= _MOST_FILES:
            raise SettingsCopyError(f"{folder} holds more than {_MOST_FILES} files", hint="Keep only the settings there.")
        name = path.relative_to(folder).as_posix()
        why = _why_not(path, name, apart)
        if why:
            left[name] = why
        else:
            kept[name] = path.read_bytes()
    return Gathered(dict(sorted(kept.items())), dict(sorted(left.items())))


def without_secrets(found: Gathered, configuration: Configuration, reader: SecretReader) -> Gathered:
    """Leave out whatever holds a secret; SettingsCopyError when that is a file of the settings themselves."""
    secrets, unread = _known_secrets(configuration, reader)
    holding = [name for name, content in found.files.items() if any(mark in content for mark in (*_MARKS, *secrets))]
    for name in holding:
        if "/" not in name and PurePosixPath(name).suffix in (".yaml", ".yml", ".csv"):
            what = f"{clean(name)} holds a secret in the clear"
            raise SettingsCopyError(what, hint="Move it to a file of its own under secrets/ and name it as file:PATH.")
    kept = {name: content for name, content in found.files.items() if name not in holding}
    return Gathered(kept, {**found.left, **dict.fromkeys(holding, HOLDS_SECRET)}, unread)


def people_files(configuration: Configuration) -> dict[str, bytes]:
    """Return the people and the keys they sign with, as files."""
    people = configuration.inventory.people
    shape = {"version": 1, "people": plain(people)}
    text = json.dumps(shape, ensure_ascii=False, indent=1, sort_keys=True)
    return {PEOPLE: f"{text}\n".encode(), SIGNERS: allowed_signers(people.values()).encode()}


def digest_of(files: Mapping[str, bytes], without: Iterable[str] = ()) -> str:
    """Return one SHA-256 (hex) over names and contents."""
    left = set(without)
    whole = hashlib.sha256()
    for name, content in sorted(files.items()):
        if name not in left:
            whole.update(f"{name}\0{len(content)}\0".encode("utf-8", "surrogateescape") + content)
    return whole.hexdigest()


def _apart(configuration: Configuration) -> frozenset[Path]:
    """Return what is no setting although it may lie in the folder: state, sockets, secrets, copies that were received."""
    instance, received = configuration.instance, configuration.recovery.received
    named = [instance.state_directory, instance.run_directory, *([] if received is None else [received.folder])]
    named += [each.location for each in every_secret(configuration) if each.scheme == "file"]
    return frozenset(Path(name).resolve() for name in named)


def _walk(folder: Path, apart: frozenset[Path]) -> Iterator[Path]:
    """Yield every file, and every directory that is not entered."""
    for path in sorted(folder.iterdir()):
        entered = path.is_dir() and not path.is_symlink() and not path.name.endswith(_SECRETS) and not path.name.startswith(".")
        if entered and path.resolve() not in apart:
            yield from _walk(path, apart)
        else:
            yield path


def _why_not(path: Path, name: str, apart: frozenset[Path]) -> str:
    """Say why a file is left out by its name and kind alone; its content is not looked at."""
    status = path.lstat()
    reasons = {
        # Names that are no UTF-8 have surrogates in them, which are not printable either.
        "its name is no plain text": not name.isprintable(),
        "it is a secret, or the state": path.resolve() in apart,
        "a link": path.is_symlink(),
        "a place of secrets": any(part.endswith(_SECRETS) for part in PurePosixPath(name).parts),
        "hidden": path.name.startswith(".") or path.name.endswith("~"),
        f"the name is taken: {', '.join(OWN_NAMES)}": name in OWN_NAMES,
        "no file": not S_ISREG(status.st_mode),
        "larger than 32 MiB": status.st_size > _LARGEST,
    }
    return next((why for why, holds in reasons.items() if holds), "")


def _known_secrets(configuration: Configuration, reader: SecretReader) -> tuple[tuple[bytes, ...], tuple[str, ...]]:
    """Return the secrets that this account can read, and where those lie that it cannot: they are left out by their names."""
    found, unread = set(), set()
    for reference in every_secret(configuration):
        try:
            found.add(reader.read(reference).strip().encode())
        except SecretError:
            unread.add(str(reference))
    return tuple(each for each in found if len(each) >= _SHORTEST_SECRET), tuple(sorted(unread))
