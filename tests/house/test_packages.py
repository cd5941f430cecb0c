"""Every program that scripts, tests and the lab start is in a package of scripts/packages, or on every Debian machine."""

import re
import subprocess
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
ABSOLUTE = re.compile(r"(?<![\w.{}$\"'/-])/(?:usr/)?s?bin/([a-z][\w.+-]*)|[\"'](/(?:usr/)?s?bin/[a-z][\w.+-]*)[\"']")
BARE = re.compile(r"(?:run|Popen|check_output|command|out)\(\s*\[?\"([a-z][a-z0-9-]+)\"")
OWN = {"wenyam", "x", "python", "policy-rc.d", "true", "false"}
"""Our own program, names made up in tests, and what stands for any program."""
PLACES = ("/usr/bin", "/usr/sbin", "/bin", "/sbin")


def named() -> dict[str, str]:
    """Return every program named, with a file that names it."""
    found: dict[str, str] = {}
    for folder in ("scripts", "tests/integration", "tests/house", "wenyam/testing", "config/systemd"):
        for path in sorted((REPOSITORY / folder).rglob("*")):
            if path.is_file() and path.suffix in ("", ".py", ".sh", ".service"):
                text = path.read_text(encoding="utf-8", errors="replace")
                names = {Path(first or second).name for first, second in ABSOLUTE.findall(text)} | set(BARE.findall(text))
                found |= dict.fromkeys(names - OWN, str(path.relative_to(REPOSITORY)))
    return found


@cache
def owner(program: str) -> tuple[str, str] | None:
    """Return package and priority of an installed program; None when no package has it."""
    for place in PLACES:
        done = subprocess.run(["dpkg-query", "-S", f"{place}/{program}"], capture_output=True, text=True, check=False)
        package = done.stdout.partition(":")[0]
        if done.returncode == 0 and not done.stdout.startswith("diversion"):
            asked = ["dpkg-query", "-W", "-f", "${Priority}", package]
            return package, subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    return None


def listed() -> set[str]:
    """Return the packages of every list, and all that comes with them."""
    lines = [line for path in (REPOSITORY / "scripts/packages").glob("*.txt") for line in path.read_text().splitlines()]
    asked = ["dpkg-query", "-W", "-f", "${Package}\t${Depends},${Pre-Depends}\n"]
    rows = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.splitlines()
    needs = {
        name: {word.split()[0].partition(":")[0] for word in re.split(r"[,|]", rest) if word.strip()}
        for name, _, rest in (row.partition("\t") for row in rows)
    }
    found: set[str] = set()
    waiting = [line.split("#")[0].strip() for line in lines]
    while waiting:
        package = waiting.pop()
        if package and package not in found:
            found.add(package)
            waiting += needs.get(package, ())
    return found


def test_every_program_comes_with_a_listed_package() -> None:
    known, missing = listed(), {}
    programs = named()
    assert {"snmpd", "sshd", "nft", "git"} <= programs.keys()
    for program, where in programs.items():
        package = owner(program)
        if package is not None and package[1] != "required" and package[0] not in known:
            missing[program] = f"{package[0]} ({where})"
    assert missing == {}


def test_a_virtual_environment_can_be_made_for_every_main_job() -> None:
    assert "python3-venv" in (REPOSITORY / "scripts/packages/run.txt").read_text(encoding="utf-8").split()
