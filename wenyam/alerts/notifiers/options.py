"""The base of every channel's options: what is written is never repeated in an error, addresses are safe to send tokens to."""

from ipaddress import ip_address
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field

from wenyam.collectors.options import Options
from wenyam.settings.values import Duration

WHOLE: Final = 25.0
"""Seconds all that one message takes together; the sender's own deadline is a little later and says less."""
Limit = Annotated[Duration, Field(le=WHOLE)]
"""Seconds one call takes at most."""


class ChannelOptions(Options):
    """What the configuration may say under one channel."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, hide_input_in_errors=True)


def is_here(host: str) -> bool:
    """Tell whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _web_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or not url.isprintable() or " " in url:
        raise ValueError("an address that begins with https:// and names a host expected")
    if "@" in parts.netloc:
        raise ValueError("a secret in the clear: a login in a URL; use 'username' and 'password', or 'token'")
    if parts.scheme == "http" and not is_here(parts.hostname):
        raise ValueError("plain http would send the message and its token in the clear; use https")
    _ = parts.port  # a ValueError when it is no port
    return url


WebAddress = Annotated[str, AfterValidator(_web_address)]
"""An https address without a login; plain http only to this machine."""
