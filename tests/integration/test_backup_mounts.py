"""Disks that are not there, another's, or full, and a file nobody can read: real mounts, in a mount namespace of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CHILD = Path(__file__).with_name("backup_mounts.py")
# One mount that is private to the namespace, so that mounts below it can be moved.
SCRIPT = 'mount -t tmpfs -o size=128m,mode=0700 tmpfs "$1" && mount --make-private "$1" && exec "$2" "$3" "$1"'
pytestmark = [pytest.mark.real, pytest.mark.long]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Play the story once; return what each step said."""
    place = tmp_path_factory.mktemp("mounts")
    alone = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "-m"]
    command = [*alone, "sh", "-c", SCRIPT, "sh", str(place), sys.executable, str(CHILD)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    assert done.returncode == 0, done.stderr
    assert list(place.iterdir()) == []
    return {step.pop("step"): step for step in map(json.loads, done.stdout.splitlines())}


def _went_well(story: dict[str, dict[str, Any]], *steps: str) -> None:
    assert {step: story[step]["sentence"] for step in steps} == dict.fromkeys(steps, "")


def test_nothing_is_written_where_the_disk_is_not(story: dict[str, dict[str, Any]]) -> None:
    for step in ("no disk", "a backup without the disk"):
        assert (story[step]["error"], story[step]["left"]) == ("RepositoryAbsentError", [])
        assert "no disk is mounted at " in story[step]["sentence"]
        assert "Connect the disk and mount it; nothing was written." in story[step]["sentence"]


def test_a_strange_disk_is_left_alone(story: dict[str, dict[str, Any]]) -> None:
    assert "the file wenyam-disk-1 is not on it" in story["a strange disk"]["sentence"]
    assert story["a strange disk"]["left"] == []
    assert "not the one with UUID 0000-0000" in story["another UUID"]["sentence"]


def test_the_right_disk_is_used_whenever_it_is_there(story: dict[str, dict[str, Any]]) -> None:
    _went_well(story, "the right disk", "a backup", "a backup on its return")


def test_a_full_disk_is_named_and_afterwards_all_is_whole(story: dict[str, dict[str, Any]]) -> None:
    assert story["more than fits"]["error"] == "NoRoomError"
    assert "no space left on device" in story["more than fits"]["sentence"]
    _went_well(story, "prune", "what fits", "still whole")
    assert story["full over SFTP"]["error"] == "NoRoomError"
    assert "MiB are free at sftp://127.0.0.1:" in story["full over SFTP"]["sentence"]
    _went_well(story, "fits over SFTP")


@pytest.mark.parametrize("kind", ["append-only", "plain"])
def test_a_server_that_failed_halfway_may_be_full_and_its_403_is_no_wrong_credential(
    story: dict[str, dict[str, Any]], kind: str
) -> None:
    told = story[f"full over REST, {kind}"]
    assert told["error"] == "RepositoryError"
    assert "the server failed while it took data/" in told["sentence"]
    assert "Its disk may be full" in told["sentence"]
    assert "credential" not in told["sentence"]
    assert ("403" in told["sentence"].split("Its disk")[0]) is (kind == "append-only")
    _went_well(story, f"fits over REST, {kind}")


def test_a_file_nobody_can_read_is_named(story: dict[str, dict[str, Any]]) -> None:
    assert story["unreadable"]["error"] == "SourceError"
    assert "/source/small: " in story["unreadable"]["sentence"]
    _went_well(story, "readable")
