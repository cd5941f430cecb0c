"""The starter configuration, written into a folder that has none."""

import os
from importlib.resources import files
from pathlib import Path

from wenyam.errors import WenyamError

SECRETS = "secrets"
_SECRETS_MODE = 0o700


class StarterError(WenyamError):
    """The starter configuration was not written."""

    hint = "Name an empty folder that you may write."
    permanent = True
    exit_code = 2


def write_starter(folder: Path) -> tuple[Path, ...]:
    """Write the starter files and an empty secrets folder (0700); StarterError when a file of that name is there."""
    texts = {item.name: item.read_text(encoding="utf-8") for item in files("wenyam.settings").joinpath("starter").iterdir()}
    written = tuple(folder / name for name in sorted(texts) if name.endswith(".yaml"))
    there = [str(path) for path in written if path.exists()]
    if there:
        raise StarterError(f"{' and '.join(there)} would be overwritten")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in written:
            with path.open("x", encoding="utf-8") as file:
                os.fchmod(file.fileno(), 0o644)
                file.write(texts[path.name])
        (folder / SECRETS).mkdir(mode=_SECRETS_MODE, exist_ok=True)
        (folder / SECRETS).chmod(_SECRETS_MODE)
    except OSError as error:
        raise StarterError(f"{error.filename}: {error.strerror}") from error
    return (*written, folder / SECRETS)
