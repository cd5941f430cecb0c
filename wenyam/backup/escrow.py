"""The sealed envelope: everything somebody needs who has an empty machine, Debian's restic and age, and one private key. Pure.

The text is printed and kept on paper; nothing in it is secret without a private key. Lines that a program reads back are
`name: value` below a `[section]`; all others are for people.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from wenyam.backup import escrow_lines
from wenyam.backup.escrow_lines import EnvelopeError
from wenyam.i18n.clean_text import clean
from wenyam.i18n.translate import mark, translator
from wenyam.links.age import BEGIN, END
from wenyam.model.instants import Instant, from_datetime, to_iso

HEAD: Final = "WENYAM SEALED ENVELOPE 1"
_SECTION: Final = re.compile(r"\[(repository|job) ([a-z0-9._-]+)\]")
_VALUE: Final = re.compile(r"([a-z ]+): (.*)")
_SUM: Final = "sha256"
_LINE: Final = 2000
_FIRST: Final = (
    mark("Keep it on paper, in a sealed envelope, away from the machines it speaks of."),
    mark(
        "Restoring from this page alone needs an empty machine with Debian's restic and age, and one of the private keys below."
    ),
    mark("Nobody reads the keys in it without one. Write a new page when a repository, its key or one of these people changes."),
)
"""Said in Thai and in English: whoever breaks the seal may read only one of them."""
_HOW: Final = """\
HOW TO RESTORE WITH THIS PAGE ALONE
1. Put the block of a repository, BEGIN and END lines included, into a file NAME.age (scanned or copied).
   Typed from paper: put the numbered lines into NAME.lines, check each line's last four digits with
       printf %s 'NUMBER:CHARACTERS' | sha256sum | cut -c1-4        (1 for line 01; the characters without spaces)
   then: sed 's/^[0-9]* //; s/ [0-9a-f]*$//' NAME.lines | tr -d ' \\n' | base64 -d > NAME.age
2. Let the shell have the repository's address and key, never a file or the screen:
       set -a; eval "$(age --decrypt -i PRIVATE_KEY NAME.age)"; set +a
3. Look, check, restore:
       restic snapshots --no-lock --tag TAG        (the tag of the job, below)
       restic check --read-data
       restic restore SNAPSHOT --target EMPTY_DIRECTORY
4. What a job's files are and how they are loaded stands below. manifest.json beside them says what must come back."""


@dataclass(frozen=True, slots=True)
class Opener:
    """One key that opens the envelope."""

    person: str
    kind: str
    fingerprint: str

    def __str__(self) -> str:
        """Write as on the page."""
        return f"{self.person} {self.kind} {self.fingerprint}"


@dataclass(frozen=True, slots=True)
class SealedRepository:
    """One repository: where it is, and its address and key, sealed."""

    name: str
    kind: str
    place: str
    site: str
    sealed: str
    """Armored; holds the environment that restic needs, as shell assignments."""
    notes: tuple[str, ...] = ()
    """What else is needed to get there."""


@dataclass(frozen=True, slots=True)
class SealedJob:
    """One job: where its backups are and how they are loaded by hand."""

    name: str
    source: str
    repository: str
    copies: tuple[str, ...]
    tag: str
    """What its snapshots are tagged with."""
    files: str
    """Directory of its dump inside a snapshot."""
    load: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Envelope:
    """What stands on the page."""

    instance: str
    site: str
    made: Instant
    configuration: str
    """SHA-256 of the configuration it was made from."""
    restic: str
    """Version it was made with."""
    openers: tuple[Opener, ...]
    repositories: Mapping[str, SealedRepository]
    jobs: Mapping[str, SealedJob]


def write(envelope: Envelope) -> str:
    """Write the page; its last line is the SHA-256 of what stands above it."""
    lines = [
        HEAD, "", *map(translator("th"), _FIRST), *_FIRST, "",
        f"instance: {envelope.instance}", f"site: {envelope.site}", f"made: {to_iso(envelope.made)}",
        f"configuration: {envelope.configuration}", f"restic: {envelope.restic}",
        *(f"opens: {opener}" for opener in envelope.openers), "", *_HOW.splitlines(), "",
    ]  # fmt: skip
    for repository in envelope.repositories.values():
        lines += [*_repository_lines(repository), ""]
    for job in envelope.jobs.values():
        lines += [*_job_lines(job), ""]
    text = "\n".join([*lines, ""])
    return f"{text}{_SUM}: {digest_of(text)}\n"


def _repository_lines(repository: SealedRepository) -> Iterator[str]:
    yield f"[repository {repository.name}]"
    yield from (f"kind: {repository.kind}", f"place: {clean(repository.place, _LINE)}", f"at site: {repository.site}")
    yield from (f"note: {clean(note, _LINE)}" for note in repository.notes)
    yield from repository.sealed.strip().splitlines()
    yield from escrow_lines.to_lines(repository.sealed)


def _job_lines(job: SealedJob) -> Iterator[str]:
    yield f"[job {job.name}]"
    yield from (f"source: {job.source}", f"repository: {job.repository}")
    yield from (f"copy: {name}" for name in job.copies)
    yield from (f"tag: {job.tag}", f"files: {clean(job.files, _LINE)}")
    yield from (f"load: {clean(line, _LINE)}" for line in job.load)


def digest_of(text: str) -> str:
    """Return the SHA-256 (hex) of a page's lines: blank lines and blanks at ends are not counted, a printer changes those."""
    lines = (line.rstrip() for line in text.splitlines())
    return hashlib.sha256("\n".join(line for line in lines if line and not line.startswith(f"{_SUM}: ")).encode()).hexdigest()


def digest(text: str) -> str:
    """Return the digest of a page that is whole; EnvelopeError names what is missing or changed."""
    said = [line.removeprefix(f"{_SUM}: ").strip() for line in text.splitlines() if line.startswith(f"{_SUM}: ")]
    found = digest_of(text)
    if said == [found]:
        return found
    damaged = [problem for section in _sections(text) for problem in section.problems()]
    what = "; ".join(damaged[:5]) or "a line outside the keys is missing or changed"
    if not said:
        what = "its last line with the SHA-256 is missing" + (f"; {'; '.join(damaged[:5])}" if damaged else "")
    raise EnvelopeError(f"it is not whole: {what}", hint="Compare with the paper, or copy it again.")


def read(text: str) -> Envelope:
    """Read a whole page back; EnvelopeError otherwise."""
    if not text.lstrip().startswith(HEAD):
        raise EnvelopeError(f"it does not begin with '{HEAD}'")
    digest(text)
    sections = _sections(text)
    head = sections[0]
    try:
        return Envelope(
            head.one("instance"), head.one("site"), from_datetime(datetime.fromisoformat(head.one("made"))),
            head.one("configuration"), head.one("restic"), tuple(_opener(line) for line in head.all("opens")),
            {each.name: _repository(each) for each in sections if each.kind == "repository"},
            {each.name: _job(each) for each in sections if each.kind == "job"},
        )  # fmt: skip
    except ValueError as error:
        raise EnvelopeError(clean(str(error))) from error


@dataclass(frozen=True, slots=True)
class _Section:
    kind: str
    name: str
    lines: Sequence[str]

    def all(self, name: str) -> list[str]:
        found = (_VALUE.fullmatch(line) for line in self.lines)
        return [each[2] for each in found if each is not None and each[1] == name]

    def one(self, name: str) -> str:
        found = self.all(name)
        if len(found) != 1:
            raise ValueError(f"'{name}' stands {len(found)} times in {self.kind} {self.name}")
        return found[0]

    @property
    def sealed(self) -> str:
        begin = self.lines.index(BEGIN) if BEGIN in self.lines else None
        end = self.lines.index(END) if END in self.lines else None
        if begin is None or end is None or end < begin:
            raise ValueError(f"the sealed block of {self.kind} {self.name} is not whole")
        return "\n".join([*self.lines[begin : end + 1], ""])

    @property
    def numbered(self) -> list[str]:
        return [line for line in self.lines if escrow_lines.is_line(line)]

    def problems(self) -> list[str]:
        if self.kind != "repository":
            return []
        what = f"the key of '{self.name}'"
        try:
            sealed = self.sealed
        except ValueError as error:
            return [str(error)]
        return escrow_lines.problems(sealed, self.numbered, what)


def _sections(text: str) -> list[_Section]:
    found: list[tuple[str, str, list[str]]] = [("head", "", [])]
    for line in map(str.rstrip, text.splitlines()):
        header = _SECTION.fullmatch(line)
        if header is not None:
            found.append((header[1], header[2], []))
        else:
            found[-1][2].append(line)
    return [_Section(*each) for each in found]


def _opener(line: str) -> Opener:
    person, kind, fingerprint = line.split(" ")
    return Opener(person, kind, fingerprint)


def _repository(section: _Section) -> SealedRepository:
    return SealedRepository(
        section.name,
        section.one("kind"),
        section.one("place"),
        section.one("at site"),
        section.sealed,
        tuple(section.all("note")),
    )


def _job(section: _Section) -> SealedJob:
    if not section.one("files").startswith("/"):
        raise ValueError(f"the files of job {section.name} have no absolute path")
    return SealedJob(
        section.name, section.one("source"), section.one("repository"), tuple(section.all("copy")), section.one("tag"),
        section.one("files"), tuple(section.all("load")),
    )  # fmt: skip
