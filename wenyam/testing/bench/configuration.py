"""The watcher's configuration for the benchmark: N switches of the shipped kind, nothing switched off that a site would have."""

import grp
import os
from pathlib import Path

from wenyam.testing.bench import agent_v3
from wenyam.testing.bench.agent import COMMUNITY
from wenyam.testing.bench.devices import addresses
from wenyam.testing.bench.plan import Plan

USUAL_LOOKS = 5.0
"""Seconds between two looks at whether a device lives, as shipped."""
HARDLY_EVER = 3600.0


def write(plan: Plan, exporter_port: int, *, looks: float = USUAL_LOOKS, reads: bool = True, parents: int = 0) -> Path:
    """Write the configuration folder: liveness every `looks` seconds, with readings or without.

    The first `parents` devices are what all the others stand behind, by turns.
    """
    folder = plan.folder / "etc"
    secrets = folder / "secrets"
    secrets.mkdir(parents=True, exist_ok=True)
    for name, secret in (
        ("community", COMMUNITY.decode()),
        ("authentication", agent_v3.AUTHENTICATION_KEY),
        ("privacy", agent_v3.PRIVACY_KEY),
    ):
        path = secrets / name
        path.touch(0o600)
        path.write_text(secret, encoding="utf-8")
    (folder / "wenyam.yaml").write_text(_text(plan, exporter_port, looks), encoding="utf-8")
    lines = ["name,kind,address,credentials,parents"]
    login = "snmp=bench" if reads else ""
    lines += [
        f"bench-{number},switch,{address},{login},{f'bench-{number % parents}' if number >= parents > 0 else ''}"
        for number, address in enumerate(addresses(plan.devices))
    ]
    (folder / "devices.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def _text(plan: Plan, exporter_port: int, looks: float) -> str:
    login = "{kind: snmp-community, community: file:secrets/community}"
    if plan.version == "3":
        login = (
            f"{{kind: snmp-v3, username: {agent_v3.USER},"
            f" authentication: {agent_v3.AUTHENTICATION}, authentication_key: file:secrets/authentication,"
            f" privacy: {agent_v3.PRIVACY}, privacy_key: file:secrets/privacy}}"
        )
    return f"""# Written by scripts/bench.
instance:
  name: wenyam-bench
  site: bench
  state_directory: {plan.folder}/state
  run_directory: {plan.folder}/run
  operators_group: {grp.getgrgid(os.getegid()).gr_name}
  exporter: {{listen: "127.0.0.1:{exporter_port}"}}
sites:
  bench: {{label: {{th: การวัด, en: Benchmark}}}}
people:
  operator: {{name: {{th: ผู้วัด, en: Operator}}, roles: [operator, duty_officer]}}
defaults: {{owner: operator, duty_officer: operator}}
credentials:
  bench: {login}
kinds:
  switch:
    interval: {plan.interval:g}s
    timeout: {min(20.0, plan.interval):g}s
    alive: {{any_of: [icmp, snmp], interval: {looks:g}s, timeout: 1s, after: 3, of: 3, recheck: 1s}}
    reads:
      snmp: {{collector: snmp, port: {plan.port}, version: "{plan.version}", relearn: {plan.relearn:g}s}}
"""
