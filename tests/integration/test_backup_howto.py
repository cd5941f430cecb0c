"""The commands of the pages about confirming and about the envelope, typed as they stand, by the people they speak of."""

import hashlib
import json
import os
import pwd
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from wenyam.cli.main import main
from wenyam.clock import SystemClock
from wenyam.model.facts import ChainedFact
from wenyam.model.instants import Instant, Period
from wenyam.model.inventory import SecretReference
from wenyam.store.sqlite import open_reader, open_writer
from wenyam.testing.repositories import lay_empty
from wenyam.testing.restores import record_test
from wenyam.testing.signing import make_key, public_line, sign

pytestmark = pytest.mark.real

PAGES = Path(__file__).parents[2] / "docs/howto"
EVER = Period(Instant(0), Instant(2**53))
Verb = Callable[[str], tuple[int, str]]
KEY = "canary-of-the-repository-9e107d9d"


class Site:
    """Malee confirms, Prasit only on paper through Wichai, Somsri opens the envelope; Anong is whoever runs this test."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home, self.state = folder, folder / "home", folder / "state"
        (folder / "etc").mkdir(mode=0o755)
        (self.home / ".ssh").mkdir(parents=True)
        for name in ("malee", "somsri", "wichai"):
            make_key(self.home / ".ssh" / name)
        (folder / "key").touch(0o600)
        (folder / "key").write_text(KEY, encoding="ascii")
        (folder / "etc/wenyam.yaml").write_text("\n".join(self._lines()) + "\n", encoding="utf-8")
        self.test = self.record()

    def _lines(self) -> list[str]:
        def keys(name: str) -> str:
            return f"keys: [{{public: {' '.join(public_line(self.home / '.ssh' / name).split()[:2])}}}]"

        return [
            f"instance: {{name: pwo, site: bkk, state_directory: {self.state}, run_directory: {self.folder}/run}}",
            "sites: {bkk: }",
            "people:",
            f"  anong: {{name: Anong, os_user: {_own_name()}, roles: [operator]}}",
            f"  malee: {{name: Malee, roles: [user_representative], {keys('malee')}}}",
            "  prasit: {name: Prasit, roles: [user_representative]}",
            f"  wichai: {{name: Wichai, roles: [auditor], {keys('wichai')}}}",
            f"  somsri: {{name: Somsri, roles: [superior], {keys('somsri')}}}",
            "defaults: {owner: anong, duty_officer: anong}",
            "devices: {web: {kind: other, address: 127.0.0.1}}",
            f"backup: {{spool: {self.folder}/spool, scratch: {self.folder}/scratch}}",
            f"repositories: {{main: {{kind: local, path: {self.folder}/repository, key: 'file:{self.folder}/key'}}}}",
            "backups:",
            "  erp-db: {source: files, paths: [/srv], schedule: every day 01:00, repository: main, covers: []}",
        ]

    def record(self) -> int:
        clock = SystemClock()
        writer = open_writer(self.state, clock, "pwo", ballast_bytes=0)
        try:
            return record_test(writer, self.state, clock.now())
        finally:
            writer.close()

    def type(self, script: str) -> "subprocess.CompletedProcess[str]":
        """Type lines on a shell as somebody whose key is the usual one."""
        environment = {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(self.home),
            "WENYAM_CONFIG": str(self.folder / "etc"),
            "LANG": "C.UTF-8",
        }
        return subprocess.run(
            ["/bin/bash", "-e", "-c", script],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def typed(self, script: str) -> str:
        done = self.type(script)
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        assert KEY not in done.stdout + done.stderr
        return done.stdout

    def be(self, name: str) -> None:
        for ending in ("", ".pub"):
            shutil.copy(self.home / f".ssh/{name}{ending}", self.home / f".ssh/id_ed25519{ending}")

    def facts(self, kind: str) -> list[ChainedFact]:
        reader = open_reader(self.state)
        try:
            assert reader.verify().problem == ""
            return reader.facts(EVER, kind)
        finally:
            reader.close()


def _own_name() -> str:
    login = Path("/proc/self/loginuid")
    user = int(login.read_text(encoding="ascii")) if login.exists() else 2**32 - 1
    return pwd.getpwuid(os.getuid() if user == 2**32 - 1 else user).pw_name


def blocks(page: str, word: str = "") -> list[str]:
    text = (PAGES / page).read_text(encoding="utf-8")
    return re.findall(rf"^```sh{' ' if word else ''}{word}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def verb(site: Site, capsys: pytest.CaptureFixture[str]) -> Verb:
    """Give a way to call a verb without the second that a new Python takes."""

    def call(words: str) -> tuple[int, str]:
        code = main(["--config", str(site.folder / "etc"), *shlex.split(words.replace("./", f"{site.folder}/"))])
        said = capsys.readouterr()
        assert KEY not in said.out + said.err
        return code, said.out + said.err

    return call


@pytest.mark.long
def test_the_page_about_confirming_works_as_it_stands(site: Site, verb: Verb) -> None:
    site.be("malee")
    shown, confirmed = [site.typed(block) for block in blocks("confirm-a-restore.md")]
    assert "3 user representatives test and confirm the data" in shown
    assert "limit  1 d  due by " in shown
    assert f"erp-db: test {site.test} is complete, by signature of malee" in confirmed
    assert "next: announce, report and keep the evidence by " in confirmed
    (fact,) = [each.fact for each in site.facts("restore-confirmed")]
    assert (fact.actor, fact.body["reason"]) == ("anong", "ตรวจแล้วครบถ้วน")
    (site.folder / "scan.pdf").write_bytes(b"%PDF by hand")
    (paper,) = blocks("confirm-a-restore.md", "paper")
    assert "is complete, by paper of prasit through wichai" in site.typed(paper)
    code, said = verb("restore confirm erp-db --text ./confirm.txt --signature ./confirm.txt.sig")
    assert (code, "handed in before" in said) == (1, True)
    data = json.loads(verb("restore confirm erp-db --json")[1])
    assert (data["version"], data["confirmed_by"], data["steps"][2]["overdue"]) == (1, ["malee", "prasit"], False)


def test_not_complete_by_the_verb(site: Site, verb: Verb) -> None:
    code, said = verb("restore confirm erp-db --not-complete --reason งวดนี้หาย --text ./no.txt")
    assert (code, f"sign it with: ssh-keygen -Y sign -f KEY -n wenyam {site.folder}/no.txt" in said) == (0, True)
    text = (site.folder / "no.txt").read_bytes()
    (site.folder / "no.txt.sig").write_bytes(sign(site.home / ".ssh/malee", text))
    newer = site.record()
    code, said = verb("restore confirm erp-db --text ./no.txt --signature ./no.txt.sig")
    assert (code, "is NOT COMPLETE" in said) == (0, True)
    assert "this restore no longer counts as proven; load it again by " in said
    assert f"restore test {newer} of " in verb("restore confirm erp-db")[1]
    code, shown = verb(f"restore confirm erp-db --test {site.test}")
    assert (code, "malee: NOT COMPLETE (signature) งวดนี้หาย" in shown) == (0, True)
    assert re.search(r"2 load the backup, test the application +limit  1 d  due by ", shown)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ("erp-db --complete", 2, "a confirmation is signed or on paper"),
        ("erp-db --text x.txt", 2, "say what is confirmed"),
        ("erp-db --signature x", 2, "--signature needs the signed text"),
        ("erp-db --complete --paper x", 2, "--paper needs --person"),
        ("erp-db --not-complete --text ./x.txt", 1, "not complete needs a reason"),
        ("erp-db --complete --text ./taken.txt", 2, "exists and is left as it is"),
        ("hr", 2, "there is no backup job 'hr'; there are: erp-db"),
    ],
)
def test_what_cannot_be_meant_is_a_sentence(site: Site, verb: Verb, words: str, code: int, sentence: str) -> None:
    (site.folder / "taken.txt").touch()
    found, said = verb(f"restore confirm {words}")
    assert (found, sentence in said) == (code, True), said


@pytest.mark.long
def test_the_page_about_the_envelope_works_as_it_stands(site: Site, verb: Verb) -> None:
    site.be("somsri")
    spool = site.folder / "spool/erp-db"
    spool.mkdir(parents=True)
    (spool / "manifest.json").write_bytes(b"{}")
    lay_empty(site.folder / "repository", SecretReference("file", str(site.folder / "key")))
    site.typed(
        f"export RESTIC_REPOSITORY={site.folder}/repository RESTIC_PASSWORD_FILE={site.folder}/key;"
        f" restic -q --no-cache backup --host pwo --tag job=erp-db,run=r {spool}"
    )
    make, prove, status = blocks("key-escrow.md")
    assert verb("backup escrow --status") == (3, "made: never\nproven: never\n")
    assert site.typed(make) == ""
    envelope = site.folder / "envelope.txt"
    assert (envelope.stat().st_mode & 0o777, KEY in envelope.read_text(encoding="utf-8")) == (0o600, False)
    code, said = verb("backup escrow --status")
    assert (code, "proven: never\n" in said) == (3, True)
    assert f"has the SHA-256 {hashlib.sha256(b'{}').hexdigest()}" in site.typed(prove)
    after = site.typed(status)
    assert "never" not in after
    assert "opens: somsri SHA256:" in after
    (made,), (proven,) = site.facts("escrow-made"), site.facts("envelope-proven")
    assert made.fact.body["digest"] == proven.fact.body["digest"]
    assert KEY not in made.text + proven.text
    code, said = verb("backup escrow --output ./envelope.txt")
    assert (code, "exists and is left as it is" in said) == (2, True)
    code, said = verb("backup escrow --json --for somsri wichai")
    assert json.loads(said.splitlines()[0])["opens"][1].startswith("wichai ssh-ed25519 SHA256:")
    (site.folder / "key").unlink()
    code, said = verb("backup escrow --output ./other.txt")
    assert (code, (site.folder / "other.txt").exists()) == (1, False)
    assert f"{site.folder}/key: No such file" in said
