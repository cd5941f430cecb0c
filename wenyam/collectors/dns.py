"""DNS: does a name server answer a question, rightly and fast."""

import ipaddress
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from wenyam.collectors.contract import Context, Target
from wenyam.collectors.options import Options, Port
from wenyam.collectors.readings import ReadingBuilder, budget
from wenyam.errors import CollectError, NoAnswerError
from wenyam.links import dns
from wenyam.links.dns_messages import NO_ERROR, NO_SUCH_NAME, Message, reverse_name
from wenyam.model.samples import Reading


class DnsOptions(Options):
    """What to ask, and what the answer must hold."""

    name: str = "."
    """Name to ask for; for PTR an address will do."""
    type: Literal["A", "AAAA", "CNAME", "PTR", "TXT", "NS", "MX", "SOA"] = "NS"
    expect: tuple[str, ...] = ()
    """Every one of these must be in the answer; with none, any record of the type will do."""
    port: Port = 53

    @model_validator(mode="after")
    def _ptr_names_an_address(self) -> Self:
        if self.type == "PTR" and not self.name.rstrip(".").endswith(".arpa"):
            ipaddress.ip_address(self.name)
        return self


class DnsCollector:
    """Reads `dns_lookup_seconds` and `dns_answer_matches`; the target is the name server."""

    Config: ClassVar[type[DnsOptions]] = DnsOptions

    def __init__(self, config: DnsOptions) -> None:
        """Take validated options."""
        self._config = config
        is_address = config.type == "PTR" and not config.name.rstrip(".").endswith(".arpa")
        self._name = reverse_name(config.name) if is_address else config.name

    async def collect(self, target: Target, context: Context) -> Reading:
        """Ask once; a name that does not exist is a reading that does not match, a server error a CollectError."""
        answer = await self._ask(target, context, budget(context))
        message = answer.message
        if message.code not in (NO_ERROR, NO_SUCH_NAME):
            raise CollectError(f"DNS server {target.address} answered {message.code_name} for {self._label}")
        reading = ReadingBuilder(context.memory)
        reading.add("dns_lookup_seconds", answer.seconds, self._label)
        reading.add("dns_answer_matches", float(self._matches(message)), self._label)
        found = ", ".join(record.data for record in message.records[:10])
        reading.fact("dns_answer", found or message.code_name)
        return reading.build()

    async def probe(self, target: Target, context: Context) -> float:
        """Ask once; any answer in DNS proves life, also a refusal."""
        return (await self._ask(target, context, budget(context))).seconds

    @property
    def _label(self) -> str:
        return f"{self._config.type} {self._config.name}"

    async def _ask(self, target: Target, context: Context, seconds: float) -> dns.Answer:
        if seconds <= 0:
            raise NoAnswerError(f"DNS server {target.address}: no time is left")
        question = (self._name, self._config.type)
        return await dns.ask(context.clock, target.address, self._config.port, question, seconds)

    def _matches(self, message: Message) -> bool:
        found = {_plain(record.data) for record in message.records if record.kind == self._config.type}
        if not self._config.expect:
            return bool(found)
        return all(_plain(wanted) in found for wanted in self._config.expect)


def _plain(data: str) -> str:
    """Make addresses and names comparable."""
    try:
        return str(ipaddress.ip_address(data))
    except ValueError:
        return data.rstrip(".").casefold()
