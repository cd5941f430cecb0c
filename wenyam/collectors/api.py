"""What collectors that ask a JSON service over HTTPS have in common: options of the connection, and the session."""

import re
from typing import TYPE_CHECKING, Annotated, Final, Self

from pydantic import AfterValidator, Field, model_validator

from wenyam.collectors.contract import Context, Target
from wenyam.collectors.options import Options, Port, Seconds
from wenyam.collectors.readings import budget
from wenyam.errors import SecretError
from wenyam.links.http_api import Allowance, ApiServer
from wenyam.model.inventory import Credential

if TYPE_CHECKING:
    from wenyam.links.http_api_session import ApiSession

_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def _fingerprint(written: str) -> str:
    digits = written.replace(":", "").lower()
    if not _SHA256.fullmatch(digits):
        raise ValueError("is no SHA-256 fingerprint: 64 hexadecimal digits, with or without colons")
    return digits


Fingerprint = Annotated[str, AfterValidator(_fingerprint)]
"""SHA-256 of a certificate, with or without colons."""


class ApiOptions(Options):
    """How the service is reached. Its certificate is always checked, or pinned; there is no third way."""

    port: Port = 443
    authority: str | None = None
    """File of the authorities to trust instead of the system's."""
    fingerprint: Fingerprint | None = None
    """SHA-256 of the certificate itself: for a controller that signed its own. Then no authority and no name is asked."""
    certificate_name: str | None = None
    """Name the certificate is for, when it is not for the device's address."""
    requests: Annotated[int, Field(ge=5, le=5000)] = 200
    """Questions one reading may ask."""
    request_timeout: Seconds = 10.0
    """Seconds for one answer."""
    parallel: Annotated[int, Field(ge=1, le=8)] = 2
    """Questions under way at once."""

    @model_validator(mode="after")
    def _believes_in_one_way(self) -> Self:
        if self.fingerprint is not None and (self.authority is not None or self.certificate_name is not None):
            raise ValueError("a pinned 'fingerprint' needs no 'authority' and no 'certificate_name'")
        return self


def open_session(target: Target, context: Context, options: ApiOptions, seconds: float | None = None) -> "ApiSession":
    """Return a session with the target, to be entered by the caller; `seconds` are those left of the reading when None."""
    server = ApiServer(target.address, options.port, options.authority, options.fingerprint, options.certificate_name)
    allowance = Allowance(requests=options.requests, seconds=options.request_timeout, parallel=options.parallel)
    name = "" if context.credential is None else context.credential.name
    return context.links.api(server, allowance, budget(context) if seconds is None else seconds, name)


def credential_of(context: Context, collector: str, kind: str) -> Credential:
    """Return the reading's credential; SecretError when it has none."""
    if context.credential is None:
        raise SecretError(f"{collector} needs a credential of kind {kind}", hint="Name one under 'credentials' of the device.")
    return context.credential
