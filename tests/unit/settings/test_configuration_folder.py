"""Who may write the configuration, what cannot be read, and plug-ins of other packages."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from wenyam.settings.loader import load, load_with_warnings
from wenyam.settings.problems import BrokenConfigurationError

GOOD = """\
instance: {name: test, site: office}
sites: {office: }
people: {somchai: {name: Somchai}}
defaults: {owner: somchai, duty_officer: somchai}
devices:
  a: {kind: other, address: 10.0.0.1}
"""
TOOLS = "tools: {ping: /usr/bin/ping}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "configuration"
    place.mkdir()
    place.chmod(0o755)
    write(place, "wenyam.yaml", GOOD)
    return place


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    (folder / name).chmod(0o644)
    return folder / name


def problems_of(folder: Path) -> list[str]:
    with pytest.raises(BrokenConfigurationError) as caught:
        load(folder)
    return [str(problem) for problem in caught.value.problems]


def test_a_good_folder_has_no_warnings(folder: Path) -> None:
    assert load_with_warnings(folder).warnings == ()


def test_a_missing_folder_and_a_missing_file_say_what_to_do(tmp_path: Path) -> None:
    absent = tmp_path / "absent"
    advice = f"'wenyam init {absent}' makes one, --config names another"
    assert problems_of(absent) == [f"wenyam.yaml: there is no folder {absent}; {advice}"]
    assert problems_of(tmp_path) == [f"wenyam.yaml: there is no wenyam.yaml in {tmp_path}; 'wenyam init {tmp_path}' writes one"]


def test_what_everybody_may_write_is_refused(folder: Path) -> None:
    folder.chmod(0o777)
    (folder / "wenyam.yaml").chmod(0o666)
    assert problems_of(folder) == [
        f".: the folder may be written by everybody; run: chmod o-w {folder}",
        f"wenyam.yaml: the file may be written by everybody; run: chmod o-w {folder / 'wenyam.yaml'}",
    ]


def test_a_group_that_may_write_is_a_warning(folder: Path) -> None:
    folder.chmod(0o775)
    assert [str(warning) for warning in load_with_warnings(folder).warnings] == [
        f".: the folder may be written by its group; run: chmod g-w {folder}"
    ]


def test_a_group_that_may_write_is_refused_where_programs_are_named(folder: Path) -> None:
    path = write(folder, "wenyam.yaml", GOOD + TOOLS)
    path.chmod(0o664)
    assert problems_of(folder) == [f"wenyam.yaml: the file may be written by its group; run: chmod g-w {path}"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused_where_programs_are_named(folder: Path) -> None:
    path = write(folder, "wenyam.yaml", GOOD + TOOLS)
    os.chown(path, 65534, 65534)
    assert problems_of(folder) == [
        f"wenyam.yaml: the file belongs to user 65534, neither to root nor to the user who runs this; run: chown root {path}"
    ]


def test_a_directory_in_place_of_a_file_is_a_sentence(folder: Path) -> None:
    (folder / "more.yaml").mkdir()
    assert problems_of(folder) == ["more.yaml: cannot be read: Is a directory"]


def test_duplicate_addresses_are_a_warning_unless_declared(folder: Path) -> None:
    more = "  b: {kind: other, address: 10.0.0.1}\n"
    write(folder, "wenyam.yaml", GOOD + more)
    assert [str(warning) for warning in load_with_warnings(folder).warnings] == [
        "wenyam.yaml:7: devices.b: 10.0.0.1 is also the address of a; if that is meant, say 'shared_address: true'"
    ]
    write(folder, "wenyam.yaml", GOOD + more.replace("}", ", shared_address: true}"))
    assert load_with_warnings(folder).warnings == ()


def test_a_name_for_an_address_is_a_warning(folder: Path) -> None:
    write(folder, "wenyam.yaml", GOOD.replace("10.0.0.1", "core.example.org"))
    assert [str(warning) for warning in load_with_warnings(folder).warnings] == [
        "wenyam.yaml:6: devices.a: 'core.example.org' is a name; an IP address also works when the resolver is down"
    ]


def test_one_witness_alone_is_a_warning(folder: Path) -> None:
    write(folder, "more.yaml", "witnesses: {w: {address: 10.0.9.1}}\n")
    assert [str(warning) for warning in load_with_warnings(folder).warnings] == [
        "more.yaml:1: witnesses: one alone proves nothing; name at least two on different paths"
    ]


def test_a_secret_file_that_others_may_read_is_a_warning(folder: Path) -> None:
    secret = write(folder, "community", "canary")
    write(folder, "more.yaml", "credentials:\n  c: {kind: snmp-community, community: file:community}\n")
    assert [str(warning) for warning in load_with_warnings(folder).warnings] == [
        f"more.yaml:2: credentials.c.community: {secret}: mode 0644 lets others read it; run: chmod 0600 {secret}",
        "more.yaml:2: credentials.c: nothing uses it",
    ]


def test_a_byte_order_mark_is_no_problem(folder: Path) -> None:
    (folder / "wenyam.yaml").write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    (folder / "devices.csv").write_bytes(b"\xef\xbb\xbfname,kind,address\r\nb,other,10.0.0.2\r\n")
    (folder / "devices.csv").chmod(0o644)
    assert sorted(load(folder).inventory.devices) == ["a", "b"]


NO_MODULE = "No module named 'nothing_of_this_name'"


def plug_in(place: Path, name: str, text: str) -> None:
    """Install a package that registers one collector, as pip would."""
    (place / f"{name}_module.py").write_text(text, encoding="utf-8")
    metadata = place / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    (metadata / "entry_points.txt").write_text(f"[wenyam.collectors]\n{name} = {name}_module:Collector\n", encoding="utf-8")


def check_with(folder: Path, packages: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "wenyam", "config", "check", str(folder)],
        env={**os.environ, "PYTHONPATH": str(packages)}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_a_plug_in_that_does_not_import_is_named_where_it_is_used(folder: Path, tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    plug_in(packages, "raising", 'raise RuntimeError("x")\n')
    plug_in(packages, "missing", "import nothing_of_this_name\n")
    plug_in(packages, "shapeless", "class Collector:\n    pass\n")
    reads = "".join(f"      {name}: {{collector: {name}}}\n" for name in ("raising", "missing", "shapeless"))
    write(
        folder,
        "wenyam.yaml",
        GOOD.replace("{kind: other, address: 10.0.0.1}", "\n    kind: other\n    address: 10.0.0.1\n    reads:") + reads,
    )
    done = check_with(folder, packages)
    assert done.returncode == 2
    assert done.stdout.splitlines() == [
        "wenyam.yaml:10: devices.a.reads.raising.collector: plug-in 'raising' cannot be loaded: RuntimeError",
        f"wenyam.yaml:11: devices.a.reads.missing.collector: plug-in 'missing' (missing_module:Collector): {NO_MODULE}",
        "wenyam.yaml:12: devices.a.reads.shapeless.collector: plug-in 'shapeless' has no strict model 'Config'",
    ]


def test_a_plug_in_of_another_package_has_its_own_options(folder: Path, tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    model = (
        "from pydantic import BaseModel, ConfigDict\n\nclass Options(BaseModel):\n    model_config = ConfigDict(extra='forbid')\n"
    )
    plug_in(packages, "foreign", model + "    wait: float\n\nclass Collector:\n    Config = Options\n")
    write(folder, "wenyam.yaml", GOOD.replace("10.0.0.1}", "10.0.0.1, reads: {x: {collector: foreign, wait: 5s}}}"))
    assert check_with(folder, packages).returncode == 0
    write(folder, "wenyam.yaml", GOOD.replace("10.0.0.1}", "10.0.0.1, reads: {x: {collector: foreign, wiat: 5s}}}"))
    assert check_with(folder, packages).stdout.splitlines() == [
        "wenyam.yaml:6: devices.a.reads.x: 'wait' is missing",
        "wenyam.yaml:6: devices.a.reads.x: unknown key 'wiat'; did you mean 'wait'?",
    ]


def as_somebody(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run a verb as a user without the right to pass over modes, who does not own the folder when we are root."""
    without = ["/usr/bin/setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"]
    command = [*(without if os.geteuid() == 0 else []), sys.executable, "-m", "wenyam", "--config", str(folder), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


def close_to_us(path: Path, mode: int) -> None:
    path.chmod(mode if os.geteuid() == 0 else 0)
    if os.geteuid() == 0:
        os.chown(path, 65534, 65534)


@pytest.mark.parametrize(
    "words", [("status",), ("status", "--json"), ("config", "check"), ("run",), ("db", "info"), ("jobs", "list")]
)
def test_a_folder_that_may_not_be_read_is_a_sentence(folder: Path, words: tuple[str, ...]) -> None:
    close_to_us(folder, 0o700)
    done = as_somebody(folder, *words)
    folder.chmod(0o700)
    assert (done.returncode, done.stdout if words[0] != "config" else "") == (2, "")
    assert f".: the folder {folder} cannot be read: Permission denied; run this as a user who may" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_whose_names_may_not_be_listed_is_not_read_in_part(folder: Path) -> None:
    close_to_us(folder, 0o711)
    assert "cannot be read: Permission denied" in as_somebody(folder, "config", "check").stdout
    folder.chmod(0o755)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_that_may_not_be_read_names_the_group_that_may(folder: Path) -> None:
    path = write(folder, "more.yaml", "devices: {}\n")
    os.chown(path, 65534, 65534)
    path.chmod(0o640)
    done = as_somebody(folder, "status")
    sentence = "more.yaml: cannot be read: Permission denied; run this as a user who may, such as a member of the group 'nogroup'"
    assert (done.returncode, sentence in done.stderr) == (2, True), done.stderr


def test_what_is_no_folder_or_no_file_is_said_so(folder: Path) -> None:
    problem = f".: the folder {folder / 'wenyam.yaml'} cannot be read: Not a directory"
    assert problems_of(folder / "wenyam.yaml") == [problem]
    os.mkfifo(folder / "pipe.yaml")
    (folder / "sub.yaml").mkdir()
    (folder / "gone.yaml").symlink_to("nowhere")
    assert problems_of(folder) == [
        "gone.yaml: cannot be read: No such file or directory",
        "pipe.yaml: is no file",
        "sub.yaml: cannot be read: Is a directory",
    ]


def test_a_working_directory_that_is_gone_is_a_sentence(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    script = 'cd "$1" && rmdir "$1" && exec "$2" -m wenyam --config etc status'
    done = subprocess.run(
        ["/bin/sh", "-c", script, "sh", str(gone), sys.executable], capture_output=True, text=True, check=False, timeout=30
    )
    assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
    assert done.stderr.startswith("wenyam status: The configuration has problems: etc: No such file or directory.")
