"""Services that the library Apprise speaks: its URLs are secrets, its words are parsed for a status and shown to nobody."""

import asyncio
import logging
import re
import warnings
from collections.abc import Set as AbstractSet
from functools import cache, partial
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import apprise
from apprise import plugins as apprise_plugins
from apprise.manager_plugins import NotificationManager

from wenyam.errors import CollectError
from wenyam.links.sockets import silence
from wenyam.links.threads import ThreadPool

_PARALLEL: Final = 4
_HOME: Final = "apprise.plugins."
_LOCAL: Final = frozenset({"blink1", "dbus", "fcm", "glib", "gnome", "macosx", "syslog", "vapid", "windows"})
"""Services that start programs, use this machine's own bus, screen or log, or live by a key file of their own."""
_FILE_TEMPLATES: Final = frozenset({"discord", "guilded", "slack", "telegram", "workflows"})
_FILE_KEYS: Final = frozenset({"attach", "keyfile", "pgp", "pgpprv", "pgppub", "subfile"})
_STATUS: Final = re.compile(r"error=(\d{3})\b")
_REFUSED: Final = frozenset({400, 401, 403, 404, 405, 410, 413, 422})

# The library logs addresses and answers; so do the ones below it, with the path that holds the token.
for _name in ("apprise", "urllib3", "requests", "requests_oauthlib", "oauthlib"):
    _logger = logging.getLogger(_name)
    _logger.propagate = False
    _logger.addHandler(logging.NullHandler())


class ServiceUnfitError(CollectError):
    """The Apprise URL cannot be used."""

    permanent = True


class ServiceRefusedError(CollectError):
    """The service refused the message."""

    permanent = True


class ServiceFailedError(CollectError):
    """The service did not take the message."""


class AppriseLink:
    """Sends through one service at a time, in threads of its own."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._threads = ThreadPool("wenyam-apprise", _PARALLEL)

    async def name(self, url: str, seconds: float) -> str:
        """Return the name of the URL's service; ServiceUnfitError when it is none that we use."""
        try:
            return await self._threads.run(lambda: str(_service(url).service_name), seconds)
        except TimeoutError as error:
            raise silence("Apprise", seconds) from error

    async def hand_over(self, url: str, title: str, body: str, *, bad: bool, seconds: float) -> str:
        """Send a plain text and return the service's name; a CollectError, without the URL, when it was not taken."""
        name = "Apprise"
        try:
            async with asyncio.timeout(seconds):
                name = await self.name(url, seconds)
                kind = apprise.NotifyType.FAILURE if bad else apprise.NotifyType.INFO
                took, status = await self._threads.run(partial(_send, url, title, body, kind), seconds)
        except TimeoutError as error:
            raise silence(name, seconds) from error
        if took:
            return name
        if status in _REFUSED:
            raise ServiceRefusedError(f"{name} answered {status}", hint="Are the tokens in the URL right, and still valid?")
        raise ServiceFailedError(f"{name} answered {status}" if status else f"{name}: no good answer")

    def close(self) -> None:
        """Take no more work."""
        self._threads.close()


@cache
def _services() -> NotificationManager:
    """Load every service once, in a thread: that takes a second, and one of them warns of what Python will lose."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        services = NotificationManager()  # type: ignore[no-untyped-call]  # the library's own
        services.load_modules()  # type: ignore[no-untyped-call]  # as above
    return services


def _send(url: str, title: str, body: str, kind: apprise.NotifyType) -> tuple[bool, int]:
    """Return whether it was taken, and the HTTP status that the library noted."""
    sender = apprise.Apprise(asset=_asset())
    sender.add(_service(url))
    result = sender.notify(body=body, title=title, notify_type=kind, body_format=apprise.NotifyFormat.TEXT)
    statuses = [int(found.group(1)) for entry in result.logs() if (found := _STATUS.search(entry.message))]
    return bool(result), statuses[-1] if statuses else 0


def _service(url: str) -> Any:
    """Parse a URL into its service; no error names more of it than the service."""
    parsed = _parsed(url.strip())
    kind = _services()[parsed["schema"]]
    _require_harmless(
        kind, {key.lower() for key in (*parsed.get("qsd", ()), *parse_qs(urlsplit(url).query, keep_blank_values=True))}
    )
    parsed.setdefault("overflow", "truncate")  # one message: its beginning says what matters, and a text message costs money
    try:
        service = apprise.Apprise.instantiate(parsed, asset=_asset())
    except Exception:  # noqa: BLE001  # a service of the library may raise anything, with the URL in it
        service = None
    if service is None:
        hint = "Compare it with the service's page in Apprise's manual."
        raise ServiceUnfitError(f"it is not complete for {kind.service_name}", hint=hint)
    if not service.verify_certificate:
        hint = "Trust its authority by REQUESTS_CA_BUNDLE in the unit."
        raise ServiceUnfitError("'verify' is off, so anybody between could take the tokens", hint=hint)
    return service


def _parsed(url: str) -> dict[str, Any]:
    _services()
    try:
        parsed = apprise_plugins.url_to_dict(url, secure_logging=True)  # type: ignore[no-untyped-call]  # the library's own
    except Exception:  # noqa: BLE001  # as above
        parsed = None
    if not parsed:
        raise ServiceUnfitError("it names no service that Apprise knows")
    return dict(parsed)


def _require_harmless(kind: Any, keys: AbstractSet[str]) -> None:
    """Refuse what would start a program or read a file of this machine."""
    home, name = kind.__module__, kind.service_name
    plugin = home.removeprefix(_HOME).partition(".")[0]
    if not home.startswith(_HOME) or plugin in _LOCAL:
        raise ServiceUnfitError(
            f"{name} works on this machine itself, with its programs or files", hint="Use a channel of kind 'command'."
        )
    files = _FILE_KEYS | ({"template"} if plugin in _FILE_TEMPLATES else frozenset())
    if found := sorted(files & keys):
        raise ServiceUnfitError(f"'{found[0]}' of {name} would read a file of this machine")


def _asset() -> apprise.AppriseAsset:
    """Return the library's settings: no file, no redirect, no rewriting of the text, no thread of its own."""
    return apprise.AppriseAsset(
        app_id="Wenyam",
        app_desc="Wenyam",
        app_url="",
        async_mode=False,
        interpret_emojis=False,
        interpret_escapes=False,
        pgp_autogen=False,
        pem_autogen=False,
        http_redirects=False,
        storage_mode="memory",
        service_timeout=0,
        allow_templates=False,
        secure_logging=True,
        language="en",
        timezone="UTC",
    )
