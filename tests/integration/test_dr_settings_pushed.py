"""Settings pushed to a real SSH server: received whole, red when changed or damaged, never a secret, the former copy kept."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from wenyam.clock import SystemClock
from wenyam.dr import push_record
from wenyam.errors import WenyamError
from wenyam.operations import doctor_sister, sister
from wenyam.operations.doctor import surroundings
from wenyam.operations.findings import Verdict
from wenyam.settings.loader import load
from wenyam.store.sqlite import open_reader
from wenyam.testing.recovery_plans import dr
from wenyam.testing.sister_sites import SFTP_SERVER, SisterSites, SmallDisk
from wenyam.testing.sshd import Sshd

pytestmark = pytest.mark.real

CLOCK = SystemClock()
CANARY = "canary-7f3a91-must-never-travel"


@pytest.fixture(scope="module")
def server() -> Iterator[Sshd]:
    with Sshd(settings=(f"Subsystem sftp {SFTP_SERVER}",)) as running:
        yield running


@pytest.fixture
def sites(tmp_path: Path, server: Sshd) -> SisterSites:
    (tmp_path / "pushed").mkdir(mode=0o755)
    return SisterSites(tmp_path, server, tmp_path / "pushed")


def push(sites: SisterSites) -> dict[str, Any]:
    return sister.push(load(sites.main), CLOCK).data()


def refused(sites: SisterSites, *words: str) -> str:
    with pytest.raises(WenyamError) as caught:
        push(sites)
    told = str(caught.value)
    assert caught.value.exit_code == 1
    for word in words:
        assert word in told
    return told


def received(sites: SisterSites) -> str:
    (copy,) = sister.received(load(sites.dr), CLOCK.now())
    return copy.problem


def examined(folder: Path) -> tuple[Verdict, str]:
    (found,) = doctor_sister.settings_copies(surroundings(CLOCK, folder))
    return found.verdict, found.sentence


def on_record(sites: SisterSites) -> list[tuple[str, str]]:
    with closing(open_reader(sites.main_state)) as reader:
        return [(each.fact.kind, each.fact.actor) for each in reader.facts_after(0, push_record.KINDS)]


def test_settings_are_pushed_received_and_red_as_soon_as_they_differ(sites: SisterSites) -> None:
    assert received(sites) == "nothing was ever received"
    assert "would be pushed" in dr(sites.main, "push", "--plan").stdout
    assert not list(sites.folder.iterdir())
    first = push(sites)
    assert not first["renewed"]
    assert received(sites) == ""
    assert examined(sites.main)[0] is examined(sites.dr)[0] is Verdict.PASS
    copy = sites.folder / "from-main"
    assert (copy / "wenyam.yaml").read_bytes() == (sites.main / "wenyam.yaml").read_bytes()
    people = json.loads((copy / "people.json").read_text(encoding="utf-8"))["people"]
    assert "สมชาย" in str(people["somchai"])
    before = str(copy.readlink())
    again = push(sites)
    assert again["renewed"]
    assert again["at"] > first["at"]
    assert str(copy.readlink()) == before
    sites.write_main(title="ERP moves, second version")
    assert examined(sites.main) == (Verdict.FAIL, "the settings were changed since the last push")
    assert received(sites) == ""
    assert push(sites)["digest"] != first["digest"]
    assert examined(sites.main)[0] is Verdict.PASS
    assert received(sites) == ""
    assert sorted(path.name for path in sites.folder.iterdir()) == sorted([str(copy.readlink()), "from-main"])
    assert on_record(sites) == [(push_record.PUSHED, "somchai")] * 3


def test_the_commands_say_it_in_words_in_json_and_with_their_exit_codes(sites: SisterSites) -> None:
    absent = dr(sites.dr, "received", "--json")
    assert absent.returncode == 1
    assert json.loads(absent.stdout)["copies"][0]["problem"] == "nothing was ever received"
    pushed = dr(sites.main, "push")
    assert pushed.returncode == 0, pushed.stderr
    assert "3 files pushed to dr-watch:" in pushed.stdout
    assert "left out: secrets (a place of secrets)" in pushed.stdout
    assert dr(sites.dr, "received").stdout.rstrip().endswith(": whole")
    sites.write_main(sister={"folder": str(sites.folder / "absent")})
    failed = dr(sites.main, "push", "--json")
    assert failed.returncode == 1
    assert "The settings cannot be pushed to the other site: dr-watch did not take them" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_a_flipped_byte_a_cut_file_and_one_too_many_are_red_until_pushed_again(sites: SisterSites) -> None:
    push(sites)
    copy = sites.folder / "from-main"
    for name in ("wenyam.yaml", "people.json", "manifest.json"):
        content = bytearray((copy / name).read_bytes())
        content[len(content) // 2] ^= 1
        (copy / name).write_bytes(content)
        assert received(sites)
        assert examined(sites.dr)[0] is Verdict.FAIL
        assert not push(sites)["renewed"]
        assert received(sites) == ""
    os.truncate(copy / "wenyam.yaml", 10)
    assert "wenyam.yaml" in received(sites)
    push(sites)
    (copy / "extra.yaml").write_text("a: 1\n", encoding="ascii")
    assert received(sites) == "nobody pushed: extra.yaml"
    (copy / "extra.yaml").unlink()
    (copy / "allowed_signers").unlink()
    assert "allowed_signers" in received(sites)
    shutil.copytree(copy.resolve(), sites.folder / "elsewhere")
    push(sites)
    assert received(sites) == ""
    copy.unlink()
    copy.symlink_to("elsewhere")
    assert "allowed_signers" in received(sites)


def test_what_a_killed_push_left_is_cleared_and_nothing_of_another_instance(sites: SisterSites) -> None:
    push(sites)
    others = [sites.folder / name for name in (".from-main.x~2026", ".from-mai~2026", "from-other")]
    for path in (*others, sites.folder / ".from-main~2026" / "deep"):
        path.mkdir(parents=True)
        (path / "wenyam.yaml").write_text("cut", encoding="ascii")
    (sites.folder / ".from-main~2025.link").symlink_to("from-other")
    sites.write_main(title="another version")
    push(sites)
    copy = sites.folder / "from-main"
    kept = sorted([*(path.name for path in others), "from-main", str(copy.readlink())])
    assert sorted(path.name for path in sites.folder.iterdir()) == kept
    assert all((path / "wenyam.yaml").exists() for path in others)
    assert received(sites) == ""


def test_no_secret_ever_travels(sites: SisterSites) -> None:
    token, pem = sites.main / "token", sites.main / "tls" / "server.pem"
    for path in (
        token,
        pem,
        sites.main / "tls" / "secrets" / "x",
        sites.main / "notes.txt",
        sites.main / "backup-secrets" / "y",
        sites.main / ".git" / "config",
    ):
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{CANARY}\n", encoding="ascii")
        path.chmod(0o600)
    (sites.main / "tls" / "authority.pem").write_text("-----BEGIN CERTIFICATE-----\n", encoding="ascii")
    pem.write_text("-----BEGIN PRIVATE KEY-----\nMIIB\n", encoding="ascii")
    (sites.main / "link").symlink_to(token)
    sites.write_main(credentials={"web": {"kind": "http-basic", "username": "u", "password": "file:token"}})
    answer = push(sites)
    kept = {"wenyam.yaml", "tls/authority.pem", "people.json", "allowed_signers"}
    assert set(answer["files"]) == kept
    assert set(answer["left_out"]) == {
        "token",
        "tls/server.pem",
        "tls/secrets",
        "notes.txt",
        ".git",
        "link",
        "secrets",
        "backup-secrets",
    }
    key = sites.key.read_text(encoding="ascii").splitlines()[2].encode()
    for path in sites.folder.rglob("*"):
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes()
            assert key not in path.read_bytes()
    assert examined(sites.main)[0] is Verdict.PASS
    (sites.main / "more.yaml").write_text(f"# {CANARY}\n", encoding="ascii")
    told = refused(sites, "more.yaml holds a secret")
    assert CANARY not in told
    assert "the last push failed" in examined(sites.main)[1]
    (sites.main / "more.yaml").unlink()
    assert push(sites)["renewed"]
    assert examined(sites.main)[0] is Verdict.PASS


def test_what_cannot_be_pushed_is_a_sentence_and_the_former_copy_stays(sites: SisterSites, server: Sshd) -> None:
    push(sites)
    sites.write_main(title="another version")
    good = sites.key.read_text(encoding="ascii")
    sites.key.write_text(server.make_key("stranger").read_text(encoding="ascii"), encoding="ascii")
    refused(sites, "refused the credentials")
    assert received(sites) == ""
    sites.key.write_text(good, encoding="ascii")
    with Sshd(settings=(f"Subsystem sftp {SFTP_SERVER}",)) as stranger:
        known = f"[{server.address}]:{stranger.port} {' '.join(server.host_key_line.split()[1:])}\n"
        (sites.main_state / "known_hosts").write_text(known, encoding="ascii")
        sites.write_main(sister={"port": stranger.port})
        refused(sites, "host key is not the one on record")
    sites.trust()
    sites.write_main(title="another version", sister={"folder": str(sites.folder / "absent")})
    refused(sites, "No such file")
    with Sshd(settings=(f"Subsystem sftp {SFTP_SERVER} -R",)) as closed:
        closed.authorise(server.client_key)
        (sites.main_state / "known_hosts").write_text(closed.host_key_line, encoding="ascii")
        sites.write_main(title="another version", sister={"port": closed.port})
        refused(sites, "did not take them", "Permission denied")
    assert received(sites) == ""
    assert "the last push failed" in examined(sites.main)[1]
    sites.trust()
    sites.write_main(title="another version")
    push(sites)
    assert received(sites) == ""
    assert examined(sites.main)[0] is Verdict.PASS
    kinds = [kind for kind, _ in on_record(sites)]
    assert kinds == [push_record.PUSHED, *[push_record.FAILED] * 4, push_record.PUSHED]


def test_a_full_disk_leaves_the_former_copy_and_no_rest(tmp_path: Path) -> None:
    folder = tmp_path / "pushed"
    folder.mkdir(mode=0o755)
    with SmallDisk(folder, "256k") as server:
        there = Path(f"/proc/{server.process_id}/root{folder}")
        sites = SisterSites(tmp_path, server, folder, seen_at=there)
        push(sites)
        before = sorted(path.name for path in there.iterdir())
        big = sites.main / "big.txt"
        big.write_bytes(os.urandom(600_000))
        refused(sites, "did not take them")
        assert sorted(path.name for path in there.iterdir()) == before
        assert received(sites) == ""
        big.unlink()
        assert push(sites)["renewed"]
        assert received(sites) == ""
