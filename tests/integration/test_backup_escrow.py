"""The sealed envelope with the real age, restic, ssh-keygen and sshd: made, proven on an empty place, and every way it fails."""

import asyncio
import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from wenyam.backup import escrow_facts, facts
from wenyam.backup.contract import Stored
from wenyam.backup.depot import opened_depot
from wenyam.backup.escrow_facts import MADE, PROVEN, EscrowState
from wenyam.backup.escrow_lines import EnvelopeError
from wenyam.backup.escrow_record import EscrowMemory
from wenyam.backup.repositories.local import LocalOptions
from wenyam.backup.repositories.rest import RestOptions
from wenyam.backup.repositories.sftp import SftpOptions
from wenyam.backup.sources.files import FilesSource
from wenyam.clock import SystemClock
from wenyam.errors import RepositoryAbsentError, RepositoryKeyError, RestoreError, UsageError, WenyamError
from wenyam.links.age import SealError, openers, tag
from wenyam.links.signatures import fingerprint
from wenyam.model.backup import Manifest, RepositoryPlan
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, Period
from wenyam.model.inventory import Credential, Person, SecretReference
from wenyam.operations.escrow import Made, Proven, make, prove, state
from wenyam.store.sqlite import open_writer
from wenyam.store.writer import SqliteWriter
from wenyam.testing.certificates import TestAuthority
from wenyam.testing.clock import FakeClock
from wenyam.testing.quick_key import make_quick
from wenyam.testing.rclone import USER, RcloneServer
from wenyam.testing.restores import JOB, configuration
from wenyam.testing.signing import make_key, person, public_line
from wenyam.testing.sshd import Sshd

pytestmark = pytest.mark.real

EVER = Period(Instant(0), Instant(2**53))
CANARY = "กุญแจ canary $HOME 'single' \"double\" \\n `id` d41d8cd98f"
"""A key that a careless shell would spoil."""
MANIFEST = b'{"rows": 12}'
OTHER = "another canary 77"
SUPERIOR, COMMITTEE = ("superior",), ("dr_committee",)


@dataclass
class Vault:
    """A repository made by stock restic, with one backup of a dump and its manifest, and people who may open the envelope."""

    folder: Path
    clock: FakeClock
    writer: SqliteWriter
    people: list[Person]
    keys: dict[str, Path]
    repositories: list[RepositoryPlan]
    spool: Path
    credentials: dict[str, Credential] = field(default_factory=dict)

    @property
    def configuration(self) -> Configuration:
        made = configuration(self.folder, self.people, options=_options(), repositories=self.repositories)
        inventory = replace(made.inventory, credentials=self.credentials)
        return replace(made, inventory=inventory, backup=replace(made.backup, spool=str(self.spool)))

    def make(self, *names: str) -> Made:
        return asyncio.run(make(self.configuration, self.clock, self.writer, "anong", names))

    def prove(self, text: str, who: str = "somsri", **more: Any) -> Proven:
        place = self.folder / "empty"
        return asyncio.run(
            prove(
                self.configuration, self.clock, self.writer, "anong", text=text, identity=self.keys[who], workdir=place, **more
            )
        )  # fmt: skip

    def state(self) -> EscrowState:
        return state(self.configuration, self.writer, self.clock.now())

    def kinds(self) -> list[str]:
        return [each.fact.kind for each in self.writer.facts(EVER)]

    def set_key(self, key: str) -> None:
        path = self.folder / "key"
        path.touch(0o600)
        path.write_text(key, encoding="utf-8")


def _options() -> Any:
    return FilesSource.Config(paths=("/srv",))


def restic(repository: str, key: str, *words: str, more: Sequence[str] = ()) -> str:
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "RESTIC_PASSWORD": key, "RESTIC_REPOSITORY": repository}
    command = ["/usr/bin/restic", "--no-cache", *more, *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def make_repository(place: Path) -> None:
    restic(str(place), CANARY, "init")
    make_quick(place, CANARY)


def fill(folder: Path, repository: str, manifest: bytes, run: str = "run-1", more: Sequence[str] = ()) -> str:
    """Back up as a run does: the spool with dump and manifest, tagged; return the snapshot."""
    spool = folder / "spool" / JOB
    spool.mkdir(parents=True, exist_ok=True)
    (spool / "ใบสั่งซื้อ 1.csv").write_bytes(b"1,2,3\n" * 300)
    (spool / "manifest.json").write_bytes(manifest)
    restic(repository, CANARY, "backup", "-q", "--host", "pwo", "--tag", f"job={JOB},run={run}", str(spool), more=more)
    snapshot: str = json.loads(restic(repository, CANARY, "snapshots", "--json", more=more))[-1]["id"]
    return snapshot


def record(vault: "Vault", snapshot: str, manifest: bytes, run: str = "run-1") -> None:
    now, job = vault.clock.now(), vault.configuration.backup.jobs[JOB]
    digest = hashlib.sha256(manifest).hexdigest()
    stored = Stored(snapshot, 2, 3000, 3000, 1.0)
    vault.writer.append(facts.stored(job, run, stored, Manifest("files", now, {}), digest, at=now, took=1.0, problem=""))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("keys")
    kinds = {"somsri": "ed25519", "preecha": "rsa", "stranger": "ed25519", "signer": "ecdsa"}
    return {name: make_key(folder / name, kind) for name, kind in kinds.items()}


@dataclass(frozen=True)
class Archive:
    """A repository with one backup, made once; restic takes seconds to make a key."""

    folder: Path
    snapshot: str


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    folder = tmp_path_factory.mktemp("archive")
    make_repository(folder / "repository")
    return Archive(folder, fill(folder, str(folder / "repository"), MANIFEST))


@pytest.fixture
def vault(tmp_path: Path, keys: dict[str, Path]) -> Iterator[Vault]:
    """Everything but a repository, for what never gets as far."""
    people = [
        person("somsri", keys["somsri"], roles=SUPERIOR), person("preecha", keys["preecha"], roles=COMMITTEE),
        person("operator", keys["stranger"], roles=("operator",)),
    ]  # fmt: skip
    clock = FakeClock()
    writer = open_writer(tmp_path / "state", clock, "pwo", ballast_bytes=0)
    main = RepositoryPlan("main", "local", LocalOptions(path=str(tmp_path / "repository")), _key(tmp_path), "bkk")
    made = Vault(tmp_path, clock, writer, people, keys, [main], tmp_path / "spool")
    made.set_key(CANARY)
    yield made
    writer.close()


def _key(folder: Path) -> SecretReference:
    return SecretReference("file", str(folder / "key"))


@pytest.fixture
def stored(vault: Vault, archive: Archive) -> Vault:
    shutil.copytree(archive.folder / "repository", vault.folder / "repository")
    vault.spool = archive.folder / "spool"
    record(vault, archive.snapshot, MANIFEST)
    return vault


@pytest.mark.parametrize("who", ["somsri", "preecha"])
def test_each_of_the_named_people_restores_on_an_empty_place_from_the_envelope_alone(stored: Vault, who: str) -> None:
    made = stored.make()
    assert (stored.state().made, stored.state().proven, stored.state().changes) == (stored.clock.now(), None, ())
    proven = stored.prove(made.text, who)
    done = proven.rehearsal
    assert (done.files, done.hashed.name, proven.note) == (2, "manifest.json", "")
    assert proven.fact.fact.body["key"] == fingerprint(public_line(stored.keys[who]))
    assert done.sha256 == hashlib.sha256(MANIFEST).hexdigest()
    back = stored.folder / "empty" / str(stored.spool).removeprefix("/") / JOB / "ใบสั่งซื้อ 1.csv"
    assert back.read_bytes() == (stored.spool / JOB / "ใบสั่งซื้อ 1.csv").read_bytes()
    assert (stored.state().proven, stored.state().digest) == (stored.clock.now(), made.digest)
    assert stored.writer.verify().problem == ""


@pytest.mark.long
def test_the_page_works_with_stock_programs_only(stored: Vault) -> None:
    """What the page tells people to type, typed on a shell that has nothing of Wenyam."""
    page = stored.folder / "envelope.txt"
    page.write_text(stored.make().text, encoding="utf-8")
    script = f"""set -euo pipefail; umask 077; mkdir {stored.folder}/bare; cd {stored.folder}/bare
        sed -n '/^\\[repository main\\]/,/^$/p' {page} | sed -n '/BEGIN AGE/,/END AGE/p' > main.age
        grep -E '^[0-9]{{2,}} ([A-Za-z0-9+/=]{{1,8}} )+[0-9a-f]{{4}}$' {page} > NAME.lines
        set -a; eval "$(age --decrypt -i {stored.keys["somsri"]} main.age)"; set +a
        restic --no-cache snapshots --no-lock --tag job={JOB} >&2
        restic --no-cache check --read-data >&2
        restic --no-cache restore latest --no-lock --target back >&2
        sed 's/^[0-9]* //; s/ [0-9a-f]*$//' NAME.lines | tr -d ' \\n' | base64 -d > typed.age
        age --decrypt -i {stored.keys["preecha"]} typed.age | sha256sum
        age --decrypt -i {stored.keys["somsri"]} main.age | sha256sum
        while read -r number rest; do
            printf %s "$((10#$number)):$(printf %s "${{rest% *}}" | tr -d ' ')" | sha256sum | cut -c1-4 | grep -qx "${{rest##* }}"
        done < NAME.lines"""
    done = subprocess.run(
        ["/bin/bash", "-c", script],
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.split("\n")[:2]
    assert first == second
    assert list((stored.folder / "bare/back").rglob("manifest.json"))


def test_the_page_says_what_a_stranger_needs_and_holds_no_key(vault: Vault) -> None:
    made = vault.make()
    for wanted in (
        f"place: {vault.folder}/repository", "restic: 0.", f"[job {JOB}]", "cp -a", f"tag: job={JOB}",
        f"opens: somsri {tag(public_line(vault.keys['somsri'])).split()[0]} SHA256:", f"configuration: {'ab' * 32}",
        "instance: pwo", "age --decrypt", f"files: {vault.spool}/{JOB}",
    ):  # fmt: skip
        assert wanted in made.text
    assert max(map(len, made.text.splitlines())) < 180
    assert CANARY not in made.text
    assert "canary" not in made.text


def damaged(vault: Vault, change: Any) -> str:
    text = vault.make().text
    before = len(vault.writer.facts(EVER))
    with pytest.raises(EnvelopeError) as caught:
        vault.prove("\n".join(change(text.splitlines())))
    assert not (vault.folder / "empty").exists()
    assert len(vault.writer.facts(EVER)) == before
    return str(caught.value)


def test_a_missing_line_is_named(vault: Vault) -> None:
    assert "line 3 of the key of 'main' is missing" in damaged(vault, lambda lines: [x for x in lines if not x.startswith("03 ")])


def test_a_mistyped_character_is_found_in_its_line(vault: Vault) -> None:
    def typo(lines: list[str]) -> list[str]:
        at = next(number for number, line in enumerate(lines) if line.startswith("05 "))
        letter = "A" if lines[at][3] != "A" else "B"
        return [*lines[:at], f"{lines[at][:3]}{letter}{lines[at][4:]}", *lines[at + 1 :]]

    assert "line 5 of the key of 'main' has another checksum" in damaged(vault, typo)


def test_two_lines_that_changed_places_are_found(vault: Vault) -> None:
    def swap(lines: list[str]) -> list[str]:
        at = next(number for number, line in enumerate(lines) if line.startswith("05 "))
        return [*lines[:at], lines[at + 1].replace("06 ", "05 ", 1), lines[at].replace("05 ", "06 ", 1), *lines[at + 2 :]]

    assert "line 5 of the key of 'main' has another checksum" in damaged(vault, swap)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda lines: lines[:-1], "its last line with the SHA-256 is missing"),
        (lambda lines: [x for x in lines if not x.startswith("place:")], "a line outside the keys is missing or changed"),
        (lambda lines: [x for x in lines if "END AGE" not in x], "the sealed block of repository main is not whole"),
        (lambda lines: [x.replace("job=", "job=x") for x in lines], "a line outside the keys is missing or changed"),
        (lambda lines: lines[1:], "a line outside the keys is missing or changed"),
        (lambda _: [], "it is not whole"),
    ],
)
def test_a_page_that_is_not_whole_is_refused(vault: Vault, change: Any, sentence: str) -> None:
    assert sentence in damaged(vault, change)


def test_blank_lines_and_spaces_at_ends_are_no_damage(stored: Vault) -> None:
    made = stored.make()
    scanned = "\r\n".join(f"{line}  " for line in made.text.splitlines() if line) + "\r\n\r\n"
    assert stored.prove(scanned).rehearsal.digest == made.digest


def test_a_stranger_a_passphrase_and_an_open_key_file_open_nothing(vault: Vault) -> None:
    text = vault.make().text
    with pytest.raises(SealError, match="it was not sealed for the owner of"):
        vault.prove(text, "stranger")
    (vault.folder / "empty").rmdir()
    for name, change, sentence in (
        ("locked", lambda _: None, "has a passphrase, which only a terminal can ask for"),
        ("open", lambda path: path.chmod(0o640), "mode 0640 lets others read it"),
        ("absent", lambda path: path.unlink(), "No such file"),
    ):
        if name == "locked":
            key = make_key(vault.folder / name, passphrase="word")
            vault.people[0] = person("somsri", key, roles=SUPERIOR)
            text = vault.make().text
        else:
            key = make_key(vault.folder / name)
        change(key)
        vault.keys = {**vault.keys, name: key}
        with pytest.raises(SealError, match=sentence):
            vault.prove(text, name)
        (vault.folder / "empty").rmdir()
    assert PROVEN not in vault.kinds()


def test_a_place_that_is_not_empty_is_refused(vault: Vault) -> None:
    (vault.folder / "empty").mkdir()
    (vault.folder / "empty" / "mine").touch()
    with pytest.raises(EnvelopeError, match="is not empty; name a new directory"):
        vault.prove(vault.make().text)


def test_a_repository_that_moved_or_got_another_key_fails_until_there_is_a_new_envelope(stored: Vault) -> None:
    made = stored.make()
    repository = stored.folder / "repository"
    repository.rename(stored.folder / "moved")
    with pytest.raises(RepositoryAbsentError):
        stored.prove(made.text)
    (stored.folder / "moved").rename(repository)
    (stored.folder / "empty").rmdir()
    change_key(stored, "another key 77")
    with pytest.raises(RepositoryKeyError) as caught:
        stored.prove(made.text)
    assert "canary" not in str(caught.value)
    assert stored.state().changes == ("repository 'main' has another key now",)
    (stored.folder / "empty").rmdir()
    stored.prove(stored.make().text)
    assert (stored.state().changes, stored.state().proven) == ((), stored.clock.now())


def change_key(vault: Vault, key: str) -> None:
    make_quick(vault.folder / "repository", CANARY, key)
    vault.set_key(key)


def test_what_changed_since_is_said(vault: Vault) -> None:
    assert vault.state() == EscrowState()
    vault.make()
    assert vault.state().changes == ()
    vault.repositories[0] = RepositoryPlan("main", "local", LocalOptions(path="/elsewhere"), _key(vault.folder), "bkk")
    vault.repositories.append(RepositoryPlan("dr", "local", LocalOptions(path="/dr"), _key(vault.folder), "dr"))
    vault.people[1] = person("preecha", roles=COMMITTEE)
    said = vault.state().changes
    assert "repository 'main' is at another place now" in said
    assert "repository 'dr' is not in it" in said
    assert any(re.fullmatch(r"preecha no longer has the key SHA256:\S+ that opens it", line) for line in said)
    del vault.repositories[0]
    assert "repository 'main' is in it but no longer in the configuration" in vault.state().changes
    (vault.folder / "key").unlink()
    vault.repositories = [RepositoryPlan("main", "local", LocalOptions(path="/elsewhere"), _key(vault.folder), "bkk")]
    assert vault.state().untested == ("this account cannot read the key of 'main', so whether it changed is NOT TESTED",)


def test_a_key_that_changed_is_put_on_record_by_a_run_and_seen_by_who_can_read_no_key(stored: Vault) -> None:
    stored.make()
    stored.spool = stored.folder / "spool"
    watcher = EscrowMemory()

    async def reach() -> None:
        async with opened_depot(stored.configuration, SystemClock(), stored.writer) as depot:
            await depot.reach("main")

    asyncio.run(reach())
    assert watcher.look(stored.writer, stored.configuration, stored.clock.now()).changes == ()
    change_key(stored, OTHER)
    for _ in range(2):
        asyncio.run(reach())
    said = watcher.look(stored.writer, stored.configuration, stored.clock.now())
    assert (said.changes, said.untested[:1]) == (
        ("repository 'main' has another key now",),
        ("this account cannot read the key of 'main', so whether it changed is NOT TESTED",),
    )
    assert stored.kinds().count(escrow_facts.KEY_SEEN) == 1
    assert OTHER not in repr(stored.writer.facts(EVER))
    stored.make()
    assert watcher.look(stored.writer, stored.configuration, stored.clock.now()).changes == ()


def test_a_new_envelope_is_unproven_though_the_old_one_was_proven(stored: Vault) -> None:
    stored.prove(stored.make().text)
    stored.clock.jump(60)
    stored.make()
    assert stored.state().proven is None


def test_only_ed25519_and_rsa_keys_open_and_others_are_named(vault: Vault, keys: dict[str, Path]) -> None:
    vault.people.append(person("chai", keys["signer"], roles=SUPERIOR))
    vault.people.append(person("nid", roles=COMMITTEE))
    vault.people.append(person("old", keys["stranger"], roles=SUPERIOR, valid_until=vault.clock.now()))
    made = vault.make()
    assert {opener.person for opener in made.openers} == {"somsri", "preecha"}
    assert made.notes == (
        "chai cannot open it: a key of kind ecdsa-sha2-nistp256 can only sign",
        "nid cannot open it: no key in 'people'",
        "old cannot open it: no key is valid now",
    )
    block = made.text[made.text.index("-----BEGIN") : made.text.index("-----END AGE")]
    assert openers(block) == sorted(tag(public_line(keys[name])) for name in ("somsri", "preecha"))


def test_named_people_only_and_one_alone_is_noted(stored: Vault) -> None:
    made = stored.make("operator")
    assert ([opener.person for opener in made.openers], made.notes) == (
        ["operator"],
        ("only operator can open it; name a second person",),
    )
    assert stored.prove(made.text, "stranger").rehearsal.files == 2
    (stored.folder / "empty").rename(stored.folder / "seen")
    with pytest.raises(SealError, match="not sealed for the owner"):
        stored.prove(made.text, "somsri")


def test_who_cannot_be_named(vault: Vault, keys: dict[str, Path]) -> None:
    vault.people.append(person("chai", keys["signer"], roles=SUPERIOR))
    with pytest.raises(UsageError, match="there is no person 'nobody'"):
        vault.make("nobody")
    with pytest.raises(EnvelopeError, match="chai cannot open it: a key of kind ecdsa-sha2-nistp256 can only sign"):
        vault.make("somsri", "chai")
    vault.people = [person("anong", roles=("operator",))]
    with pytest.raises(EnvelopeError, match="nobody could open it: nobody has the role superior or dr_committee"):
        vault.make()
    assert vault.kinds().count(MADE) == 0


def test_an_envelope_of_somebody_else_proves_nothing_here(vault: Vault, tmp_path: Path) -> None:
    made = vault.make()
    other = open_writer(tmp_path / "other", vault.clock, "pwo", ballast_bytes=0)
    try:
        vault.writer, mine = other, vault.writer
        with pytest.raises(EnvelopeError, match="not written by this Wenyam"):
            vault.prove(made.text)
    finally:
        vault.writer = mine
        other.close()


def test_another_manifest_than_the_one_on_record_proves_nothing(stored: Vault) -> None:
    repository = str(stored.folder / "repository")
    stored.spool = stored.folder / "spool"
    snapshot = fill(stored.folder, repository, b'{"rows": 0}', "run-2")
    text = stored.make().text
    assert "is not on record here, so its manifest was compared with nothing" in stored.prove(text).note
    (stored.folder / "empty").rename(stored.folder / "first")
    record(stored, snapshot, b'{"rows": 11}', "run-2")
    proofs = stored.kinds().count(PROVEN)
    with pytest.raises(EnvelopeError, match=r"manifest\.json of snapshot \S+ came back with the SHA-256"):
        stored.prove(text)
    assert stored.kinds().count(PROVEN) == proofs


def test_a_repository_without_a_snapshot_of_the_job_is_said(vault: Vault) -> None:
    make_repository(vault.folder / "repository")
    text = vault.make().text
    with pytest.raises(RestoreError, match="holds no snapshot of 'erp-db' \\(tag job=erp-db\\)"):
        vault.prove(text)
    (vault.folder / "empty").rmdir()
    for more, sentence in (
        ({"job": "hr"}, "it knows no job 'hr'; there are: erp-db"),
        ({"repository": "dr"}, "'erp-db' is not in 'dr'"),
    ):
        with pytest.raises(EnvelopeError, match=sentence):
            vault.prove(text, **more)


@pytest.mark.long
def test_a_repository_on_another_machine_is_reached_with_the_login_in_the_envelope(vault: Vault) -> None:
    with Sshd(settings=["Subsystem sftp internal-sftp"]) as sshd:
        path = vault.folder / "far"
        options = SftpOptions(host=sshd.address, port=sshd.port, path=str(path))
        vault.repositories = [RepositoryPlan("main", "sftp", options, _key(vault.folder), "dr", credential="far")]
        reference = SecretReference("file", str(sshd.client_key))
        vault.credentials["far"] = Credential("far", "ssh-key", {"username": sshd.username}, {"key": reference})
        with pytest.raises(EnvelopeError, match=r"the host key of 'main' .* is not on record"):
            vault.make()
        (vault.folder / "state/known_hosts").write_text(sshd.host_key_line, encoding="ascii")
        make_repository(path)
        record(vault, fill(vault.folder, str(path), MANIFEST), MANIFEST)
        made = vault.make()
        secret = sshd.client_key.read_text(encoding="ascii").splitlines()[1]
        assert secret not in made.text
        assert "sftp.command=" in made.text
        done = vault.prove(made.text)
        assert (done.rehearsal.files, done.note) == (2, "")
        assert not (vault.folder / "empty/.login").exists()
        sshd.rotate_host_key()
        (vault.folder / "empty").rename(vault.folder / "first")
        with pytest.raises(WenyamError) as caught:
            vault.prove(made.text)
        assert secret not in str(caught.value)


@pytest.mark.long
def test_a_server_with_a_login_and_an_authority_of_its_own_is_reached_from_the_envelope_alone(stored: Vault) -> None:
    login = "canary p@ss:/word"
    authority = TestAuthority(stored.folder / "authority")
    with RcloneServer(login, certificate=authority.issue("server", "127.0.0.1")) as server:
        (stored.folder / "repository").rename(server.data / "repository")
        options = RestOptions(url=server.url, authority=str(authority.certificate))
        stored.repositories = [RepositoryPlan("main", "rest", options, _key(stored.folder), "dr", credential="far")]
        (stored.folder / "login").touch(0o600)
        (stored.folder / "login").write_text(login, encoding="utf-8")
        reference = SecretReference("file", str(stored.folder / "login"))
        stored.credentials["far"] = Credential("far", "http-basic", {"username": USER}, {"password": reference})
        text = stored.make().text
        assert f"place: {server.url}" in text
        assert "restic --cacert authority.pem" in text
        for path in (stored.folder / "login", stored.folder / "key", authority.certificate):
            path.unlink()
        done = stored.prove(text)
        assert (done.rehearsal.files, done.note) == (2, "")
    (stored.folder / "empty").rename(stored.folder / "first")
    with pytest.raises(WenyamError) as caught:  # the server is gone
        stored.prove(text, seconds=20.0)
    assert "canary" not in str(caught.value)
    assert "p%40ss" not in str(caught.value)


def test_the_key_is_in_no_fact_file_or_sentence(stored: Vault) -> None:
    made = stored.make()
    stored.prove(made.text)
    for broken in (made.text[:-30], made.text.replace("place: /", "place: /x"), ""):
        with pytest.raises(WenyamError) as caught:
            stored.prove(broken)
        assert "canary" not in f"{caught.value!r} {caught.value}"
    stored.set_key("canary-2-of-another")
    (stored.folder / "empty").rename(stored.folder / "seen")
    with pytest.raises(WenyamError) as caught:
        stored.prove(stored.make().text)
    assert "canary" not in f"{caught.value!r} {caught.value}"
    (stored.folder / "key").unlink()
    for path in stored.folder.rglob("*"):
        if path.is_file() and not path.is_relative_to(stored.folder / "repository"):
            assert b"canary" not in path.read_bytes(), path
    for each in stored.writer.facts(EVER):
        assert "canary" not in each.text
