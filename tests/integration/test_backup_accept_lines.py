"""A network configuration outside its band of lines: red, a person's reason, green, and that is the new normal."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from wenyam.backup import facts
from wenyam.model.inventory import SecretReference
from wenyam.testing.backup_site import MAIN, BackupSite
from wenyam.testing.repositories import lay_empty
from wenyam.testing.sshd import Sshd

pytestmark = pytest.mark.real
AGAIN = ("backup", "run", "core", "--again")


class Router:
    """A server whose `cat` answers as a router does, and a site that backs it up."""

    def __init__(self, folder: Path, server: Sshd) -> None:
        self.answer = folder / "answer"
        self.say(200)
        self.site = BackupSite(folder)
        lay_empty(self.site.repositories[MAIN], SecretReference("file", str(self.site.folder / f"{MAIN}.key")))
        (self.site.state / "known_hosts").write_text(server.host_key_line, encoding="ascii")
        self.site.content["credentials"] = {
            "reader": {"kind": "ssh-key", "username": server.username, "key": f"file:{server.client_key}"}
        }
        self.site.job(
            "core", "network_config", device="files-1", credential="reader", family="frr", port=server.port,
            commands=[f"cat {self.answer}"],
        )  # fmt: skip
        self.site.configure()

    def say(self, routes: int) -> None:
        """Let it answer with so many routes."""
        lines = [f"ip route 10.{number // 250}.{number % 250}.0/24 10.1.1.1" for number in range(routes)]
        head = ["frr version 8.4.4", "frr defaults traditional", "hostname แกน-1"]
        self.answer.write_text("\n".join([*head, *lines, "end", ""]), encoding="utf-8")


@pytest.fixture
def router(tmp_path: Path) -> Iterator[Router]:
    with Sshd() as server:
        made = Router(tmp_path, server)
        yield made
        assert made.site.chain_problem() == ""


@pytest.mark.long
def test_lines_outside_the_band_wait_for_a_reason_that_sets_the_new_normal(router: Router) -> None:
    site = router.site
    assert site.call(*AGAIN).returncode == 0
    router.say(500)
    done = site.call(*AGAIN)
    assert done.returncode == 1
    assert "it has 503 lines, the last good copy 203" in done.stderr
    assert "wenyam backup accept-size core --reason TEXT" in done.stderr
    assert site.facts(facts.FAILED)[-1].fact.body["lines"] == 503
    accepted = site.call("backup", "accept-size", "core", "--reason", "the routes of the new branch offices")
    assert accepted.returncode == 0, accepted.stderr
    assert "503 lines are accepted by " in accepted.stdout
    router.say(1200)
    assert "it has 1203 lines, the last good copy 203" in site.call(*AGAIN).stderr
    router.say(510)
    done = site.call(*AGAIN)
    assert done.returncode == 0, done.stderr
    router.say(560)
    assert site.call(*AGAIN).returncode == 0
    refused = site.call("backup", "accept-size", "core", "--reason", "once more")
    assert (refused.returncode, "no size waits for an explanation" in refused.stderr) == (1, True)
    router.say(200)
    assert "it has 203 lines, the last good copy 563" in site.call(*AGAIN).stderr
    router.say(560)
    assert site.call(*AGAIN).returncode == 0
    refused = site.call("backup", "accept-size", "core", "--reason", "it is usual again")
    assert (refused.returncode, "no size waits for an explanation" in refused.stderr) == (1, True)
