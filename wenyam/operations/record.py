"""Recording a device: everything its agent has, walked once, made fit to be shown, written as a .snmprec file."""

import asyncio
import random
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from wenyam.clock import SystemClock
from wenyam.collectors.contract import Target
from wenyam.collectors.snmp import SnmpOptions
from wenyam.collectors.snmp_library import Library, shipped
from wenyam.errors import CollectError, NoAnswerError, SecretError, UsageError
from wenyam.links.pools import Links
from wenyam.links.snmp import recorder, recordings
from wenyam.links.snmp.pool import Endpoint
from wenyam.links.snmp.recorder import Row
from wenyam.links.snmp.wire import Patience
from wenyam.model.inventory import Credential, ReadPlan
from wenyam.operations.collect import Asked
from wenyam.operations.scrub import Columns, Scrubbed, scrub
from wenyam.operations.scrub_rules import LEFT_OUT
from wenyam.settings.secrets import SecretReader
from wenyam.store import files

MAXIMUM_ROWS = 200_000
_MAXIMUM_REQUESTS = 100_000


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was written, and why it may be less than the device has."""

    scrubbed: Scrubbed
    troubles: list[CollectError]


def record(what: Asked, output: Path, maximum_rows: int = MAXIMUM_ROWS) -> Recorded:
    """Walk the first SNMP reading of `what` and write the scrubbed recording; the file must not exist yet."""
    if output.exists():
        raise UsageError(f"{output} exists", hint="Name another file, or move it away.")
    target, plan, options = _snmp(what)
    reader = SecretReader()
    credential = what[1].get(plan.credential or "")
    endpoint = Endpoint(target.address, options.port, options.version)
    patience = Patience(options.request_timeout, options.attempts, 1)
    rows, troubles, passed = asyncio.run(_walked(endpoint, patience, credential, plan.timeout, maximum_rows))
    if not rows:
        raise troubles[0] if troubles else NoAnswerError(f"{target.address} shows nothing to this credential")
    library = shipped()
    scrubbed = scrub(rows, Columns.of(library), _secrets(credential, reader), _words(library), random.SystemRandom())
    with files.replacing(output, mode=files.PRIVATE_FILE) as file:
        file.writelines(recordings.line(*row).encode("ascii") for row in scrubbed.rows)
    scrubbed.left_out += passed
    return Recorded(scrubbed, troubles)


def _snmp(what: Asked) -> tuple[Target, ReadPlan, SnmpOptions]:
    for target, plan in what[0]:
        if isinstance(plan.options, SnmpOptions):
            return target, plan, plan.options
    raise UsageError(f"device '{what[0][0][0].name}' is not read over SNMP")


async def _walked(
    endpoint: Endpoint, patience: Patience, credential: Credential | None, seconds: float, maximum_rows: int
) -> tuple[list[Row], list[CollectError], int]:
    clock = SystemClock()
    links = Links(clock, SecretReader(), "/dev/null")
    try:
        deadline = clock.monotonic() + seconds
        async with await links.snmp.session(endpoint, credential, deadline, patience, _MAXIMUM_REQUESTS) as session:
            return await recorder.everything(session, maximum_rows, LEFT_OUT)
    finally:
        await links.close()


def _secrets(credential: Credential | None, reader: SecretReader) -> list[str]:
    """Return what must not stand in the file: the secrets the device was asked with, and the user's name."""
    if credential is None:
        return []
    found = [value for key, value in credential.settings.items() if key in ("username", "context")]
    for field in credential.secrets:
        with suppress(SecretError):  # a field that could not be read was not used either
            found.append(reader.of(credential, field))
    return found


def _words(library: Library) -> Iterable[str]:
    """Return the words that makers and our profiles use, which name nobody."""
    for profile in (*library.profiles.values(), *library.parts.values()):
        yield from (profile.title, profile.vendor, (profile.match and profile.match.description) or "")
        yield from (table.where.text for table in profile.tables.values() if table.where)
        samples = [*profile.samples, *(sample for table in profile.tables.values() for sample in table.samples)]
        for sample in samples:
            yield from (sample.value.text, sample.where.text if sample.where else "", *sample.map)
