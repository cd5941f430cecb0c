"""Files that only their owner reads, whole or not there at all."""

import os
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step by one of mode 0600; a crash leaves the old one or the new one, never half."""
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
