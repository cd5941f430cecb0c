"""A configuration that uses every key there is, read back as the model."""

import json
import shutil
import time
from pathlib import Path

import pytest
from pydantic import BaseModel

from wenyam.model.inventory import AliveProbe, AtLeast, Member, Policy
from wenyam.model.states import Subject, SubjectKind
from wenyam.settings.blocks_alerts import AlertsBlock, ChannelBlock, MatchBlock, RouteBlock, StepBlock
from wenyam.settings.blocks_backup import (
    BackupBlock,
    BackupJobBlock,
    MachineBlock,
    MachineDatabaseBlock,
    RepositoryBlock,
    RestoreBlock,
)
from wenyam.settings.blocks_dr import CommitteeBlock, PlanBlock, PlanObjectivesBlock, RecoveryBlock, RightsBlock
from wenyam.settings.blocks_guarding import DeadManBlock, PeerBlock, ReplyBlock
from wenyam.settings.blocks_inventory import DeviceBlock, LinkBlock, ServiceBlock, WindowBlock
from wenyam.settings.blocks_receive import ReceiveBlock, TrapsBlock, WebhookBlock
from wenyam.settings.blocks_status_page import StatusPageBlock
from wenyam.settings.document import Document
from wenyam.settings.loader import Loaded, load, load_with_warnings
from wenyam.settings.problems import Findings
from wenyam.settings.show import as_yaml, effective
from wenyam.settings.tree import read_yaml

EVERYTHING = Path(__file__).parents[2] / "cases" / "configuration-good" / "everything"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    folder = tmp_path_factory.mktemp("good") / "everything"
    shutil.copytree(EVERYTHING, folder)
    return load_with_warnings(folder)


def test_a_device_has_what_was_written_over_what_its_kind_brings(loaded: Loaded) -> None:
    core = loaded.configuration.inventory.devices["core-1"]
    assert core.alive.any_of == (AliveProbe("icmp"), AliveProbe("snmp"), AliveProbe("tcp", 22))
    assert core.alive.policy == Policy(after=3, of=4, recheck=1.0)
    assert [(plan.job, plan.collector, plan.interval, plan.timeout, plan.credential) for plan in core.reads] == [
        ("snmp", "snmp", 60.0, 20.0, "snmp-read")
    ]
    checks = {plan.name: plan for plan in core.checks}
    assert (checks["cpu"].parameters.warn, checks["cpu"].parameters.crit, checks["cpu"].optional) == (0.75, 0.95, False)
    assert checks["cpu"].policy == Policy(after=2, of=3, recheck=30.0)
    assert checks["interfaces"].parameters.interfaces == ("GigabitEthernet0/1", "GigabitEthernet0/2")
    assert checks["interfaces"].optional
    assert checks["power-supplies"].runbook is not None
    assert "fans" not in checks
    assert "memory" not in checks, "the configuration took it away from every switch"


def test_snmp_speaks_the_version_its_credential_is_for(loaded: Loaded) -> None:
    devices = loaded.configuration.inventory.devices
    assert devices["firewall-1"].reads[0].options.version == "3"
    assert devices["core-1"].reads[0].options.version == "2c"


def test_a_default_reading_needs_its_credential(loaded: Loaded) -> None:
    devices = loaded.configuration.inventory.devices
    assert [plan.job for plan in devices["kvm-1"].reads] == ["ssh"]
    assert devices["kvm-1"].alive.any_of == (AliveProbe("icmp"), AliveProbe("tcp", 22))
    assert devices["db-2"].reads == ()
    assert devices["db-2"].checks == ()


def test_intervals_come_from_the_kind(loaded: Loaded) -> None:
    devices = loaded.configuration.inventory.devices
    assert devices["branch-1"].reads[0].interval == 30.0
    assert devices["branch-1"].reads[0].timeout == 10.0
    assert devices["erp-app"].alive.interval == 10.0


def test_a_virtual_machine_stands_behind_its_host(loaded: Loaded) -> None:
    assert loaded.configuration.inventory.devices["erp-app"].parents == ("kvm-1",)


def test_a_table_gives_devices_as_yaml_does(loaded: Loaded) -> None:
    branch = loaded.configuration.inventory.devices["branch-1"]
    assert branch.parents == ("core-1", "firewall-1")
    assert branch.marked_interfaces == ("Gi0/1", "Gi0/2")
    assert branch.contract is not None
    assert branch.contract.contractor == "บริษัท ข, จำกัด"
    assert branch.label is not None
    assert branch.label.th == "สวิตช์สาขา"


def test_members_become_an_expression(loaded: Loaded) -> None:
    members = loaded.configuration.inventory.services["erp"].members
    assert isinstance(members, AtLeast)
    assert (members.word, members.count) == ("all", 4)
    assert members.items[0] == Member(Subject(SubjectKind.DEVICE, "erp-app"))
    assert members.items[2] == AtLeast(
        2,
        (
            Member(Subject(SubjectKind.DEVICE, "erp-app")),
            Member(Subject(SubjectKind.DEVICE, "db-1")),
            Member(Subject(SubjectKind.LINK, "isp-1")),
        ),
    )


def test_a_group_in_a_window_stands_for_its_members(loaded: Loaded) -> None:
    window = loaded.configuration.inventory.windows["patching"]
    assert [str(subject) for subject in window.subjects] == ["service:erp", "device:core-1", "device:firewall-1", "link:isp-1"]


def test_a_date_alone_is_its_day_in_the_instances_zone(loaded: Loaded) -> None:
    inventory = loaded.configuration.inventory
    assert inventory.devices["core-1"].in_service == 1_569_862_800_000  # 2019-10-01T00:00+07:00
    key = inventory.people["somchai"].keys[0]
    assert key.valid_until == 1_822_323_600_000  # 2027-10-01T00:00+07:00: the last day counts


def test_secrets_are_kept_by_reference_relative_to_the_folder(loaded: Loaded) -> None:
    credential = loaded.configuration.inventory.credentials["snmp-secure"]
    assert credential.settings == {"username": "wenyam", "authentication": "sha256", "privacy": "aes128", "context": "bridge"}
    assert str(credential.secrets["authentication_key"]) == f"file:{loaded.configuration.folder}/secrets/auth"
    assert str(credential.secrets["privacy_key"]) == "credential:snmp-privacy"


def test_warnings_name_missing_secrets_and_credentials_nobody_uses(loaded: Loaded) -> None:
    sentences = [warning.sentence for warning in loaded.warnings]
    assert "credentials.status-page: nothing uses it" in sentences
    assert any(sentence.startswith("credentials.snmp-read.community:") for sentence in sentences)
    assert not any("db-2" in sentence for sentence in sentences), "its shared address is declared"


def test_the_same_folder_has_the_same_digest_and_another_text_another(tmp_path: Path) -> None:
    shutil.copytree(EVERYTHING, tmp_path / "a")
    shutil.copytree(EVERYTHING, tmp_path / "b")
    first, second = load(tmp_path / "a").digest, load(tmp_path / "b").digest
    assert first == second
    with (tmp_path / "b" / "devices.yaml").open("a", encoding="utf-8") as file:
        file.write("# a comment\n")
    assert load(tmp_path / "b").digest != first


def test_the_effective_configuration_is_shown_as_data_and_as_yaml(loaded: Loaded) -> None:
    data = json.loads(json.dumps(effective(loaded.configuration), ensure_ascii=False))
    assert data["devices"]["core-1"]["in_service"] == "2019-09-30T17:00:00.000Z"
    assert data["devices"]["core-1"]["alive"]["any_of"] == ["icmp", "snmp", "tcp:22"]
    assert data["services"]["erp"]["members"]["all"][1] == {"any": ["device:db-1", "device:db-2"]}
    findings = Findings()
    assert read_yaml(as_yaml(effective(loaded.configuration)), "shown", findings) is not None
    assert findings.problems == set()


@pytest.mark.parametrize(
    "model",
    [
        Document,
        DeviceBlock,
        LinkBlock,
        ServiceBlock,
        WindowBlock,
        BackupBlock,
        RepositoryBlock,
        BackupJobBlock,
        RestoreBlock,
        MachineBlock,
        MachineDatabaseBlock,
        ChannelBlock,
        MatchBlock,
        StepBlock,
        RouteBlock,
        AlertsBlock,
        DeadManBlock,
        PeerBlock,
        ReplyBlock,
        ReceiveBlock,
        TrapsBlock,
        WebhookBlock,
        RecoveryBlock,
        PlanBlock,
        PlanObjectivesBlock,
        CommitteeBlock,
        RightsBlock,
        StatusPageBlock,
    ],
)
def test_the_good_configuration_uses_every_key(model: type[BaseModel]) -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(EVERYTHING.iterdir()))
    assert [key for key in model.model_fields if f"{key}:" not in text] == []


def test_a_thousand_devices_load_in_seconds(tmp_path: Path) -> None:
    shutil.copytree(EVERYTHING, tmp_path / "many")
    device = (
        "  d-{0}:\n    kind: switch\n    address: 10.1.{1}.{2}\n    parents: [core-1]\n    credentials: {{snmp: snmp-read}}\n"
    )
    checks = "    checks: {{cpu: {{warn: 70%}}}}\n    contract: {{contractor: x, reference: y}}\n"
    rows = [(device + checks).format(number, number // 200, number % 200 + 1) for number in range(1000)]
    (tmp_path / "many" / "many.yaml").write_text("devices:\n" + "".join(rows), encoding="utf-8")
    started = time.process_time()
    configuration = load(tmp_path / "many")
    assert len(configuration.inventory.devices) == 1008
    assert time.process_time() - started < 8.0
