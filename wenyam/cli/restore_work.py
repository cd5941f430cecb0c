"""What the sub-verbs of `wenyam restore` do and print; imported only when one of them runs."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence

from wenyam.backup.depot import Depot
from wenyam.backup.restore_test import Proof
from wenyam.cli.backup_work import opened
from wenyam.cli.typed import require_name
from wenyam.errors import UsageError
from wenyam.model.backup import Verdict
from wenyam.model.durations import write as write_duration
from wenyam.operations import backups, restore_leftovers, restores
from wenyam.operations.actor import present_actor
from wenyam.operations.findings import counted
from wenyam.settings.loader import load

_SHOWN = 10


def test(arguments: argparse.Namespace) -> int:
    """Prove backups."""
    configuration = load(arguments.config)
    names = backups.named(configuration, arguments.names, every=arguments.all)
    if len(names) > 1 and (arguments.snapshot or arguments.from_copy):
        raise UsageError("--snapshot and --from-copy are for one job")
    actor = present_actor(configuration.inventory)

    async def work(depot: Depot) -> Sequence[restores.Outcome]:
        return await restores.prove_all(depot, names, actor, snapshot=arguments.snapshot, repository=arguments.from_copy)

    outcomes = opened(configuration, work)
    if arguments.json:
        print(json.dumps(restores.data(outcomes), ensure_ascii=False))
    for outcome in outcomes:
        print(_words(outcome), file=sys.stderr if arguments.json else sys.stdout)
    return restores.worst(outcomes)


def _words(outcome: restores.Outcome) -> str:
    proof = outcome.proof
    if proof is None:
        return f"{outcome.job}: {outcome.verdict.words}: {outcome.problem}"
    lines = [_headline(proof)]
    lines += [f"  {problem}" for problem in proof.problems[:_SHOWN]]
    if len(proof.problems) > _SHOWN:
        lines.append(f"  and {len(proof.problems) - _SHOWN} more")
    lines += [f"  note: {note}" for note in proof.notes[:_SHOWN]]
    parts = ", ".join(f"{name} {took:.1f} s" for name, took in proof.parts)
    lines.append(f"  recovery time {write_duration(proof.seconds)} ({parts}), data age {write_duration(proof.data_age)}")
    lines.append(f"  evidence {proof.evidence}, test {proof.fact.sequence}")
    if proof.chosen.picked_older:
        lines.append(f"  an older one proves nothing of the newest, which is proven with: wenyam restore test {proof.job}")
    if proof.verdict is Verdict.PASS:
        lines.append(f"  a user representative confirms it with: wenyam restore confirm {proof.job}")
    return "\n".join(lines)


def _headline(proof: Proof) -> str:
    chosen = proof.chosen
    compared = f"{counted(proof.items, 'thing')} compared, {counted(proof.questions, 'question')} answered"
    where = f"snapshot {chosen.snapshot[:8]} of '{chosen.repository}' ({chosen.why})"
    return f"{proof.job}: {proof.verdict.words}: {where}: {compared}"


def leftovers(arguments: argparse.Namespace) -> int:
    """Remove what killed tests left on a job's test machine."""
    configuration = load(arguments.config)
    name = backups.named(configuration, [arguments.name], every=False)[0]
    left = opened(configuration, lambda depot: restore_leftovers.look(depot, name))
    for each in left:
        print(f"{name}: {each}")
    if not left:
        print(f"{name}: nothing that is older than a day lies on the test machine")
    if arguments.plan or not left:
        return 0
    require_name(name, arguments.confirm, f"what tests of job '{name}' left", act="remove")
    actor = present_actor(configuration.inventory)
    opened(configuration, lambda depot: restore_leftovers.remove(depot, name, left, actor))
    print(f"{name}: {counted(len(left), 'thing')} removed", file=sys.stderr)
    return 0


VERBS: Mapping[str, Callable[[argparse.Namespace], int]] = {"test": test, "leftovers": leftovers}
