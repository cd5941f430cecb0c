"""A bucket behind the S3 protocol. Not proven here: no S3 server is among the machine's packages."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from wenyam.backup.repositories.destination import AbsolutePath, Access, Reach, login
from wenyam.backup.repositories.rest import require_answer
from wenyam.collectors.options import Options


def _endpoint(url: str) -> str:
    if not url.startswith(("https://", "http://127.0.0.1", "http://localhost", "http://[::1]")) or not url.isprintable():
        raise ValueError(f"'{url}' is no address: https://SERVER")
    if "@" in url or "?" in url or " " in url:
        raise ValueError("a login has no place in the address; use a credential of kind http-basic")
    return url.rstrip("/")


class S3Options(Options):
    """Which bucket."""

    endpoint: Annotated[str, AfterValidator(_endpoint)]
    """Address of the S3 service, without the bucket."""
    bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    """Name of the bucket."""
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")] = "restic"
    """The repository's place in the bucket."""
    region: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")] | None = None
    """Region, where the service wants one."""
    authority: AbsolutePath | None = None
    """File of the only authorities to trust."""


class S3Destination:
    """A repository in a bucket; its credential of kind http-basic holds the key's id and its secret."""

    Config: ClassVar[type[S3Options]] = S3Options

    def __init__(self, config: S3Options) -> None:
        """Take validated options."""
        self._config = config

    @property
    def place(self) -> str:
        """Return endpoint, bucket and prefix."""
        return f"{self._config.endpoint}/{self._config.bucket}/{self._config.prefix}"

    def reach(self, access: Access) -> Reach:
        """Return the address, and the key in the variables that S3 programs read."""
        credential = login(access, "http-basic", self.place)
        secret = access.links.secrets.of(credential, "password")
        environment = {"AWS_ACCESS_KEY_ID": credential.settings.get("username", ""), "AWS_SECRET_ACCESS_KEY": secret}
        if self._config.region is not None:
            environment["AWS_DEFAULT_REGION"] = self._config.region
        return Reach(f"s3:{self.place}", environment, authority=self._config.authority, secrets=(secret,))

    async def present(self, access: Access, seconds: float) -> None:
        """Return when the service accepts connections."""
        await require_answer(access, f"{self._config.endpoint}/", seconds)

    async def free_bytes(self, access: Access, seconds: float) -> None:
        """Return None: a bucket has no end."""
