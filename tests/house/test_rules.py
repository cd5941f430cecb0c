"""The rules of the house, as tests."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from wenyam import plugins
from wenyam.cli.main import VERBS

REPOSITORY = Path(__file__).parents[2]
TEXT_ENDINGS = {".py", ".md", ".yaml", ".yml", ".toml", ".sh", ".sql", ".txt", ".cfg", ".service", ".timer", ""}


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout.split("\n")
    return [REPOSITORY / name for name in listed if name and (REPOSITORY / name).is_file()]


def package_files() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py" and path.is_relative_to(REPOSITORY / "wenyam")]


def test_no_machine_path_or_registry_address_is_in_the_repository() -> None:
    bad = re.compile(r"(?<![\w.])/(?:work|farm)/|--(?:extra-)?index-url|https?://\S+/simple\b|https?://\S+\.(?:whl|deb|tgz)\b")
    found = [
        f"{path.relative_to(REPOSITORY)}:{number}"
        for path in tracked()
        if path.suffix in TEXT_ENDINGS and path != Path(__file__)
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if bad.search(line) and "emit-index-url" not in line
    ]
    assert found == []


def test_only_clock_asks_the_operating_system_for_the_time() -> None:
    asks = re.compile(r"\btime\.(?:time|monotonic|time_ns|perf_counter)\(|\bdatetime\.(?:now|utcnow|today)\(|\bdate\.today\(")
    allowed = {"clock.py"}
    found = [
        str(path.relative_to(REPOSITORY))
        for path in package_files()
        if path.name not in allowed and "testing" not in path.parts and asks.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_only_links_starts_programs() -> None:
    starts = re.compile(r"\bsubprocess\.|create_subprocess|os\.(?:system|popen|exec|spawn)|pty\.spawn")
    found = [
        str(path.relative_to(REPOSITORY))
        for path in package_files()
        if not {"links", "testing"} & set(path.parts) and starts.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_no_shell_pickle_or_unsafe_yaml_anywhere() -> None:
    bad = re.compile(r"shell\s*=\s*True|\bpickle\b|yaml\.load\(|\beval\(|\bexec\(")
    found = [str(path.relative_to(REPOSITORY)) for path in package_files() if bad.search(path.read_text(encoding="utf-8"))]
    assert found == []


def test_product_code_has_no_assert_and_swallows_nothing() -> None:
    found = []
    for path in package_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assert):
                found.append(f"{path.name}:{node.lineno} assert")
            if isinstance(node, ast.ExceptHandler) and len(node.body) == 1 and isinstance(node.body[0], ast.Pass):
                found.append(f"{path.name}:{node.lineno} swallows")
    assert found == []


def test_every_exception_to_a_rule_names_its_reason() -> None:
    bare = re.compile(r"#\s*(?:noqa: [A-Z]+\d+(?:, [A-Z]+\d+)*|type: ignore(?:\[[\w, -]+\])?)\s*$")
    found = [
        f"{path.relative_to(REPOSITORY)}:{number}"
        for path in tracked()
        if path.suffix == ".py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if bare.search(line)
    ]
    assert found == []


def test_the_nine_names_of_the_readme_lead_somewhere() -> None:
    rows = re.findall(r"^\| `([\w.]+/?)` \| `([\w./]+)` \|", (REPOSITORY / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    names = {name.rstrip("/") for name, _ in rows}
    assert {"collectors", "checks", "config", "tests", "scripts", "pyproject.toml"} <= names
    assert [place for _, place in rows if not (REPOSITORY / place).exists()] == []


@pytest.mark.parametrize("group", [plugins.COLLECTORS, plugins.CHECKS])
def test_every_registered_plugin_loads(group: str) -> None:
    assert plugins.names(group)
    for name in plugins.names(group):
        assert plugins.load(group, name).__doc__


HEAVY = {
    *("textual", "paramiko", "netmiko", "psycopg", "pymysql", "aiohttp", "pysnmp"),
    *("sqlite_utils", "ruamel", "pydantic", "rich", "asyncio", "difflib"),
}


@pytest.mark.parametrize(
    ("words", "may_load"),
    [
        (["--help"], set()),
        (["--version"], set()),
        *[([verb, "--help"], {"asyncio"} if verb in ("jobs", "doctor") else set()) for verb in VERBS],
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_asking_for_help_loads_nothing_heavy(words: list[str], may_load: set[str]) -> None:
    script = (
        "import sys, contextlib\n"
        "from wenyam.cli.main import main\n"
        "with contextlib.suppress(SystemExit):\n"
        f"    main({words!r})\n"
        "print('LOADED', *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    loaded = set(done.stdout.rsplit("LOADED", 1)[1].split())
    assert loaded & HEAVY - may_load == set()
    assert words[0].strip("-") in done.stdout or "wenyam" in done.stdout
