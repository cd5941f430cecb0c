"""A really full disk: a small tmpfs in a mount namespace of its own, which vanishes with the process."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CHILD = Path(__file__).with_name("store_full_disk.py")
SCRIPT = 'mount -t tmpfs -o size=12m,mode=0755 tmpfs "$1" && exec "$2" "$3" "$1"'


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Play the story once; return what each step found."""
    mount = tmp_path_factory.mktemp("full")
    alone = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "-m"]
    command = [*alone, "sh", "-c", SCRIPT, "sh", str(mount), sys.executable, str(CHILD)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert list(mount.iterdir()) == []
    return {step.pop("step"): step for step in map(json.loads, done.stdout.splitlines())}


pytestmark = pytest.mark.real


def test_a_start_on_a_full_disk_is_a_sentence(story: dict[str, dict[str, Any]]) -> None:
    assert story["start on a full disk"]["sentence"].startswith("The disk is full: ")


def test_space_is_held_back_while_there_is_room(story: dict[str, dict[str, Any]]) -> None:
    assert story["start"]["ballast"] is True
    assert story["start"]["critical"] is False


def test_samples_stop_first_and_leave_the_ballast(story: dict[str, dict[str, Any]]) -> None:
    step = story["samples on a full disk"]
    assert "The disk is full: " in step["sentence"]
    assert (step["ballast"], step["critical"]) == (True, False)


def test_facts_go_on_in_the_space_held_back(story: dict[str, dict[str, Any]]) -> None:
    assert story["a change on a full disk"]["passed"] == 1
    assert story["facts to the end"]["kept"] > 100
    assert story["facts to the end"]["ballast"] is False


def test_when_even_facts_find_no_room_it_is_critical_and_said(story: dict[str, dict[str, Any]]) -> None:
    step = story["facts to the end"]
    assert step["critical"] is True
    assert "wenyam.db: database or disk is full. Free some space" in step["sentence"]
    assert "samples wait" in story["samples after that"]["sentence"]


def test_the_heart_still_beats_and_nothing_is_torn(story: dict[str, dict[str, Any]]) -> None:
    assert story["still whole"] == {"problem": "", "file": [], "beat": 77}
    assert story["a file"]["left"] == ["filler", "state"]


def test_with_room_again_everything_goes_on_and_nothing_was_lost(story: dict[str, dict[str, Any]]) -> None:
    assert story["room again"]["next"] is True
    assert (story["room again"]["ballast"], story["room again"]["critical"]) == (True, False)
    assert story["after a restart"] == {"lost": [], "problem": "", "state": "down"}
