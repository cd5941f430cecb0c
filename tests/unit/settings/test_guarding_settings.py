"""What guards the guard, as it is written: defaults, files beside the configuration, and what is warned of."""

import textwrap
from pathlib import Path

from wenyam.model.guarding import DeadManPlan, GuardPlan, PeerPlan
from wenyam.model.inventory import SecretReference
from wenyam.settings.loader import Loaded, load_with_warnings

BASE = """\
instance: {name: test, site: office}
sites: {office: }
people: {somchai: {name: Somchai, mail: Somchai@example.org}, malee: {name: Malee, mail: somchai@example.org}}
defaults: {owner: somchai, duty_officer: somchai}
credentials: {exporters: {kind: http-basic, username: w, password: env:EXPORTERS}}
"""


def loaded(folder: Path, text: str) -> Loaded:
    (folder / "wenyam.yaml").write_text(BASE + textwrap.dedent(text), encoding="utf-8")
    folder.chmod(0o755)
    return load_with_warnings(folder)


def test_nothing_is_guarded_where_nothing_is_said(tmp_path: Path) -> None:
    assert loaded(tmp_path, "").configuration.guarding == GuardPlan()


def test_what_is_left_out_has_its_default_and_files_lie_beside_the_configuration(tmp_path: Path) -> None:
    text = """\
        deadman: {url: file:secrets/url, authority: ca.pem}
        peers: {dr: {url: "https://198.51.100.7:9710/", credential: exporters}}
        """
    found = loaded(tmp_path, text)
    guarding = found.configuration.guarding
    assert guarding.deadman == DeadManPlan(SecretReference("file", f"{tmp_path}/secrets/url"), authority=f"{tmp_path}/ca.pem")
    assert guarding.peers == {"dr": PeerPlan("dr", "https://198.51.100.7:9710", "exporters")}
    assert found.warnings == ()


def test_what_may_not_be_meant_is_warned_of(tmp_path: Path) -> None:
    text = """\
        peers:
          far: {url: "http://198.51.100.7:9710", credential: exporters}
          near: {url: "http://127.0.0.1:9710", credential: exporters}
        replies: {host: 192.0.2.25, username: w, password: file:imap, require_authentication: false}
        """
    assert [str(warning) for warning in loaded(tmp_path, text).warnings] == [
        "wenyam.yaml:3: people.malee.mail: is also the address of somchai; answers by mail from it are refused",
        "wenyam.yaml:7: peers.far.url: the password goes over the network in the clear; use https and the exporter's web_config",
        "wenyam.yaml:9: replies.require_authentication: a forged sender who knows a code can acknowledge",
    ]
