"""A push that ends in the middle, its sender killed with -9 or its line cut anywhere: the old settings whole, or the new ones."""

import json
import os
import random
import subprocess
from pathlib import Path

import pytest

from wenyam.clock import SystemClock
from wenyam.operations import sister
from wenyam.settings.loader import load
from wenyam.testing.limited_line import LimitedLine
from wenyam.testing.recovery_plans import dr, start
from wenyam.testing.sister_sites import SFTP_SERVER, SisterSites
from wenyam.testing.sshd import Sshd

pytestmark = [pytest.mark.real, pytest.mark.long]

ROUNDS = int(os.environ.get("WENYAM_PROGRAM_KILLS", "10"))
SEED = 20_261_127
LATE_SHARE = 0.5
"""Share of the rounds that end near the end of the push, where the new settings take the place of the old ones."""
PATIENCE = 60.0


class Line:
    """Settings that are pushed to a real server over a line that breaks."""

    def __init__(self, tmp_path: Path, server: Sshd, line: LimitedLine) -> None:
        (tmp_path / "pushed").mkdir(mode=0o755)
        self.sites = SisterSites(tmp_path, server, tmp_path / "pushed")
        self.line = line
        (self.sites.main / "notes.txt").write_bytes(bytes(range(256)) * 256)
        key = " ".join(server.host_key_line.split()[1:])
        (self.sites.main_state / "known_hosts").write_text(f"[{server.address}]:{line.port} {key}\n", encoding="ascii")

    def change(self, title: str) -> None:
        self.sites.write_main(title=title, sister={"port": self.line.port})

    def push(self, count: int | None, *, kill: bool) -> int:
        """Push, with the line breaking after so many bytes; return the exit code, negative when the sender was killed."""
        sender: list[subprocess.Popen[str]] = []

        def end() -> None:
            for each in sender if kill else []:
                each.kill()

        self.line.break_after(count, end)
        sender.append(start(self.sites.main, "push"))
        sender[0].communicate(timeout=PATIENCE)
        return sender[0].returncode

    def title(self) -> str:
        """Return the title of the plan in the settings that are whole at the other site."""
        (copy,) = sister.received(load(self.sites.dr), SystemClock().now())
        assert copy.problem == ""
        text = (copy.folder / "wenyam.yaml").read_text(encoding="utf-8")
        return str(json.loads(text)["dr"]["plans"]["erp"]["title"])


def test_ended_anywhere_it_leaves_the_old_settings_whole_or_the_new_ones(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    with Sshd(settings=(f"Subsystem sftp {SFTP_SERVER}",)) as server, LimitedLine(server.address, server.port) as line:
        there = Line(tmp_path, server, line)
        for title in ("first", "version 0"):  # the second one also clears the first away, as every later one does
            there.change(title)
            assert there.push(None, kill=False) == 0
        whole, found, codes = line.carried, ["version 0"], []
        for number in range(1, ROUNDS + 1):
            there.change(f"version {number}")
            late = chance.random() < LATE_SHARE
            count = int(whole * (chance.uniform(0.95, 1.0) if late else chance.random()))
            codes.append(there.push(count, kill=bool(number % 2)))
            found.append(there.title())
            assert found[-1] in (found[-2], f"version {number}"), f"{count} of {whole} bytes"
        assert sum(code != 0 for code in codes) > ROUNDS // 2, f"most pushes came through: {codes}"
        there.change("last")
        assert there.push(None, kill=False) == 0
        assert there.title() == "last"
        assert len(list(there.sites.folder.iterdir())) == 2
        assert dr(there.sites.dr, "received").returncode == 0
