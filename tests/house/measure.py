"""Prints what the house rules measure: lengths of functions and files, profiles by evidence. Fails when a limit is broken."""

import ast
import re
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
MEDIAN, P90, LONGEST, FILE, LONG_FILES_SHARE = 10, 32, 60, 300, 0.05


@dataclass
class Measure:
    """Lengths found in the package."""

    functions: list[tuple[int, str]] = field(default_factory=list)
    files: list[tuple[int, str]] = field(default_factory=list)


def sources() -> list[Path]:
    """Return the package's files that git knows or would."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "wenyam/*.py"],
        cwd=REPOSITORY, check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    return [REPOSITORY / name for name in listed if (REPOSITORY / name).is_file()]


def measure() -> Measure:
    """Measure every function and file of the package."""
    found = Measure()
    for path in sources():
        text = path.read_text(encoding="utf-8")
        name = str(path.relative_to(REPOSITORY))
        found.files.append((text.count("\n"), name))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
                found.functions.append((node.end_lineno - node.lineno + 1, f"{name}:{node.lineno} {node.name}"))
    return found


def problems(found: Measure) -> list[str]:
    """Return what is over a limit, as sentences."""
    lengths = sorted(length for length, _ in found.functions)
    median, p90 = statistics.median(lengths), lengths[int(len(lengths) * 0.9)]
    said = []
    if median > MEDIAN:
        said.append(f"the median function has {median} lines, aim {MEDIAN}")
    if p90 > P90:
        said.append(f"one function in ten has {p90} lines or more, aim {P90}")
    said += [f"{where} has {length} lines, at most {LONGEST}" for length, where in found.functions if length > LONGEST]
    long = [f"{name} has {length} lines" for length, name in found.files if length > FILE]
    if len(long) > LONG_FILES_SHARE * len(found.files):
        said.append(f"too many files over {FILE} lines: " + "; ".join(long))
    return said


def evidence() -> dict[str, int]:
    """Count the profiles by their evidence."""
    counts: dict[str, int] = {}
    for path in sorted((REPOSITORY / "wenyam/collectors/profiles").glob("*.yaml")):
        match = re.search(r"^evidence:\s*\{?\s*kind:\s*(\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        word = match.group(1) if match else "without evidence"
        counts[word] = counts.get(word, 0) + 1
    return counts


def main() -> int:
    """Print the measures and every limit that is broken."""
    found = measure()
    lengths = sorted(length for length, _ in found.functions)
    print(
        f"{len(lengths)} functions, median {statistics.median(lengths):.0f} lines, p90 {lengths[int(len(lengths) * 0.9)]}; "
        f"{len(found.files)} files, longest {max(found.files)[0]} lines; profiles: "
        + ", ".join(f"{count} {word}" for word, count in sorted(evidence().items()))
    )
    broken = problems(found)
    for sentence in broken:
        print(f"house rule: {sentence}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
