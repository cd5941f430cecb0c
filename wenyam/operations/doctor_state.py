"""Examinations of what is kept: the state directory, its space and ballast, the database, the watcher's heartbeat."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from wenyam.checks.age import FUTURE_TOLERANCE
from wenyam.model import durations
from wenyam.model.instants import seconds_between
from wenyam.operations.findings import Finding, Surroundings, bad, good, untested, without_configuration
from wenyam.store import heartbeat as heartbeats
from wenyam.store.ballast import FILE as BALLAST
from wenyam.store.failures import free_bytes
from wenyam.store.inspection import problems
from wenyam.store.opening import DATABASE
from wenyam.store.sqlite import open_reader

DIRECTORY_MODE = 0o2770
MEBIBYTE = 1024 * 1024


def directory(surroundings: Surroundings) -> Iterable[Finding]:
    """Examine the state directory: there, for its group only, writable by this account."""
    path = surroundings.state_directory
    if path is None:
        return without_configuration("state directory")
    if not path.is_dir():
        return [untested("state directory", f"{path} does not exist yet", "scripts/install makes it, or the first 'wenyam run'.")]
    mode = stat.S_IMODE(path.stat().st_mode)
    repair = f"Run: chmod {DIRECTORY_MODE:o} {path}"
    if mode & 0o007:
        return [bad("state directory", f"{path} has mode {mode:04o}, open to everybody", repair)]
    if not mode & stat.S_ISGID:
        return [bad("state directory", f"{path} has mode {mode:04o}, so new files miss the shared group", repair)]
    if not os.access(path, os.W_OK | os.X_OK):
        return [
            bad("state directory", f"{path} may not be written by this account", "Run it as a member of the group that owns it.")
        ]
    return [good("state directory", f"{path}, mode {mode:04o}")]


def space(surroundings: Surroundings) -> Iterable[Finding]:
    """Examine the free space: less than twice the ballast, and it could not be held again after it was needed."""
    path, configuration = surroundings.state_directory, surroundings.configuration
    if path is None or configuration is None:
        return without_configuration("space")
    if not path.is_dir():
        return [untested("space", f"{path} does not exist yet")]
    free, needed = free_bytes(path), 2 * configuration.instance.ballast_bytes
    sentence = f"{free // MEBIBYTE} MiB are free for {path}"
    if free < needed:
        return [bad("space", f"{sentence}, at least {needed // MEBIBYTE} MiB are needed", "Free some space.")]
    return [good("space", sentence)]


def ballast(surroundings: Surroundings) -> Iterable[Finding]:
    """Examine the ballast: the space held back so that facts can still be written on a full disk."""
    path, configuration = surroundings.state_directory, surroundings.configuration
    if path is None or configuration is None:
        return without_configuration("ballast")
    size, file = configuration.instance.ballast_bytes, path / BALLAST
    if not (path / DATABASE).exists():
        return [untested("ballast", "is made at the first start")]
    held = file.stat().st_blocks * 512 if file.exists() else 0
    if held < size:
        advice = "Free some space; the watcher holds it again by itself."
        return [bad("ballast", f"{held // MEBIBYTE} of {size // MEBIBYTE} MiB are held", advice)]
    return [good("ballast", f"{size // MEBIBYTE} MiB are held")]


def database(surroundings: Surroundings) -> Iterable[Finding]:
    """Examine the database: readable, of our schema, its pages whole."""
    path = surroundings.state_directory
    if path is None:
        return without_configuration("database")
    if not (path / DATABASE).exists():
        return [untested("database", f"there is none in {path} yet; the first 'wenyam run' makes it")]
    reader = open_reader(path)
    try:
        wrong = problems(reader)
        head = reader.head()
    finally:
        reader.close()
    if wrong:
        advice = "Stop Wenyam, keep a copy, and restore the last backup; 'wenyam db check' says more."
        return [bad("database", f"{path / DATABASE}: {wrong[0]}", advice)]
    return [
        good("database", f"{path / DATABASE} is whole, {head.sequence} facts", "'wenyam audit verify' checks the chain of facts.")
    ]


def watcher(surroundings: Surroundings) -> Iterable[Finding]:
    """Examine the heartbeat of the work loop."""
    path, configuration = surroundings.state_directory, surroundings.configuration
    if path is None or configuration is None:
        return without_configuration("watcher")
    beat = heartbeats.last(Path(path))
    if beat is None:
        return [untested("watcher", "has never run with this state directory")]
    age = seconds_between(beat, surroundings.clock.now())
    if age < -FUTURE_TOLERANCE:
        ahead = f"its last heartbeat is {durations.write(-age)} in the future: the clock was set back"
        return [untested("watcher", ahead, "Look whether it runs: systemctl status wenyam")]
    sentence = f"last heartbeat {durations.write(max(0.0, age))} ago"
    if age > configuration.instance.heartbeat_gap:
        return [untested("watcher", f"does not run; {sentence}", "Start it: systemctl start wenyam")]
    return [good("watcher", f"runs; {sentence}")]
