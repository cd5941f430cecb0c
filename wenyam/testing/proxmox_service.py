"""A Proxmox VE of the tests: the documented answers of its API over HTTPS, to those who bring the token."""

import json
from pathlib import Path
from typing import Any

from wenyam.testing.certificates import TestAuthority
from wenyam.testing.receivers import Heard, HttpReceiver, Reply

_API = "/api2/json"


class ProxmoxService(HttpReceiver):
    """`answers` by path after `/api2/json`; `odd` replies stand for one instead. Who brings no or another token gets 401."""

    def __init__(self, answers: Path, authority: TestAuthority, token: str) -> None:
        """Read the answers from a JSON document of one answer a path; clients trust the authority."""
        super().__init__(authority.issue("proxmox", "127.0.0.1"))
        self.authority = str(authority.certificate)
        self.answers: dict[str, Any] = json.loads(answers.read_text(encoding="utf-8"))
        self.odd: dict[str, Reply] = {}
        self.token = token

    def answer(self, heard: Heard) -> Reply:
        """Answer as the API viewer describes."""
        if heard.headers.get("authorization") != f"PVEAPIToken={self.token}":
            return _data(None, 401)
        path = heard.path.removeprefix(_API)
        if path in self.odd:
            return self.odd[path]
        return _data(self.answers[path]) if path in self.answers else _data(None, 501)


def _data(found: Any, status: int = 200) -> Reply:
    return Reply(status, json.dumps({"data": found}).encode())
