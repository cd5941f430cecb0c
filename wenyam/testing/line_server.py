"""A server that speaks the documented answers of the LINE Messaging API: push, multicast, retry keys, quota, members."""

import json
import re
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wenyam.testing.receivers import Heard, HttpReceiver, Reply

_USER = re.compile(r"U[0-9a-f]{32}")
_ANY = re.compile(r"[UCR][0-9a-f]{32}")
_MEMBERS = re.compile(r"/v2/bot/(group|room)/([CR][0-9a-f]{32})/members/count")
_LONGEST_TEXT = 5000
_MOST_OBJECTS, _MOST_USERS = 5, 500


def line_id(kind: str, number: int) -> str:
    """Make up an id: U a person, C a group, R a room."""
    return f"{kind}{number:032x}"


class LineServer(HttpReceiver):
    """Keeps what each id received in `received`; `known` are the ids it knows, all when empty."""

    def __init__(self, token: str, *, certificate: tuple[Path, Path] | None = None, limit: int | None = 1000) -> None:
        """Let in this token only; the month has so many messages, or no limit."""
        super().__init__(certificate)
        self.token = token
        self.limit = limit
        self.used = 0
        self.members: dict[str, int] = {}
        self.known: set[str] = set()
        self.received: dict[str, list[list[str]]] = {}
        self.accept_then_stall = 0.0
        """Accept the next message, and answer after so many seconds only."""
        self._keys: dict[str, str] = {}

    def answer(self, heard: Heard) -> Reply:
        """Answer as documented."""
        if heard.headers.get("authorization") != f"Bearer {self.token}":
            return _said(401, "Authentication failed. Confirm that the access token in the authorization header is valid.")
        if heard.method == "GET":
            return self._read(heard.path)
        if heard.path in ("/v2/bot/message/push", "/v2/bot/message/multicast"):
            return self._send(heard, several=heard.path.endswith("multicast"))
        return _said(404, "Not found")

    def _read(self, path: str) -> Reply:
        if path == "/v2/bot/message/quota":
            return _object({"type": "none"} if self.limit is None else {"type": "limited", "value": self.limit})
        if path == "/v2/bot/message/quota/consumption":
            return _object({"totalUsage": self.used})
        found = _MEMBERS.fullmatch(path)
        if found and found.group(2) in self.members:
            return _object({"count": self.members[found.group(2)]})
        return _said(404, "Not found")

    def _send(self, heard: Heard, *, several: bool) -> Reply:
        key = heard.headers.get("x-line-retry-key", "")
        if key and not _is_uuid(key):
            return _said(400, "The 'X-Line-Retry-Key' header is invalid")
        if key in self._keys:
            reply = _said(409, "The retry key is already accepted")
            return Reply(409, reply.body, {"X-Line-Accepted-Request-Id": self._keys[key]})
        to = heard.data.get("to")
        ids = to if several and isinstance(to, list) else [to]
        refusal = self._refusal(ids, heard.data.get("messages"), several=several)
        if refusal is not None:
            return refusal
        return self._accept(key, ids, [message["text"] for message in heard.data["messages"]])

    def _accept(self, key: str, ids: Sequence[str], texts: list[str]) -> Reply:
        request = str(uuid.uuid4())
        if key:
            self._keys[key] = request
        for each in ids:
            self.received.setdefault(each, []).append(texts)
            self.used += self.members.get(each, 1)
        stall, self.accept_then_stall = self.accept_then_stall, 0.0
        return Reply(200, b'{"sentMessages":[]}', {"X-Line-Request-Id": request}, stall=stall)

    def _refusal(self, ids: Sequence[Any], messages: Any, *, several: bool) -> Reply | None:
        form = _USER if several else _ANY
        if len(ids) > _MOST_USERS or not all(isinstance(each, str) and form.fullmatch(each) for each in ids):
            return _said(400, "The property, 'to', in the request body is invalid (line: -, column: -)")
        if self.known and not self.known.issuperset(ids):
            return _said(400, "The property, 'to', in the request body is invalid (line: -, column: -)")
        if not messages or len(messages) > _MOST_OBJECTS:
            return _said(400, "A message (messages[]) in the request body is invalid")
        for number, message in enumerate(messages):
            if not message["text"] or len(message["text"].encode("utf-16-le")) // 2 > _LONGEST_TEXT:
                return _object(
                    {
                        "message": "The request body has 1 error(s)",
                        "details": [{"message": "Length must be between 1 and 5000", "property": f"messages[{number}].text"}],
                    },
                    400,
                )
        if self.limit is not None and self.used + sum(self.members.get(each, 1) for each in ids) > self.limit:
            return _said(429, "You have reached your monthly limit.")
        return None


def _said(status: int, message: str) -> Reply:
    return _object({"message": message}, status)


def _object(found: dict[str, Any], status: int = 200) -> Reply:
    return Reply(status, json.dumps(found).encode())


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
