"""Words, places and terminals that do not fit, given to the real command: a sentence, the documented exit code, no traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from wenyam.testing.watcher import RunningWatcher

pytestmark = pytest.mark.real

Done = subprocess.CompletedProcess[str]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Write a starter configuration whose things stay in the directory."""
    folder = tmp_path / "site"
    assert call(folder, "init").returncode == 0
    text = (folder / "wenyam.yaml").read_text(encoding="utf-8")
    for key in ("state", "run"):
        text = text.replace(f"# {key}_directory: ", f"{key}_directory: {tmp_path}/{key} # ")
    text = text.replace("# exporter: ", "exporter: {enabled: false} # ")
    (folder / "wenyam.yaml").write_text(text, encoding="utf-8")
    (folder / "devices.yaml").write_text("devices: {web-1: {kind: other, address: 127.0.0.7}}\n", encoding="utf-8")
    return folder


def call(folder: Path, *words: str, output: str = "", **environment: str) -> Done:
    with Path(output or os.devnull).open("w", encoding="utf-8") as sink:
        done = subprocess.run(
            [sys.executable, "-m", "wenyam", *words], stdout=sink if output else subprocess.PIPE, stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL, env={**os.environ, "WENYAM_CONFIG": str(folder), **environment}, encoding="utf-8",
            timeout=60, check=False,
        )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("statsu",), "there is no 'statsu'; did you mean 'status'?"),
        (("moon",), "there is no 'moon'; 'wenyam --help' lists what there is"),
        (("dr", "rehearze", "erp"), "there is no 'rehearze'; did you mean 'rehearse'?"),
        (("status", "--jsn"), "unrecognized arguments: --jsn; did you mean '--json'?"),
        (("dr", "show", "erp", "--mod=drill"), "unrecognized arguments: --mod=drill; did you mean '--mode'?"),
        (("collect", "--host", "127.0.0.1", "--port", "99999"), "'99999' is not a port from 1 to 65535"),
        (("collect", "--host", "127.0.0.1", "--timeout", "-1"), "'-1' is not a number above 0"),
        (("record", "127.0.0.1", "--maximum-rows", "0"), "'0' is not a number from 1 to 100000000"),
        (("alert", "log", "--hours", "-5"), "'-5' is not a number of hours from 1 to 87600"),
        (("collect", "--device", "web1"), "there is no device 'web1' in {folder}. Did you mean 'web-1'?"),
        (("hostkey", "web1"), "there is no host 'web1' in {folder}. Did you mean 'web-1'?"),
        (("jobs", "run", "retension"), "there is no job 'retension'. Did you mean 'retention'?"),
    ],
)
def test_a_word_that_is_nearly_right(site: Path, words: tuple[str, ...], sentence: str) -> None:
    done = call(site, *words)
    assert done.returncode == 2
    assert sentence.format(folder=site) in done.stderr


def test_what_the_watcher_does_not_know_is_answered_with_what_it_knows(site: Path) -> None:
    with RunningWatcher(site, site.parent / "run", site.parent / "log") as watcher:
        watcher.wait_for(bool, 20, "a first state")
        done = call(site, "check", "web-1/disk")
        assert (done.returncode, done.stdout) == (
            3,
            "UNKNOWN - web-1/disk: nothing is known of it; what is known of web-1: alive\n",
        )
        for words, what in (
            (("alert", "silence", "device:web1", "--for", "1h", "--reason", "x"), "device, link or service"),
            (("incident", "open", "--title", "x", "--subject", "web1"), "device"),
        ):
            done = call(site, *words)
            assert done.returncode == 2
            assert f"there is no {what} 'web1'. Did you mean 'web-1'?" in done.stderr


def test_help_is_given_however_it_is_asked_for(site: Path) -> None:
    nothing = call(site)
    assert (nothing.returncode, nothing.stdout, "verbs:" in nothing.stderr) == (2, "", True)
    for words in (("help",), ("--help",)):
        done = call(site, *words)
        assert (done.returncode, "'wenyam VERB --help' says more." in done.stdout) == (0, True)
    assert call(site, "help", "oncall").stdout.startswith("usage: wenyam oncall ")
    assert "there is no 'onkall'; did you mean 'oncall'?" in call(site, "help", "onkall").stderr


def test_check_proposes_the_nearest_device_too(site: Path) -> None:
    done = call(site, "check", "web1")
    assert (done.returncode, done.stdout) == (
        3,
        f"UNKNOWN - The command was not understood: there is no device 'web1' in {site}. Did you mean 'web-1'?\n",
    )


def test_an_error_is_no_data_and_check_answers_in_the_form_asked_for(site: Path) -> None:
    for words in (("dr", "show", "erp"), ("backup", "list", "erp"), ("availability", "erp"), ("incident", "show", "ABCD")):
        done = call(site, *words, "--json")
        assert done.stdout == ""
        assert done.stderr.startswith(f"wenyam {words[0]}: ")
    answer = json.loads(call(site, "check", "web1", "--json").stdout)
    assert (answer["version"], answer["subject"], answer["exit_code"]) == (1, "web1", 3)
    assert "Did you mean 'web-1'?" in answer["text"]


def test_folder_and_state_may_stand_behind_the_sub_verb(site: Path) -> None:
    elsewhere = site.parent / "elsewhere"
    assert f"there is no folder {elsewhere}" in call(site, "dr", "list", "--config", str(elsewhere)).stderr
    assert f"{elsewhere} does not exist" in call(site, "db", "info", "--state", str(elsewhere)).stderr
    assert f"{elsewhere} does not exist" in call(site, "audit", "--state", str(elsewhere), "verify").stderr


def test_a_file_that_cannot_be_written_or_read_is_not_the_database(site: Path) -> None:
    done = call(site, "jobs", "timers", "--output", "/nonexistent")
    assert done.returncode == 1
    assert "A file could not be read or written: /nonexistent/" in done.stderr


@pytest.mark.parametrize(("words", "code"), [(("config", "show"), 1), (("jobs", "plan"), 1), (("check", "web-1"), 3)])
def test_a_full_disk_behind_the_output(site: Path, words: tuple[str, ...], code: int) -> None:
    done = call(site, *words, output="/dev/full")
    assert (done.returncode, done.stderr) == (code, f"wenyam {words[0]}: stdout: No space left on device\n")


@pytest.mark.parametrize("locale", [{"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1"}, {"LC_ALL": "C"}])
def test_thai_in_a_locale_without_thai_letters(site: Path, locale: dict[str, str]) -> None:
    assert "สำนักงานใหญ่" in call(site, "config", "show", **locale).stdout


def test_a_narrow_terminal_shows_names_and_states_whole(site: Path) -> None:
    (site / "backups.yaml").write_text(
        "repositories: {main: {kind: local, path: /nonexistent/main, key: file:main.key}}\n"
        "backups:\n"
        "  a-long-name: {source: files, paths: [/etc/hostname], covers: [], schedule: every day 01:30, repository: main}\n",
        encoding="utf-8",
    )
    said = call(site, "backup", "status", COLUMNS="40").stdout.splitlines()
    assert [line.split() for line in said[:2]] == [["Job", "State", "Proven"], ["a-long-name", "✖", "RED", "never"]]


def test_bytes_that_are_no_text(site: Path) -> None:
    done = subprocess.run(
        [sys.executable.encode(), b"-m", b"wenyam", b"check", b"web\xff"], capture_output=True,
        env={**os.environ, "WENYAM_CONFIG": str(site)}, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 3
    assert b"there is no device 'web?'" in done.stdout
    assert b"Traceback" not in done.stderr
