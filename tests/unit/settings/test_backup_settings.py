"""Backups as they are written, as the model, as shown; what is only a warning."""

import json
import re
import shutil
from pathlib import Path

import pytest

from wenyam import plugins
from wenyam.model.backup import BackupPlan, KeepRules, Question, SizeBand
from wenyam.model.calendar import Schedule
from wenyam.model.inventory import SecretReference
from wenyam.model.states import Subject
from wenyam.operations.coverage import not_covered
from wenyam.operations.cron_file import cron_file, schedules_of
from wenyam.settings.blocks_backup import BackupJobBlock, RepositoryBlock
from wenyam.settings.loader import Loaded, load, load_with_warnings
from wenyam.settings.problems import BrokenConfigurationError
from wenyam.settings.schedule_gaps import longest_gap
from wenyam.settings.schema import json_schema
from wenyam.settings.show import effective
from wenyam.settings.starter import write_starter

EVERYTHING = Path(__file__).parents[2] / "cases" / "configuration-good" / "everything"
HEAD = """
instance: {name: test, site: office}
sites: {office: , dr: }
people: {somchai: {name: Somchai}}
defaults: {owner: somchai, duty_officer: somchai}
repositories:
  main: {kind: local, key: file:k, path: /srv/a}
  near: {kind: local, key: file:k, path: /srv/b}
  dr: {kind: local, key: file:d, path: /srv/c, site: dr}
"""
DAY = 86_400.0


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    folder = tmp_path_factory.mktemp("good") / "everything"
    shutil.copytree(EVERYTHING, folder)
    return load_with_warnings(folder)


@pytest.fixture
def plan(loaded: Loaded) -> BackupPlan:
    return loaded.configuration.backup


def written(folder: Path, backups: str) -> Loaded:
    folder.chmod(0o755)
    (folder / "wenyam.yaml").write_text(f"{HEAD}backups:\n{backups}", encoding="utf-8")
    return load_with_warnings(folder)


def warnings_of(folder: Path, backups: str) -> list[str]:
    sentences = [warning.sentence for warning in written(folder, backups).warnings]
    return [sentence for sentence in sentences if sentence.startswith("backups.")]


def test_a_job_is_what_was_written(plan: BackupPlan) -> None:
    job = plan.jobs["erp"]
    assert (job.source, job.device, job.credential, job.owner, job.tries) == ("postgresql", "db-1", "erp-dump", "malee", 3)
    assert job.options.databases == ("erp",)
    assert job.schedule == Schedule("every day 01:30", "Asia/Bangkok", 4 * 3600.0)
    assert (job.repository, job.copies) == ("main", ("dr",))
    assert [str(subject) for subject in job.covers] == ["device:db-1", "service:erp"]
    assert job.keep == KeepRules(3, 14, 8, 12, 7, 3)
    assert job.size_band == SizeBand(0.10, 3.0, 2**20)
    assert job.maximum_age == 26 * 3600.0
    assert job.restore.schedule == Schedule("monthly first sat 09:00", "Asia/Bangkok", 8 * 3600.0)
    assert job.restore.questions == (Question("select count(*) from customer", "1000"), Question("select 1"))
    assert job.restore.step_limits == (3 * DAY, DAY, 2 * DAY, DAY)
    assert job.personal_data


def test_a_repository_is_what_was_written(loaded: Loaded, plan: BackupPlan) -> None:
    main, dr = plan.repositories["main"], plan.repositories["dr"]
    assert main.key == SecretReference("file", f"{loaded.configuration.folder}/backup-secrets/main")
    assert (main.site, main.minimum_free_bytes, main.append_only) == ("head-office", 5 * 2**30, False)
    assert (main.verify.schedule.window, main.verify.parts) == (6 * 3600.0, 7)
    assert (dr.site, dr.credential, dr.append_only, dr.verify.schedule.text) == ("dr-site", "dr-rest", True, "every sun 04:00")


def test_what_is_not_written_follows_from_the_schedule_and_from_the_defaults(plan: BackupPlan) -> None:
    job = plan.jobs["files"]
    assert job.owner == "somchai"
    assert job.maximum_age == 7 * DAY + 4 * 3600.0
    assert job.restore.schedule is None
    assert job.restore.maximum_age == 35 * DAY


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("every day 01:30", 1),
        ("every 6h", 0.25),
        ("every mon,tue,wed,thu,fri 01:30", 3),
        ("monthly 1 06:00", 31),
        ("monthly first sat 09:00", 35),
        ("quarterly 1 09:00", 92),
        ("yearly 09-30 08:00", 366),
    ],
)
def test_the_longest_time_between_two_runs_is_known(text: str, days: float) -> None:
    assert longest_gap(text, "Asia/Bangkok") == days * DAY


def test_a_proof_of_quarterly_tests_may_be_a_quarter_old(tmp_path: Path) -> None:
    job = (
        "  a: {source: files, paths: [/a], covers: [], schedule: every day 01:30, repository: main, copies: [dr],"
        " restore: {schedule: quarterly 1 09:00, window: 1d}}\n"
    )
    assert written(tmp_path, job).configuration.backup.jobs["a"].restore.maximum_age == 93 * DAY


def test_what_may_not_be_meant_is_a_warning(tmp_path: Path) -> None:
    job = "  {0}: {{source: files, paths: [/a], schedule: every day 01:30, repository: main, {1}}}\n"
    rows = (
        job.format("alone", "covers: []")
        + job.format("bare", "copies: [dr]")
        + job.format("near", "covers: [], copies: [near]")
        + job.format("good", "covers: [], copies: [near, dr]").replace("near, dr", "dr")
    )
    assert warnings_of(tmp_path, rows) == [
        "backups.alone: has no copy; two places are the least, so name another repository under 'copies'",
        "backups.bare: covers nothing; name the devices and services it backs up under 'covers', or write 'covers: []'",
        "backups.near.copies: 'near' has the same key as 'main'; whoever loses or steals one, has both",
        "backups.near: every copy is at the site 'office', where one fire takes them all",
    ]


def test_a_repository_key_of_secrets_in_files_is_no_unused_credential(loaded: Loaded) -> None:
    sentences = [warning.sentence for warning in loaded.warnings]
    assert not any(name in sentence for sentence in sentences for name in ("erp-dump: nothing", "dr-rest: nothing"))


def test_everything_is_shown_and_no_secret(loaded: Loaded) -> None:
    data = json.loads(json.dumps(effective(loaded.configuration)))
    assert data["backup"]["spool"] == "/var/backups/wenyam/spool"
    assert data["repositories"]["main"]["key"] == f"file:{loaded.configuration.folder}/backup-secrets/main"
    assert data["repositories"]["main"]["options"] == {"path": "/srv/backup/main"}
    job = data["backups"]["erp"]
    assert job["covers"] == ["device:db-1", "service:erp"]
    assert job["restore"]["questions"][0] == {"ask": "select count(*) from customer", "expect": "1000"}
    assert {"keep", "size_band", "tries", "maximum_age", "ping_url", "schedule", "personal_data"} <= job.keys()


def test_systems_and_services_without_a_job_are_listed(loaded: Loaded) -> None:
    assert [str(subject) for subject in not_covered(loaded.configuration)] == [
        "device:branch-1", "device:core-1", "device:db-2", "device:firewall-1", "device:kvm-1", "service:dns",
    ]  # fmt: skip


def test_what_is_retired_is_owed_no_backup(tmp_path: Path) -> None:
    (tmp_path / "devices.yaml").write_text(
        "devices:\n"
        "  old: {kind: server, address: 10.0.0.1, retired: 2026-01-01}\n"
        "  ups: {kind: ups, address: 10.0.0.2}\n"
        "  new: {kind: server, address: 10.0.0.3, retired: 2030-01-01}\n",
        encoding="utf-8",
    )
    configuration = written(tmp_path, "").configuration
    old, new = (Subject.parse(f"device:{name}") for name in ("old", "new"))
    assert not_covered(configuration) == [new, old]
    retired = configuration.inventory.devices["old"].retired
    assert not_covered(configuration, retired) == [new]


def test_a_plug_in_whose_module_is_gone_is_told_where_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import EntryPoint  # noqa: PLC0415  # only here

    point = EntryPoint("gone", "wenyam.backup.sources.gone:GoneSource", plugins.SOURCES)
    monkeypatch.setitem(plugins._register(plugins.SOURCES), "gone", point)
    with pytest.raises(BrokenConfigurationError) as caught:
        written(tmp_path, "  a: {source: gone, covers: [], schedule: every day 01:30, repository: main}\n")
    (problem,) = caught.value.problems
    assert problem.sentence == (
        "backups.a.source: plug-in 'gone' (wenyam.backup.sources.gone:GoneSource): No module named 'wenyam.backup.sources.gone'"
    )


def test_a_configuration_that_starts_programs_by_a_backup_may_not_be_written_by_others(tmp_path: Path) -> None:
    (tmp_path / "group.yaml").write_text("\n", encoding="utf-8")
    (tmp_path / "group.yaml").chmod(0o664)
    row = "  a: {{source: {0}, {1}, covers: [], schedule: every day 01:30, repository: main}}\n"
    assert written(tmp_path, row.format("files", "paths: [/a]")).configuration.backup.jobs
    with pytest.raises(BrokenConfigurationError, match="may be written by its group"):
        written(tmp_path, row.format("command", "dump: [/bin/true]"))


def test_the_manual_names_every_source_and_every_kind_of_repository() -> None:
    for model, key, group in ((BackupJobBlock, "source", plugins.SOURCES), (RepositoryBlock, "kind", plugins.DESTINATIONS)):
        description = model.model_fields[key].description or ""
        assert [name for name in plugins.names(group) if f"`{name}`" not in description] == []


def test_the_schema_knows_the_options_of_sources_and_repositories() -> None:
    definitions = json.loads(json.dumps(json_schema()))["$defs"]
    block = definitions["BackupJobBlock"]
    assert block["properties"]["source"]["enum"] == list(plugins.names(plugins.SOURCES))
    files = next(rule["then"] for rule in block["allOf"] if rule["if"]["properties"]["source"]["const"] == "files")
    assert "paths" in files["properties"]
    assert block["unevaluatedProperties"] is False
    local = definitions["RepositoryBlock"]["allOf"]
    assert any("path" in rule["then"]["properties"] for rule in local)


def test_a_configuration_without_backups_says_nothing_about_them(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "wenyam.yaml").write_text("instance: {name: test, site: office}\nsites: {office: }\n", encoding="utf-8")
    configuration = load(tmp_path)
    assert configuration.backup == BackupPlan()
    assert not {"backup", "repositories", "backups"} & effective(configuration).keys()


def test_the_configuration_and_the_cron_line_of_the_how_to_are_right(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs/howto/backups.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (lines,) = re.findall(r"```cron\n(.*?)```", page, re.DOTALL)
    write_starter(tmp_path / "etc")
    (tmp_path / "etc" / "backups.yaml").write_text(example, encoding="utf-8")
    loaded = load_with_warnings(tmp_path / "etc")
    assert sorted(loaded.configuration.backup.jobs) == ["erp-db", "this-machine", "wenyam-itself"]
    assert not_covered(loaded.configuration) == []
    assert [warning.sentence for warning in loaded.warnings if "No such file" not in warning.sentence] == [
        warning.sentence for warning in loaded.warnings if "backup-secrets" in warning.sentence
    ]
    text = cron_file(schedules_of(loaded.configuration), "Etc/UTC")
    assert lines in text
    for name in ("backup-erp-db", "restore-test-erp-db", "verify-main"):
        assert f"wenyam-job@{name}.timer" in page
        assert f"# job {name}: " in text
