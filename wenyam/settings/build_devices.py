"""Devices and links out of what was written."""

from collections.abc import Container, Mapping

from wenyam.model.inventory import AliveProbe, AliveRule, Contract, Device, Link, Policy, Text
from wenyam.settings.blocks import AliveBlock, ContractBlock
from wenyam.settings.blocks_inventory import DeviceBlock, LinkBlock
from wenyam.settings.kinds import KindDefaults
from wenyam.settings.known import Known
from wenyam.settings.plans import ALIVE_NEEDS_CREDENTIAL, Owner, Planner
from wenyam.settings.tree import Block, Rows, overlay
from wenyam.settings.values import both, is_host_name

LINK_ALIVE = AliveRule((AliveProbe("icmp"),))


class DeviceBuilder:
    """Builds devices with their kind's defaults."""

    def __init__(self, known: Known, kinds: Mapping[str, KindDefaults], planner: Planner) -> None:
        """Take the names, the defaults and the planner."""
        self._known = known
        self._findings = known.findings
        self._kinds = kinds
        self._planner = planner

    def build(self) -> dict[str, Device]:
        """Return every device that is good; problems of the others are noted."""
        good = self._known.validated("devices", DeviceBlock)
        return {name: self._device(name, written, block) for name, (written, block) in good.items()}

    def _device(self, name: str, written: DeviceBlock, block: Block) -> Device:
        path, known, defaults = f"devices.{name}", self._known, self._kinds[written.kind]
        marked = tuple(written.marked_interfaces)
        owner = Owner(path, block, defaults.interval, defaults.timeout, written.credentials, marked, kind=written.kind)
        self._judge_dates(written, block, path)
        self._judge_credentials(written, block, path)
        reads = self._planner.reads(owner, defaults.reads)
        return Device(
            name=name,
            kind=written.kind,
            addresses=self._addresses(written, block, path),
            site=known.site(block, path, written.site, known.instance_site),
            owner=known.person(block, "owner", path, written.owner),
            duty_officer=known.person(block, "duty_officer", path, written.duty_officer),
            alive=self._alive(owner, defaults.alive, {plan.collector for plan in reads}),
            label=both(written.label),
            parents=self._parents(written, block, path),
            reads=reads,
            checks=self._planner.checks(owner, defaults.checks, read=bool(reads)),
            profile=written.profile,
            criticality=written.criticality,
            in_service=written.in_service,
            retired=written.retired,
            contract=contract(written.contract),
            personal_data=written.personal_data,
            objective=known.objectives.device if written.objective is None else written.objective,
            marked_interfaces=marked,
            hosted_on=written.hosted_on,
        )

    def _addresses(self, written: DeviceBlock, block: Block, path: str) -> tuple[str, ...]:
        if not block.dropped & {"address", "addresses"} and (written.address is None) == (written.addresses is None):
            words = "'address' is missing" if written.address is None else "either 'address' or 'addresses', not both"
            self._findings.problem(block.at("addresses"), f"{path}: {words}")
        addresses = tuple(written.addresses or ([written.address] if written.address else []))
        for address in addresses:
            if is_host_name(address):
                place = block.at("address" if written.address else "addresses")
                sentence = f"{path}: '{address}' is a name; an IP address also works when the resolver is down"
                self._findings.warning(place, sentence)
        return addresses

    def _parents(self, written: DeviceBlock, block: Block, path: str) -> tuple[str, ...]:
        parents = block.get("parents")
        for index, parent in enumerate(written.parents):
            place = parents.places[index] if isinstance(parents, Rows) else block.place
            self._findings.refers(place, f"{path}.parents", "device", parent, self._known.section("devices"))
        if written.hosted_on is None:
            return tuple(written.parents)
        self._known.refers(block, "hosted_on", path, "devices", written.hosted_on)
        return tuple(written.parents) or (written.hosted_on,)

    def _judge_dates(self, written: DeviceBlock, block: Block, path: str) -> None:
        if written.in_service is not None and written.retired is not None and written.retired < written.in_service:
            self._findings.problem(block.at("retired"), f"{path}.retired: lies before in_service")

    def _judge_credentials(self, written: DeviceBlock, block: Block, path: str) -> None:
        names = block.get("credentials")
        for collector, credential in written.credentials.items():
            place = names.at(collector) if isinstance(names, Block) else block.place
            if self._findings.refers(place, f"{path}.credentials", "collector", collector, self._planner.collectors):
                self._planner.accept_credential(collector, credential, place, f"{path}.credentials.{collector}")

    def _alive(self, owner: Owner, default: Block, collectors: set[str]) -> AliveRule:
        """Return the rule; a default way that has no credential here is left out, a written one is a problem."""
        written = owner.block.get("alive")
        own = written if isinstance(written, Block) else Block(owner.block.place)
        path = f"{owner.path}.alive"
        rule = alive_rule(self._known, self._planner, overlay(default, own), path, changed=bool(own))
        if isinstance(own.get("any_of"), Rows):
            judge_ways(self._planner, rule.any_of, own["any_of"], path, credentials=owner.credentials, collectors=collectors)
        ways = tuple(probe for probe in rule.any_of if probe.kind not in ALIVE_NEEDS_CREDENTIAL or probe.kind in collectors)
        return AliveRule(ways, rule.interval, rule.timeout, rule.policy)


def judge_ways(
    planner: Planner,
    ways: tuple[AliveProbe, ...],
    rows: Rows,
    path: str,
    *,
    credentials: Container[str],
    collectors: Container[str],
) -> None:
    """Note ways to see life that no collector knows, or that lack a credential, a port or a reading with their options."""
    for probe, place in zip(ways, rows.places, strict=True):
        problem = ""
        if probe.kind in ALIVE_NEEDS_CREDENTIAL and probe.kind not in collectors:
            missing = "a reading of collector" if probe.kind in credentials else "a credential and a reading of collector"
            problem = f"needs {missing} '{probe.kind}'"
        elif probe.port is not None or probe.kind not in collectors:
            problem = planner.options.why_not_alone(probe, place, path)
        if problem:
            planner.findings.problem(place, f"{path}: '{probe}' {problem}")


def alive_rule(known: Known, planner: Planner, block: Block, path: str, *, changed: bool) -> AliveRule:
    """Return a whole rule from a block that has every default; it is judged when the configuration changed it."""
    written = AliveBlock.model_validate(block)
    interval, timeout = written.interval or LINK_ALIVE.interval, written.timeout or LINK_ALIVE.timeout
    if changed and timeout > interval:
        known.findings.problem(block.at("timeout"), f"{path}.timeout: {timeout:g}s is longer than the interval of {interval:g}s")
    policy = planner.policy(written, block, path, Policy())
    return AliveRule(tuple(probe_of(text) for text in written.any_of or ["icmp"]), interval, timeout, policy)


def probe_of(text: str) -> AliveProbe:
    """Return a way to see life from its written form `tcp:22`."""
    kind, _, port = text.partition(":")
    return AliveProbe(kind, int(port) if port else None)


def contract(written: ContractBlock | None) -> Contract | None:
    """Return a contract."""
    if written is None:
        return None
    return Contract(written.contractor, written.reference, written.valid_until, written.telephone)


def build_links(known: Known, planner: Planner) -> dict[str, Link]:
    """Return every link that is good; problems of the others are noted."""
    return {
        name: _link(known, planner, name, written, block)
        for name, (written, block) in known.validated("links", LinkBlock).items()
    }


def _link(known: Known, planner: Planner, name: str, written: LinkBlock, block: Block) -> Link:
    path = f"links.{name}"
    near = block["near"]
    if known.refers(near, "device", f"{path}.near", "devices", written.near.device):
        device = known.section("devices").get(written.near.device)
        site = device.get("site") if isinstance(device, Block) else None
    else:
        site = None
    alive = block.get("alive")
    rule = LINK_ALIVE
    if isinstance(alive, Block):
        rule = alive_rule(known, planner, alive, f"{path}.alive", changed=True)
        if isinstance(alive.get("any_of"), Rows):
            judge_ways(planner, rule.any_of, alive["any_of"], f"{path}.alive", credentials=(), collectors=())
    return Link(
        name=name,
        label=both(written.label) or Text(name, name),
        site=known.site(block, path, written.site, site if isinstance(site, str) else known.instance_site),
        owner=known.person(block, "owner", path, written.owner),
        duty_officer=known.person(block, "duty_officer", path, written.duty_officer),
        near=written.near.device,
        near_interface=written.near.interface,
        provider=written.provider,
        far=written.far,
        alive=rule,
        contract=contract(written.contract),
        objective=known.objectives.link if written.objective is None else written.objective,
    )
