"""The pages about channels hold: every example is a configuration that loads, the catcher of LINE ids catches, signed only."""

import base64
import hmac
import json
import re
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from wenyam import plugins
from wenyam.settings.loader import load
from wenyam.testing.line_server import line_id
from wenyam.testing.ports import free_port
from wenyam.testing.servers import RealServer, accepts

pytestmark = pytest.mark.real
DOCS = Path(__file__).parents[2] / "docs"
REFERENCE, HOWTO = DOCS / "reference/alert-channels.md", DOCS / "howto/line.md"
REST = """
instance: {name: test, site: office}
sites: {office: }
defaults: {owner: somchai, duty_officer: somchai}
devices: {a: {kind: other, address: 10.0.0.1}}
"""
SOMCHAI = "people: {somchai: {name: Somchai}}\n"
SECRET = "canary-channel-secret"


def blocks(page: Path, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("text", [*blocks(REFERENCE, "yaml"), *blocks(HOWTO, "yaml")])
def test_every_example_is_a_configuration_that_loads(text: str, tmp_path: Path) -> None:
    folder = tmp_path / "etc"
    folder.mkdir(mode=0o755)
    written = text + REST + ("" if "people:" in text else SOMCHAI)
    (folder / "wenyam.yaml").write_text(written, encoding="utf-8")
    channels = load(folder).alerts.channels
    assert set(channels) == set(YAML(typ="safe").load(text)["channels"])
    for plan in channels.values():
        assert isinstance(plan.options, plugins.load(plugins.NOTIFIERS, plan.kind).Config)
    if "line-team" in channels:
        assert channels["line-team"].options.token.location == str(folder / "secrets/line-token")


@pytest.mark.parametrize("kind", plugins.names(plugins.NOTIFIERS))
def test_the_page_names_every_option_of_every_kind(kind: str) -> None:
    section = REFERENCE.read_text(encoding="utf-8").partition(f"\n## {kind}\n")[2].partition("\n## ")[0]
    for option in plugins.load(plugins.NOTIFIERS, kind).Config.model_fields:
        assert f"`{option}`" in section


class Catcher(RealServer):
    """The how-to's own lines, in a shell."""

    name = "catcher"

    def __init__(self, directory: Path) -> None:
        super().__init__("127.0.0.1", directory)
        self.port = free_port()
        [self._lines] = blocks(HOWTO, "sh catcher")
        (directory / "channel-secret").write_text(SECRET + "\n", encoding="utf-8")

    def command(self) -> list[str]:
        return ["/bin/sh", "-c", self._lines.replace("9001", str(self.port))]

    def ready(self) -> bool:
        return accepts(self.address, self.port)

    def post(self, body: bytes, signature: str) -> int:
        address = f"http://127.0.0.1:{self.port}/line-once"
        request = urllib.request.Request(address, body, {"X-Line-Signature": signature})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310  # our own catcher, on loopback
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code


def test_the_catcher_prints_a_signed_group_id_and_no_other(tmp_path: Path) -> None:
    with Catcher(tmp_path) as catcher:
        ours, theirs = (
            json.dumps({"events": [{"type": "join", "source": {"type": "group", "groupId": line_id("C", number)}}]}).encode()
            for number in (7, 666)
        )
        signature = base64.b64encode(hmac.digest(SECRET.encode(), ours, "sha256")).decode()
        assert catcher.post(theirs, signature) == 403
        assert catcher.post(theirs, "") == 403
        assert catcher.post(ours, signature) == 200
        catcher.wait_until(lambda: "join" in catcher.words(), 5.0)
        assert catcher.words() == f"join groupId={line_id('C', 7)}\n"


def test_the_token_check_keeps_the_token_out_of_the_arguments(tmp_path: Path) -> None:
    [line] = [block for block in blocks(HOWTO, "sh") if "curl" in block]
    (tmp_path / "token").write_text("canary-token\n", encoding="utf-8")
    echo = tmp_path / "curl"
    echo.write_text('#!/bin/sh\necho "arguments: $*"\ncat\n', encoding="utf-8")
    echo.chmod(0o755)
    words = line.replace("/etc/wenyam/secrets/line-token", str(tmp_path / "token")).replace("curl", str(echo))
    done = subprocess.run(["/bin/sh", "-c", words], capture_output=True, text=True, check=True, timeout=10)
    arguments, config = done.stdout.splitlines()
    assert "canary" not in arguments
    assert config == 'header = "Authorization: Bearer canary-token"'
