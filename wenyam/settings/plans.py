"""Readings and checks: what is written laid over the kind's defaults, options judged by the plug-in's own model."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from wenyam import plugins
from wenyam.model.inventory import CheckPlan, Policy, ReadPlan
from wenyam.settings.blocks import CheckBlock, PolicyBlock, ReadBlock
from wenyam.settings.known import Known
from wenyam.settings.plugin_options import PluginOptions, split
from wenyam.settings.problems import Findings, Place
from wenyam.settings.tree import Block, Rows, overlay
from wenyam.settings.validation import describe
from wenyam.settings.values import both

CREDENTIAL_KINDS: Mapping[str, tuple[str, ...]] = {
    "snmp": ("snmp-community", "snmp-v3"),
    "cli": ("ssh-key", "ssh-password"),
    "ssh": ("ssh-key", "ssh-password"),
    "virsh": ("ssh-key", "ssh-password"),
    "sql": ("sql",),
    "http": ("http-basic",),
    "proxmox": ("token",),
    "redfish": ("http-basic",),
    "vmware": ("http-basic",),
}
"""Kinds of credential that each collector of ours can use; one of another package may use any."""
NEEDS_CREDENTIAL = frozenset({"cli", "snmp", "ssh", "sql", "proxmox", "redfish", "vmware"})
ALIVE_NEEDS_CREDENTIAL = frozenset({"snmp"})
"""To see life, SSH waits for the greeting and SQL for the connection; only an SNMP agent is silent to strangers."""
CHECK_POLICY = Policy(after=3, of=3, recheck=60.0)


@dataclass(frozen=True, slots=True)
class Owner:
    """The device or service that readings and checks are planned for."""

    path: str
    block: Block
    interval: float
    timeout: float
    credentials: Mapping[str, str] = field(default_factory=dict)
    marked_interfaces: tuple[str, ...] = ()
    has_address: bool = True
    kind: str = ""


class Planner:
    """Makes plans; what is the same for all devices of a kind is judged once."""

    def __init__(self, known: Known) -> None:
        """Take the names and findings."""
        self._known = known
        self._findings = known.findings
        self.options = PluginOptions(known.findings, known.context)
        self._shared_reads: dict[tuple[Place, float, float], ReadPlan | None] = {}
        self._shared_checks: dict[tuple[Place, tuple[str, ...]], CheckPlan | None] = {}

    @property
    def findings(self) -> Findings:
        """Where problems are noted."""
        return self._findings

    @property
    def collectors(self) -> tuple[str, ...]:
        """Every collector there is."""
        return plugins.names(plugins.COLLECTORS)

    def reads(self, owner: Owner, defaults: Block, key: str = "reads") -> tuple[ReadPlan, ...]:
        """Return the readings of a device, or the probes of a service."""
        written = _entries(owner.block, key)
        plans = []
        for job, block in defaults.items():
            if job not in written and isinstance(block, Block) and block.get("collector") in owner.credentials:
                plans.append(self._default_read(owner, defaults, job))
        for job, value in written.items():
            if value is not False:
                plans.append(self._own_read(owner, defaults, written, job, key))
        return tuple(plan for plan in plans if plan is not None)

    def checks(self, owner: Owner, defaults: Block, *, read: bool) -> tuple[CheckPlan, ...]:
        """Return the checks; the kind's own are optional until the device first gives their samples, and absent unless `read`."""
        written = _entries(owner.block, "checks")
        plans = [self._default_check(owner, defaults, name) for name in defaults if read and name not in written]
        plans += [self._own_check(owner, defaults, written, name) for name, value in written.items() if value is not False]
        return tuple(plan for plan in plans if plan is not None)

    def judge_kind(self, kind: str, interval: float, reads: Block, checks: Block) -> None:
        """Note problems of a kind's defaults that the configuration changed, whether or not a device is of this kind."""
        path = f"kinds.{kind}"
        owner = Owner(path, Block(reads.place), interval, interval, kind=kind)
        for name, default in reads.items():
            if self._is_block_or_false(default, reads.at(name), f"{path}.reads.{name}"):
                self._read(owner, default, f"{path}.reads.{name}", name)
        for name, default in checks.items():
            if self._is_block_or_false(default, checks.at(name), f"{path}.checks.{name}"):
                self._default_check(owner, checks, name)

    def _is_block_or_false(self, value: Any, place: Place, path: str) -> bool:
        """Tell whether there is a block; anything else but false is a problem."""
        if not isinstance(value, Block) and value is not False:
            self._findings.problem(place, f"{path}: a block of keys or false expected, found {describe(value)}")
        return isinstance(value, Block)

    def _default_read(self, owner: Owner, defaults: Block, job: str) -> ReadPlan | None:
        key = (defaults.at(job), owner.interval, owner.timeout)
        if key not in self._shared_reads:
            self._shared_reads[key] = self._read(owner, defaults[job], f"kinds.{owner.kind}.reads.{job}", job)
        plan = self._shared_reads[key]
        if plan is None:
            return None
        name = self._credential(owner, plan.collector, None, owner.block, owner.path)
        return self._fitting(replace(plan, credential=name), defaults[job], f"{owner.path}.reads.{job}")

    def _own_read(self, owner: Owner, defaults: Block, written: Block, job: str, key: str) -> ReadPlan | None:
        path, place = f"{owner.path}.{key}.{job}", written.at(job)
        self._known.require_name(job, place, f"{owner.path}.{key}")
        block = self._laid_over(defaults.get(job), written[job], "collector", place, path)
        if block is None:
            return None
        plan = self._read(owner, block, path, job)
        if plan is None:
            return None
        if not owner.has_address and plan.address is None and "{address}" in str(block.get("url", "{address}")):
            self._findings.problem(place, f"{path}: 'address' is missing: a service has none of its own")
        name = self._credential(owner, plan.collector, plan.credential, block, path)
        return self._fitting(replace(plan, credential=name), block, path)

    def _laid_over(self, default: Any, value: Any, chooser: str, place: Place, path: str) -> Block | None:
        if not self._is_block_or_false(value, place, path):
            return None
        same = isinstance(default, Block) and value.get(chooser, default.get(chooser)) == default.get(chooser)
        return overlay(default, value) if same else value

    def _read(self, owner: Owner, block: Block, path: str, job: str) -> ReadPlan | None:
        base, options = split(block, ReadBlock)
        found = self._known.valid(ReadBlock, base, block.place, path)
        if found is None:
            return None
        interval = found.interval or owner.interval
        timeout = found.timeout or min(owner.timeout, interval)
        if timeout > interval:
            self._findings.problem(
                block.at("timeout"), f"{path}.timeout: {timeout:g}s is longer than the interval of {interval:g}s"
            )
        config = self.options.of_collector(found.collector, options, block.at("collector"), path)
        self._known.programs |= found.collector == "plugin"
        if config is None:
            return None
        return ReadPlan(job, found.collector, interval, timeout, config, found.credential, found.address)

    def _credential(self, owner: Owner, collector: str, own: str | None, block: Block, path: str) -> str | None:
        """Return the credential of a reading; one that is missing, or of a kind the collector cannot use, is noted."""
        name = own or owner.credentials.get(collector) or (owner.credentials.get("ssh") if collector == "virsh" else None)
        if own is not None:
            self.accept_credential(collector, own, block.at("credential"), f"{path}.credential")
        if name is None and collector in NEEDS_CREDENTIAL:
            self._findings.problem(block.place, f"{path}: collector '{collector}' needs a credential; name one with 'credential'")
        return name

    def _fitting(self, plan: ReadPlan, block: Block, path: str) -> ReadPlan:
        """Let SNMP speak the version its credential is for; one that was written and does not fit is a problem."""
        credential = self._known.credentials.get(plan.credential or "")
        version = getattr(plan.options, "version", None)
        if plan.collector != "snmp" or credential is None or version is None:
            return plan
        if (version == "3") == (credential.kind == "snmp-v3"):
            return plan
        if "version" not in plan.options.model_fields_set and credential.kind == "snmp-v3":
            return replace(plan, options=plan.options.model_copy(update={"version": "3"}))
        sentence = f"{path}.version: {version} does not fit credential '{plan.credential}', which is of kind {credential.kind}"
        self._findings.problem(block.at("version"), sentence)
        return plan

    def accept_credential(self, collector: str, name: str, place: Place, path: str) -> None:
        """Note a credential that does not exist, or that this collector cannot use."""
        self._known.used_credentials.add(name)
        if not self._findings.refers(place, path, "credential", name, self._known.section("credentials")):
            return
        credential = self._known.credentials.get(name)
        kinds = CREDENTIAL_KINDS.get(collector, ())
        if credential is not None and kinds and credential.kind not in kinds:
            usable = " or ".join(kinds)
            self._findings.problem(
                place, f"{path}: credential '{name}' is of kind {credential.kind}; collector '{collector}' needs {usable}"
            )

    def _default_check(self, owner: Owner, defaults: Block, name: str) -> CheckPlan | None:
        block = defaults[name]
        if not isinstance(block, Block):
            return None
        block = _with_marked(block, owner)
        if block.get("check") == "interface" and "interfaces" not in block:
            return None
        key = (defaults.at(name), owner.marked_interfaces if block.get("check") == "interface" else ())
        if key not in self._shared_checks:
            plan = self._check(block, f"kinds.{owner.kind}.checks.{name}", name)
            self._shared_checks[key] = None if plan is None else replace(plan, optional=True)
        return self._shared_checks[key]

    def _own_check(self, owner: Owner, defaults: Block, written: Block, name: str) -> CheckPlan | None:
        path, place = f"{owner.path}.checks.{name}", written.at(name)
        self._known.require_name(name, place, f"{owner.path}.checks")
        block = self._laid_over(defaults.get(name), written[name], "check", place, path)
        if block is None:
            return None
        block = _with_marked(block, owner)
        if block.get("check") == "interface" and "interfaces" not in block:
            self._findings.problem(place, f"{path}: names no interface, and the device marks none (marked_interfaces)")
            return None
        return self._check(block, path, name)

    def _check(self, block: Block, path: str, name: str) -> CheckPlan | None:
        base, options = split(block, CheckBlock)
        found = self._known.valid(CheckBlock, base, block.place, path)
        if found is None:
            return None
        policy = self.policy(found, block, path, CHECK_POLICY)
        parameters = self.options.of_check(found.check, options, block.at("check"), path)
        return None if parameters is None else CheckPlan(name, found.check, parameters, policy, both(found.runbook))

    def policy(self, written: PolicyBlock, block: Block, path: str, default: Policy) -> Policy:
        """Return when a soft state becomes hard."""
        after = written.after or (min(default.after, written.of) if written.of else default.after)
        of = written.of or max(after, default.of if written.after is None else after)
        if after > of:
            self._findings.problem(block.at("after"), f"{path}.after: {after} bad observations of {of} can never be")
        return Policy(after, of, written.recheck or default.recheck)


def _entries(block: Block, key: str) -> Block:
    value = block.get(key)
    return value if isinstance(value, Block) else Block(block.at(key))


def _with_marked(block: Block, owner: Owner) -> Block:
    """Let an interface check that names none be about the marked ones."""
    if block.get("check") != "interface" or block.get("interfaces") or not owner.marked_interfaces:
        if block.get("interfaces") == []:
            return block.without({"interfaces"})
        return block
    filled = block.without({"interfaces"})
    rows = Rows(block.place)
    for name in owner.marked_interfaces:
        rows.put(name, block.place)
    filled.put("interfaces", rows, block.place)
    return filled
