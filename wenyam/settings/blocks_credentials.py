"""The blocks of credentials: public settings in the clear, secrets by reference."""

from typing import Literal

from pydantic import model_validator

from wenyam.settings.blocks import Written
from wenyam.settings.values import Secret


class CommunityCredential(Written):
    """SNMP v1 or v2c."""

    kind: Literal["snmp-community"]
    """Fixed."""
    community: Secret
    """Where the community is kept."""


class SnmpUserCredential(Written):
    """SNMP v3 user."""

    kind: Literal["snmp-v3"]
    """Fixed."""
    username: str
    """Security name."""
    authentication: Literal["none", "md5", "sha1", "sha224", "sha256", "sha384", "sha512"] = "none"
    """Authentication protocol."""
    authentication_key: Secret | None = None
    """Where the authentication pass phrase is kept."""
    privacy: Literal["none", "des", "aes128", "aes192", "aes256", "aes192-cisco", "aes256-cisco"] = "none"
    """Privacy protocol; `-cisco` stretches the key as Cisco does."""
    privacy_key: Secret | None = None
    """Where the privacy pass phrase is kept."""
    context: str | None = None
    """SNMP context, where the device keeps several."""

    @model_validator(mode="after")
    def _keys_fit(self) -> "SnmpUserCredential":
        for what, protocol, key in (
            ("authentication", self.authentication, self.authentication_key),
            ("privacy", self.privacy, self.privacy_key),
        ):
            if protocol != "none" and key is None:
                raise ValueError(f"{what} {protocol} needs '{what}_key'")
            if protocol == "none" and key is not None:
                raise ValueError(f"'{what}_key' needs '{what}' to name the protocol")
        if self.privacy != "none" and self.authentication == "none":
            raise ValueError("privacy needs authentication (RFC 3414)")
        return self


class SshKeyCredential(Written):
    """SSH by key."""

    kind: Literal["ssh-key"]
    """Fixed."""
    username: str
    """Login on the device."""
    key: Secret
    """Where the private key is kept."""
    passphrase: Secret | None = None
    """Where its pass phrase is kept, if it has one."""
    enable: Secret | None = None
    """Where the secret of a network device's privileged mode is kept, if it asks for one."""


class SshPasswordCredential(Written):
    """SSH by password."""

    kind: Literal["ssh-password"]
    """Fixed."""
    username: str
    """Login on the device."""
    password: Secret
    """Where the password is kept."""
    enable: Secret | None = None
    """Where the secret of a network device's privileged mode is kept, if it asks for one."""


class SqlCredential(Written):
    """Login to a database."""

    kind: Literal["sql"]
    """Fixed."""
    username: str
    """Login on the database."""
    password: Secret
    """Where the password is kept."""


class BasicCredential(Written):
    """HTTP basic authentication."""

    kind: Literal["http-basic"]
    """Fixed."""
    username: str
    """Login on the site."""
    password: Secret
    """Where the password is kept."""


class TokenCredential(Written):
    """A bearer token."""

    kind: Literal["token"]
    """Fixed."""
    token: Secret
    """Where the token is kept."""


class TsigCredential(Written):
    """A key for dynamic updates of DNS (TSIG, RFC 8945)."""

    kind: Literal["tsig"]
    """Fixed."""
    key_name: str
    """Name of the key, as the name server knows it."""
    algorithm: Literal["hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512"] = "hmac-sha256"
    """Algorithm of the key."""
    secret: Secret
    """Where its secret is kept, in base64 as `tsig-keygen` writes it."""


AnyCredential = (
    CommunityCredential
    | SnmpUserCredential
    | SshKeyCredential
    | SshPasswordCredential
    | SqlCredential
    | BasicCredential
    | TokenCredential
    | TsigCredential
)
