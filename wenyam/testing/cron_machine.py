"""What Debian's cron needs to start our lines, laid below a directory that stands for a machine's root."""

from pathlib import Path

from wenyam.operations.cron_file import ACCOUNT, PROGRAM


def lay_cron(root: Path) -> None:
    """Lay the account, the program and a running cron."""
    for name, content in (
        ("etc/passwd", f"root:x:0:0::/root:/bin/sh\n{ACCOUNT}:x:999:999::/nonexistent:/bin/false\n"),
        (PROGRAM.lstrip("/"), "#!/bin/sh\n"),
        ("proc/812/comm", "cron\n"),
        ("etc/cron.d/wenyam", ""),
    ):
        (path := root / name).parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        path.chmod(0o644)
