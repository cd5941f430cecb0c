"""Signatures in a run over the control socket: the watcher writes the text and takes it back signed; it never sees a key."""

from collections.abc import Awaitable, Callable
from typing import Any

from wenyam.engine.watcher import Watcher
from wenyam.errors import UsageError
from wenyam.operations.approvals import Signing, waiting_step
from wenyam.operations.decisions import bench_of
from wenyam.operations.recoveries import VERSION

Answer = dict[str, Any]
_LARGEST = 64 << 10


def approval_actions(watcher: Watcher) -> dict[str, Callable[[str, Answer], Awaitable[Answer]]]:
    """Return the actions `dr-text`, which writes what is to be signed, and `dr-sign`, which takes it back."""

    async def signing_of(actor: str, request: Answer) -> Signing:
        journal, step = watcher.journal, _text(request, "step")
        bench = await journal.call(bench_of, watcher.configuration, watcher.clock, actor, journal.writer, _text(request, "run"))
        return Signing(bench, waiting_step(bench, step or None))

    async def text(actor: str, request: Answer) -> Answer:
        signing = await signing_of(actor, request)
        written = signing.text(_text(request, "reason"))
        return {"version": VERSION, "run": signing.bench.course.run, "step": signing.step.id, "text": str(written)}

    async def sign(actor: str, request: Answer) -> Answer:
        signing = await signing_of(actor, request)
        signature = _text(request, "signature").encode()
        written, signer = await signing.verified(_text(request, "text").encode(), signature)
        fact = await watcher.journal.call(signing.record, watcher.journal.writer, written, signer, signature)
        return {"version": VERSION, "run": signing.bench.course.run, "step": signing.step.id, "person": signer.person.id,
                "fact": fact.sequence}  # fmt: skip

    return {"dr-text": text, "dr-sign": sign}


def _text(request: Answer, name: str) -> str:
    found = request.get(name)
    if not isinstance(found, str) or len(found) > _LARGEST:
        raise UsageError(f"this action needs a text '{name}'")
    return found
