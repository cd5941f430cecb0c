"""What a backup must not be: kept where it comes from, without a second place, with secrets that cron cannot read."""

from collections.abc import Mapping
from dataclasses import dataclass

from wenyam import plugins
from wenyam.model import durations
from wenyam.model.backup import RepositoryPlan
from wenyam.model.calendar import Schedule
from wenyam.model.inventory import SecretReference
from wenyam.settings import schedule as grammar
from wenyam.settings.blocks_backup import BackupJobBlock
from wenyam.settings.known import Known
from wenyam.settings.problems import Place
from wenyam.settings.schedule_gaps import longest_gap
from wenyam.settings.tree import Block, Rows

_SSH = ("ssh-key", "ssh-password")
SOURCE_CREDENTIALS: Mapping[str, tuple[str, ...]] = {
    "files": _SSH,
    "postgresql": ("sql",),
    "mariadb": ("sql",),
    "network_config": _SSH,
    "command": _SSH,
}
"""Kinds of credential that each source of ours can use; one of another package may use any."""
DESTINATION_CREDENTIALS: Mapping[str, tuple[str, ...]] = {"sftp": ("ssh-key",), "rest": ("http-basic",), "s3": ("http-basic",)}
"""Kinds of credential that each kind of repository of ours can use."""
_ALWAYS_LOGS_IN = frozenset({"sftp", "s3", "postgresql", "mariadb"})
_THIS_MACHINE_ONLY = frozenset({"sqlite", "own"})
_DEVICE_ONLY = frozenset({"network_config"})
_AT_HAND = "file"
"""The one kind of secret that is there for cron, a timer, the calendar and a person at night alike (design D16)."""


@dataclass(frozen=True, slots=True)
class Login:
    """What somebody logs in with: any kind of credential when none is named."""

    who: str
    kinds: tuple[str, ...]
    needed: bool


@dataclass(frozen=True, slots=True)
class Part:
    """What was written somewhere, and the path of its keys."""

    path: str
    block: Block

    def at(self, key: str) -> Place:
        """Return where a key stands."""
        return self.block.at(key)

    def within(self, key: str) -> "Part":
        """Return the block under a key; an empty one when there is none."""
        value = self.block.get(key)
        return Part(f"{self.path}.{key}", value if isinstance(value, Block) else Block(self.block.at(key)))


def timed(known: Known, part: Part, text: str, window: float) -> Schedule | None:
    """Return a schedule with its window; None when it is not understood (noted)."""
    zone = known.context["time_zone"]
    try:
        grammar.parse(text, zone)
    except ValueError as error:
        known.findings.problem(part.at("schedule"), f"{part.path}.schedule: {error}")
        return None
    return Schedule(text, zone, window)


def judge_age(known: Known, part: Part, age: float | None, schedule: Schedule, what: str) -> None:
    """Note an age that is over before the next run can come."""
    gap = longest_gap(schedule.text, schedule.time_zone)
    if age is not None and age < gap:
        sentence = f"{durations.write(age)} is shorter than the {durations.write(gap)} between two {what}"
        known.findings.problem(part.at("maximum_age"), f"{part.path}.maximum_age: {sentence}, so every one would come too late")


def judge_device(known: Known, part: Part, job: BackupJobBlock) -> None:
    """Note a device that does not exist, that its source cannot read, or that is missing."""
    if job.device is not None:
        known.refers(part.block, "device", part.path, "devices", job.device)
    if job.device is not None and job.source in _THIS_MACHINE_ONLY:
        sentence = f"{part.path}.device: source '{job.source}' reads this machine only; for a device use source 'command'"
        known.findings.problem(part.at("device"), sentence)
    if job.device is None and job.source in _DEVICE_ONLY and "device" not in part.block.dropped:
        known.findings.problem(part.block.place, f"{part.path}: source '{job.source}' needs a device; name it with 'device'")


def judge_login(known: Known, part: Part, name: str | None, login: Login) -> None:
    """Note a credential that is missing, does not exist, is of no use here, or is not there when cron starts the job."""
    usable = " or ".join(login.kinds)
    if name is None:
        if login.needed and login.kinds and "credential" not in part.block.dropped:
            known.findings.problem(part.block.place, f"{part.path}: {login.who} needs a credential of kind {usable}")
        return
    known.used_credentials.add(name)
    known.refers(part.block, "credential", part.path, "credentials", name)
    credential = known.credentials.get(name)
    if credential is None:
        return
    if login.kinds and credential.kind not in login.kinds:
        sentence = f"{part.path}.credential: '{name}' is of kind {credential.kind}; {login.who} needs {usable}"
        known.findings.problem(part.at("credential"), sentence)
    for field, reference in credential.secrets.items():
        if reference.scheme != _AT_HAND:
            sentence = f"{part.path}.credential: '{name}' keeps its {field.replace('_', ' ')} in {reference}, {_ABSENT}"
            known.findings.problem(part.at("credential"), sentence)


def source_login(source: str, device: str | None) -> Login:
    """Return what a source logs in with; it must when it reads a device or a database."""
    return Login(f"source '{source}'", SOURCE_CREDENTIALS.get(source, ()), device is not None or source in _ALWAYS_LOGS_IN)


def destination_login(kind: str) -> Login:
    """Return what a kind of repository logs in with."""
    return Login(f"kind '{kind}'", DESTINATION_CREDENTIALS.get(kind, ()), kind in _ALWAYS_LOGS_IN)


def judge_key(known: Known, part: Part, key: SecretReference) -> None:
    """Note a repository's key that is not there when cron starts the job."""
    if key.scheme != _AT_HAND:
        known.findings.problem(part.at("key"), f"{part.path}.key: it is kept in {key}, {_ABSENT}")


_ABSENT = "which is not there when cron or a person starts a backup; keep it in a file and write file:PATH"


def judge_places(known: Known, repositories: dict[str, RepositoryPlan]) -> None:
    """Note two repositories that are one."""
    seen: dict[str, str] = {}
    section = known.section("repositories")
    for name, plan in repositories.items():
        first = seen.setdefault(_place_of(plan), name)
        if first != name:
            known.findings.problem(section.at(name), f"repositories.{name}: is at the same place as '{first}'")


def _place_of(plan: RepositoryPlan) -> str:
    """Return where a repository is, as its plug-in says; one whose plug-in says nothing is known by its options."""
    try:
        place = getattr(plugins.load(plugins.DESTINATIONS, plan.kind)(plan.options), "place", "")
    except Exception as error:  # noqa: BLE001  # a plug-in of another package may raise anything; it is examined when it is used
        place = f"{plan.name}: {error}"
    return str(place).rstrip("/") or f"{plan.kind} {plan.options}"


def judge_copies(known: Known, part: Part, job: BackupJobBlock, repositories: dict[str, RepositoryPlan]) -> None:
    """Note copies that are none, and places that one fire would take together (R4.2)."""
    rows, path = part.block.get("copies"), f"{part.path}.copies"
    for index, copy in enumerate(job.copies):
        place = rows.places[index] if isinstance(rows, Rows) else part.block.place
        if not known.findings.refers(place, path, "repository", copy, known.section("repositories")):
            continue
        if copy == job.repository:
            known.findings.problem(place, f"{path}: '{copy}' is the first repository already, not a copy")
        elif copy in job.copies[:index]:
            known.findings.problem(place, f"{path}: '{copy}' is written twice")
        else:
            _warn_of_one_key(known, repositories.get(job.repository), repositories.get(copy), place, path)
    _warn_of_one_site(known, part, job, repositories)


def _warn_of_one_key(known: Known, first: RepositoryPlan | None, copy: RepositoryPlan | None, place: Place, path: str) -> None:
    if first is not None and copy is not None and first.key == copy.key:
        sentence = f"{path}: '{copy.name}' has the same key as '{first.name}'; whoever loses or steals one, has both"
        known.findings.warning(place, sentence)


def _warn_of_one_site(known: Known, part: Part, job: BackupJobBlock, repositories: dict[str, RepositoryPlan]) -> None:
    if not job.copies:
        sentence = f"{part.path}: has no copy; two places are the least, so name another repository under 'copies'"
        known.findings.warning(part.at("repository"), sentence)
        return
    sites = {repositories[name].site for name in (job.repository, *job.copies) if name in repositories}
    if len(sites) == 1:
        sentence = f"{part.path}: every copy is at the site '{sites.pop()}', where one fire takes them all"
        known.findings.warning(part.at("copies"), sentence)
