"""A management controller of the tests: a mock-up of resources over HTTPS for those who log in; misbehaves when told to."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wenyam.testing.receivers import Heard, HttpReceiver, Reply

SESSIONS = "/redfish/v1/SessionService/Sessions"
_ROOT = "/redfish/v1/"
_EXPAND = "$expand=.($levels=1)"


class RedfishService(HttpReceiver):
    """`resources` by path, as a JSON document of one object per path; `odd` replies stand for a path instead.

    The root is open, everything else wants the one login, by basic authentication or by a session's token.
    """

    def __init__(
        self,
        mockup: Path,
        certificate: tuple[Path, Path],
        *,
        username: str = "watch",
        password: str = "s3cret",  # noqa: S107  # made up
    ) -> None:
        """Read the mock-up; who logs in with other words is refused."""
        super().__init__(certificate)
        self.resources: dict[str, Any] = json.loads(mockup.read_text(encoding="utf-8"))
        self.odd: dict[str, Reply] = {}
        self.sessions: set[str] = set()
        self.refused = 0
        """Logins that were refused."""
        self.username = username
        self.password = password

    def answer(self, heard: Heard) -> Reply:
        """Answer as DSP0266 describes."""
        path, _, query = heard.path.partition("?")
        if path == SESSIONS and heard.method == "POST":
            return self._log_in(heard.data)
        if path != _ROOT and not self._may(heard.headers):
            self.refused += 1
            return _object({"error": {"code": "Base.1.8.InsufficientPrivilege", "message": "Login needed."}}, 401)
        if heard.method == "DELETE":
            self.sessions.discard(path.rpartition("/")[2])
            return Reply(204, b"")
        if path in self.odd:
            return self.odd[path]
        found = self.resources.get(path)
        if found is None:
            return _object({"error": {"code": "Base.1.8.ResourceMissingAtURI", "message": "No such resource."}}, 404)
        return _object(self._expanded(found) if query == _EXPAND else found)

    def asked(self, method: str = "GET") -> list[str]:
        """Return the paths that were asked for, in order."""
        return [heard.path for heard in self.heard if heard.method == method]

    def _log_in(self, said: Mapping[str, Any]) -> Reply:
        if (said.get("UserName"), said.get("Password")) != (self.username, self.password):
            self.refused += 1
            return _object({"error": {"code": "Base.1.8.ResourceAtUriUnauthorized", "message": "Wrong."}}, 401)
        token = f"token-{len(self.sessions) + 1}"
        self.sessions.add(token)
        reply = _object({"@odata.id": f"{SESSIONS}/{token}"}, 201)
        return Reply(201, reply.body, {"X-Auth-Token": token, "Location": f"{SESSIONS}/{token}"})

    def _may(self, headers: Mapping[str, str]) -> bool:
        basic = base64.b64encode(f"{self.username}:{self.password}".encode()).decode("ascii")
        return headers.get("authorization") == f"Basic {basic}" or headers.get("x-auth-token") in self.sessions

    def _expanded(self, found: dict[str, Any]) -> dict[str, Any]:
        """Put the members of a collection into it."""
        members = [self.resources.get(member.get("@odata.id"), member) for member in found.get("Members", ())]
        return {**found, "Members": members} if members else found


def _object(found: Any, status: int = 200) -> Reply:
    return Reply(status, json.dumps(found).encode())
