"""The whole configuration as one strict model: every key there is, with its meaning. Its docstrings are the reference manual."""

from typing import Annotated

from pydantic import Field

from wenyam.settings.blocks import Written
from wenyam.settings.blocks_alerts import AlertsBlock, ChannelBlock
from wenyam.settings.blocks_backup import BackupBlock, BackupJobBlock, RepositoryBlock
from wenyam.settings.blocks_credentials import AnyCredential
from wenyam.settings.blocks_dr import RecoveryBlock
from wenyam.settings.blocks_guarding import DeadManBlock, PeerBlock, ReplyBlock
from wenyam.settings.blocks_incidents import IncidentsBlock
from wenyam.settings.blocks_instance import DefaultsBlock, InstanceBlock, ObjectivesBlock, PersonBlock, SiteBlock
from wenyam.settings.blocks_inventory import (
    DeviceBlock,
    DeviceKind,
    GroupBlock,
    KindBlock,
    LinkBlock,
    ServiceBlock,
    WindowBlock,
    WitnessBlock,
)
from wenyam.settings.blocks_oncall import OnCallBlock
from wenyam.settings.blocks_receive import ReceiveBlock
from wenyam.settings.blocks_status_page import StatusPageBlock
from wenyam.settings.values import AbsolutePath, Name


class Document(Written):
    """The whole configuration: wenyam.yaml and every other *.yaml beside it, taken together."""

    instance: InstanceBlock
    """This running Wenyam."""
    sites: dict[Name, SiteBlock] = Field(default_factory=dict)
    """Places with equipment."""
    people: dict[Name, PersonBlock] = Field(default_factory=dict)
    """Who owns, watches, approves, is told."""
    credentials: dict[Name, Annotated[AnyCredential, Field(discriminator="kind")]] = Field(default_factory=dict)
    """Ways to log in; secrets only by reference."""
    defaults: DefaultsBlock = DefaultsBlock()
    """Owner and duty officer where none is named."""
    kinds: dict[DeviceKind, KindBlock] = Field(default_factory=dict)
    """Defaults per kind of device, over the shipped ones."""
    objectives: ObjectivesBlock = ObjectivesBlock()
    """Objectives where nothing else is said."""
    devices: dict[Name, DeviceBlock] = Field(default_factory=dict)
    """What is watched."""
    links: dict[Name, LinkBlock] = Field(default_factory=dict)
    """Lines to the outside."""
    services: dict[Name, ServiceBlock] = Field(default_factory=dict)
    """Information systems."""
    groups: dict[Name, GroupBlock] = Field(default_factory=dict)
    """What is counted together."""
    windows: dict[Name, WindowBlock] = Field(default_factory=dict)
    """Planned work."""
    witnesses: dict[Name, WitnessBlock] = Field(default_factory=dict)
    """Addresses outside, on at least two paths."""
    backup: BackupBlock = BackupBlock()
    """Where backups pass through on this machine."""
    repositories: dict[Name, RepositoryBlock] = Field(default_factory=dict)
    """Places that keep backups."""
    backups: dict[Name, BackupJobBlock] = Field(default_factory=dict)
    """What is backed up, when, to where, and how that is proven."""
    channels: dict[Name, ChannelBlock] = Field(default_factory=dict)
    """Ways by which messages reach people."""
    alerts: AlertsBlock = AlertsBlock()
    """Who is told what, when and how often."""
    incidents: IncidentsBlock = IncidentsBlock()
    """How long each step of the procedures may take."""
    deadman: DeadManBlock | None = None
    """Who is told that Wenyam lives."""
    peers: dict[Name, PeerBlock] = Field(default_factory=dict)
    """Other Wenyams that this one watches."""
    replies: ReplyBlock | None = None
    """The mailbox in which people acknowledge by answering."""
    oncall: OnCallBlock = OnCallBlock()
    """Who is on duty, and on which days the office works."""
    receive: ReceiveBlock = ReceiveBlock()
    """What others may tell us."""
    status_page: StatusPageBlock | None = None
    """A page for everybody on the intranet."""
    dr: RecoveryBlock = RecoveryBlock()
    """How what is here moves to the DR site and back."""
    tools: dict[Name, AbsolutePath] = Field(default_factory=dict)
    """Absolute paths of programs Wenyam may start."""
