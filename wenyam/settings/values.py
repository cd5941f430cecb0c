"""The written forms of values: durations, ratios, sizes, dates, names, labels and references to secrets."""

import re
from datetime import date, datetime, time, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, ValidationInfo, WithJsonSchema

from wenyam.model import durations
from wenyam.model.instants import Instant, from_datetime
from wenyam.model.inventory import SecretReference, Text
from wenyam.model.line_ids import user_fault

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*%")
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([KMGT]i?B)")
_SIZES = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BUDDHIST_FROM = 2400
_HOST_NAME = re.compile(
    r"(?=.{1,253}$)([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
)
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
_PUBLIC_KEY = re.compile(
    r"(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)"
    r" AAAA[A-Za-z0-9+/]+={0,2}( .*)?"
)
_REFERENCE = re.compile(r"(file|env|credential):(\S.*)")
_URL = re.compile(r"https?://(?P<authority>[^/?#\s]+)\S*")
_ENVIRONMENT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def name(value: Any) -> str:
    """Return a name as it is; ValueError when it is none."""
    if not isinstance(value, str) or _NAME.fullmatch(value) is None:
        raise ValueError(
            f"'{value}' is not a name: small letters a-z, digits, '.', '_', '-', beginning with a letter or digit, at most 63"
        )
    return value


def without_unit(number: float) -> str:
    """Say what to write instead of a bare number."""
    return f"limit without unit: {number:g}; write {number:g}s, {number:g}m, {number:g}h or {number:g}d"


def duration(value: Any) -> float:
    """Return seconds; ValueError for a bare number, which has no unit, and for nothing."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(without_unit(value))  # noqa: TRY004  # pydantic turns only ValueError into a sentence
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        raise ValueError(without_unit(float(value)))
    seconds = durations.seconds(value)
    if seconds == 0:
        raise ValueError("must be longer than nothing")
    return seconds


def ratio(value: Any) -> float:
    """Return a share from 0 to 1, written `95%` or `0.95`."""
    percent = _PERCENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if percent is not None:
        share = float(percent.group(1)) / 100
    elif isinstance(value, int | float) and not isinstance(value, bool):
        share = float(value)
    else:
        raise ValueError("a ratio expected: write 95% or 0.95")
    if not 0 <= share <= 1:
        hint = f"; write {value}%" if percent is None and 1 < share <= 100 else ""  # noqa: PLR2004  # a percentage
        raise ValueError(f"ratio out of range 0% to 100%: {value}{hint}")
    return share


def size(value: Any) -> int:
    """Return bytes, written `32MiB` or `10GB`."""
    found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError("a size with its unit expected, such as 32MiB")
    return round(float(found.group(1)) * _SIZES[found.group(2)])


def _zone(info: ValidationInfo) -> ZoneInfo:
    return ZoneInfo((info.context or {}).get("time_zone", "Asia/Bangkok"))


def _day(value: str) -> date:
    year = int(value[:4])
    if year >= _BUDDHIST_FROM:
        raise ValueError(f"{value} looks like a Buddhist-era year; write {year - 543}{value[4:]}")
    return date.fromisoformat(value)


def _instant(value: Any, info: ValidationInfo, days_later: int) -> Instant:
    advice = "write a date such as 2026-10-01 or a time with its zone such as 2026-10-01T22:00+07:00"
    if not isinstance(value, str) or _DATE.match(value) is None:
        raise ValueError(f"not a date; {advice}")
    try:
        day = _day(value[:10]) + timedelta(days=days_later)
        if _DATE.fullmatch(value):
            return from_datetime(datetime.combine(day, time(), _zone(info)))
        moment = datetime.fromisoformat(value)
    except (ValueError, OverflowError) as error:
        raise ValueError(str(error) if "Buddhist" in str(error) else f"'{value}' is not a date; {advice}") from error
    if moment.tzinfo is None:
        raise ValueError(f"{value} has no time zone; write {value}+07:00")
    return from_datetime(moment)


def day(value: Any) -> date:
    """Return a date of the calendar; ValueError for a Buddhist-era year, and for a time of day."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return _day(value)
        except ValueError as error:
            if "Buddhist" in str(error):
                raise
    raise ValueError(f"'{value}' is not a date; write one such as 2026-10-01")


def moment(value: Any, info: ValidationInfo) -> Instant:
    """Return the instant; a date alone is its first moment in the instance's time zone."""
    return _instant(value, info, 0)


def last_moment(value: Any, info: ValidationInfo) -> Instant:
    """Return the instant until which something holds; a date alone counts to its end."""
    return _instant(value, info, 1)


def time_zone(value: str) -> str:
    """Return the name of an existing time zone."""
    try:
        ZoneInfo(value)
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(f"there is no time zone '{value}'; write one such as Asia/Bangkok") from error
    return value


def address(value: str) -> str:
    """Return an IP address in its usual form, or a host name; ValueError when it can be neither."""
    try:
        found = ip_address(value)
    except ValueError:
        looks_numeric = re.fullmatch(r"[0-9.]+|.*:.*", value) is not None
        if looks_numeric or _HOST_NAME.fullmatch(value) is None:
            raise ValueError(f"'{value}' is not an IP address") from None
        return value
    if found.is_multicast or found.is_unspecified or value == "255.255.255.255":
        raise ValueError(f"{value} is not the address of one machine")
    return str(found)


def is_host_name(value: str) -> bool:
    """Tell whether an address is a name that must be resolved."""
    try:
        ip_address(value)
    except ValueError:
        return True
    return False


def label(value: Any) -> Any:
    """Let one text stand for both languages."""
    return {"th": value, "en": value} if isinstance(value, str) else value


def secret(value: Any, info: ValidationInfo) -> SecretReference:
    """Return the reference; a secret in the clear is refused and not repeated."""
    found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("a secret in the clear; write where it is kept: file:PATH, env:NAME or credential:NAME")
    scheme, location = found.groups()
    if scheme == "file":
        location = str(Path((info.context or {}).get("folder", "/")) / location)
    elif scheme == "env" and _ENVIRONMENT_NAME.fullmatch(location) is None:
        raise ValueError("what follows 'env:' is not the name of an environment variable")
    elif scheme == "credential" and "/" in location:
        raise ValueError("what follows 'credential:' is not the name of a systemd credential")
    return SecretReference(scheme, location)


def text(value: str) -> str:
    """Return one line of text without control characters."""
    if any(not letter.isprintable() for letter in value):
        raise ValueError("one line of plain text expected, without tabs or control characters")
    return value


def mail(value: str) -> str:
    """Return a mail address."""
    if _MAIL.fullmatch(value) is None:
        raise ValueError(f"'{value}' is not a mail address")
    return value


def public_key(value: str) -> str:
    """Return an OpenSSH public key."""
    if _PUBLIC_KEY.fullmatch(value) is None:
        raise ValueError("an OpenSSH public key expected, the line of a .pub file: ssh-ed25519 AAAA…")
    return value


def login_free_url(value: str) -> str:
    """Return an address of the web; a login in it is a secret in the clear and is not repeated."""
    found = _URL.fullmatch(value)
    if found is None:
        raise ValueError("an address that begins with http:// or https:// and names a host expected")
    if "@" in found["authority"]:
        raise ValueError("a secret in the clear: a login in a URL")
    return value


def line_user(value: str) -> str:
    """Return the LINE id of a person; ValueError for a group's, a name or a telephone number."""
    if fault := user_fault(value):
        raise ValueError(fault)
    return value


def absolute_path(value: str) -> str:
    """Return an absolute path."""
    if not value.startswith("/"):
        raise ValueError(f"'{value}' is not an absolute path")
    return value


def both(written: Any) -> Text | None:
    """Return the text in both languages; one that is missing is taken from the other."""
    return None if written is None else Text(th=written.th or written.en, en=written.en or written.th)


def _written(pattern: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": [example]})


Name = Annotated[str, AfterValidator(name), _written("^[a-z0-9][a-z0-9._-]*$", "core-1")]
Line = Annotated[str, AfterValidator(text)]
Duration = Annotated[float, BeforeValidator(duration), _written("^([0-9.]+\\s*(ms|s|m|h|d|w)\\s*)+$", "60s")]
Ratio = Annotated[
    float,
    BeforeValidator(ratio),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string", "pattern": "^[0-9.]+\\s*%$"}, {"type": "number", "minimum": 0, "maximum": 1}],
            "examples": ["95%"],
        }
    ),
]
Size = Annotated[int, BeforeValidator(size), _written("^[0-9.]+\\s*[KMGT]i?B$", "32MiB")]
Moment = Annotated[Instant, BeforeValidator(moment), _written("^[0-9]{4}-[0-9]{2}-[0-9]{2}", "2026-10-01T22:00+07:00")]
LastMoment = Annotated[Instant, BeforeValidator(last_moment), _written("^[0-9]{4}-[0-9]{2}-[0-9]{2}", "2027-09-30")]
Mail = Annotated[str, AfterValidator(mail), _written("@", "somchai@example.org")]
PublicKey = Annotated[str, AfterValidator(public_key), _written("^(ssh|ecdsa|sk)-", "ssh-ed25519 AAAA…")]
Zone = Annotated[str, AfterValidator(time_zone), _written("/", "Asia/Bangkok")]
Address = Annotated[str, AfterValidator(address), WithJsonSchema({"type": "string", "examples": ["192.0.2.1"]})]
AbsolutePath = Annotated[str, AfterValidator(absolute_path), _written("^/", "/an/absolute/path")]
LineUser = Annotated[str, AfterValidator(line_user), _written("^U[0-9a-f]{32}$", "U0123456789abcdef0123456789abcdef")]
Secret = Annotated[SecretReference, BeforeValidator(secret), _written("^(file|env|credential):", "file:secrets/community")]
