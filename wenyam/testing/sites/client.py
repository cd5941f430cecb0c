"""The user: finds the application by its name, writes numbered rows all the time and keeps a ledger of what was acknowledged.

python -m wenyam.testing.sites.client --ledger FILE --authority FILE [--name NAME] [--server ADDRESS] [--every SECONDS]
"""

import argparse
import json
import signal
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import dns.rdatatype

from wenyam.testing.sites.ledger import Attempt, line, read
from wenyam.testing.sites.plan import APPLICATION, NAME_SERVER

CONNECT_SECONDS, ANSWER_SECONDS = 0.25, 4.0
"""How long the user waits for a connection before trying elsewhere (RFC 8305, section 5), and for anything else."""
_TROUBLES = (OSError, HTTPException, dns.exception.DNSException, ValueError)


class Resolver:
    """Finds the address of a name and keeps it no longer than the name server allows."""

    def __init__(self, name: str, server: str) -> None:
        """Take the name to find and the name server to ask."""
        self._question = dns.message.make_query(name, dns.rdatatype.A)
        self._name, self._server = name, server
        self._address, self._until = "", 0.0

    def forget(self) -> None:
        """Ask again next time, as a browser does that got no connection at the address it knew."""
        self._until = 0.0

    def address(self) -> str:
        """Return the present address; ValueError when there is none."""
        if time.monotonic() >= self._until:
            answer = dns.query.udp(self._question, self._server, timeout=ANSWER_SECONDS)
            found = [(rrset.ttl, record.to_text()) for rrset in answer.answer for record in rrset]
            if not found:
                raise ValueError(f"{self._server} knows no address of {self._name}")
            seconds, self._address = found[0]
            self._until = time.monotonic() + seconds
        return self._address


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who writes rows to the application."""

    name: str
    resolver: Resolver
    trust: ssl.SSLContext

    def write(self, number: int) -> Attempt:
        """Try to have one row kept and tell what became of it."""
        sent = time.time()
        try:
            status, content = self._post(number)
        except _TROUBLES as error:
            return Attempt(number, sent, time.time(), acknowledged=False, trouble=str(error) or type(error).__name__)
        if status != 200 or content.get("number") != number:  # noqa: PLR2004  # HTTP's own number
            return Attempt(number, sent, time.time(), acknowledged=False, trouble=f"{status} {content.get('error', '')}".strip())
        return Attempt(number, sent, time.time(), acknowledged=True, site=str(content["site"]))

    def _post(self, number: int) -> tuple[int, dict[str, str | int]]:
        connection = HTTPSConnection(self.name, timeout=ANSWER_SECONDS)
        plain = self._connected()
        try:
            plain.settimeout(ANSWER_SECONDS)
            connection.sock = self.trust.wrap_socket(plain, server_hostname=self.name)
            connection.request("POST", f"/rows/{number}", headers={"Connection": "close"})
            answer: HTTPResponse = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()
            plain.close()

    def _connected(self) -> socket.socket:
        try:
            return socket.create_connection((self.resolver.address(), 443), CONNECT_SECONDS)
        except OSError:
            self.resolver.forget()
            raise


def write_for_ever(user: User, ledger: Path, every: float, stopped: Callable[[float], bool]) -> None:
    """Write a row every so many seconds until `stopped` says yes; it goes on where the ledger ends."""
    before = read(ledger)
    number = before[-1].number + 1 if before else 1
    with ledger.open("a", encoding="utf-8", buffering=1) as file:
        while True:
            began = time.monotonic()
            file.write(line(user.write(number)))
            number += 1
            if stopped(max(0.0, every - (time.monotonic() - began))):
                return


def main() -> None:
    """Write until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--authority", type=Path, required=True)
    parser.add_argument("--name", default=APPLICATION)
    parser.add_argument("--server", default=NAME_SERVER)
    parser.add_argument("--every", type=float, default=0.1)
    asked = parser.parse_args()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: stop.set())
    user = User(asked.name, Resolver(asked.name, asked.server), ssl.create_default_context(cafile=str(asked.authority)))
    write_for_ever(user, asked.ledger, asked.every, stop.wait)


if __name__ == "__main__":
    main()
