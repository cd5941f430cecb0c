"""Erasing personal values: the salted digest stays in the chain and is worthless without its salt."""

import json

from wenyam.model.facts import Fact, FactBody
from wenyam.model.instants import Instant
from wenyam.store.transaction import Transaction

ERASED = "personal-erased"


def erase(transaction: Transaction, sequences: list[int], at: Instant, actor: str, reason: str) -> int:
    """Remove salt and clear value of every personal field of these facts; return how many fields."""
    erased = transaction.execute("erase_personal", (json.dumps(sequences),)).rowcount
    body: FactBody = {"facts": ",".join(map(str, sequences)), "fields": erased, "reason": reason}
    transaction.append(Fact(ERASED, at, actor, body))
    return erased
