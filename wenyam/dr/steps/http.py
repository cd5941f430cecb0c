"""Fetches a page as a user would, at an address of choice, and looks for what it must hold; it changes nothing."""

from typing import Annotated, ClassVar, Final, Literal

from pydantic import AfterValidator, Field

from wenyam.collectors.http import holds
from wenyam.dr.attempts import kept, left, step_errors
from wenyam.dr.contract import StepError, StepPlace
from wenyam.dr.options import StepOptions, unknown_credential
from wenyam.links.http_page import Page, Request
from wenyam.model.instance import Configuration
from wenyam.model.recovery import Outcome, failed, passed
from wenyam.settings.values import AbsolutePath, Address, Line, Name, login_free_url

_SECONDS: Final = 30.0
_EXCERPT: Final = 2000


class HttpOptions(StepOptions):
    """Which page, and what it must hold."""

    url: Annotated[Line, AfterValidator(login_free_url)]
    """Without a login; that is what `credential` is for."""
    address: Address | None = None
    """Connect here, whatever the name in `url` resolves to now; name and certificate stay."""
    method: Literal["GET", "HEAD"] = "GET"
    """`HEAD` asks for no content."""
    status: Annotated[tuple[int, ...], Field(min_length=1)] = (200,)
    """Any of these is good."""
    expect: Line | None = None
    """Text that the page must hold."""
    credential: Name | None = None
    """Credential of kind http-basic."""
    redirects: Annotated[int, Field(ge=0, le=20)] = 5
    """How many are followed."""
    verify: bool = True
    """Check certificate and name."""
    authority: AbsolutePath | None = None
    """File of the authorities to trust instead of the system's."""


class HttpStep:
    """Fetches one page."""

    Config: ClassVar[type[HttpOptions]] = HttpOptions
    changes: ClassVar[bool] = False
    repeatable: ClassVar[bool] = True
    waits: ClassVar[bool] = False

    def __init__(self, config: HttpOptions) -> None:
        """Take validated options."""
        self._config = config

    def describe(self) -> str:
        """Say what is fetched and expected."""
        config = self._config
        at = "" if config.address is None else f" at {config.address}"
        wanted = " or ".join(map(str, config.status)) + ("" if config.expect is None else f" and the text '{config.expect}'")
        return f"fetch {config.url}{at}, expecting {wanted}"

    def unknown(self, configuration: Configuration) -> tuple[str, ...]:
        """Return a sentence for each name that is not known."""
        name = self._config.credential
        return () if name is None else unknown_credential(configuration, name, ("http-basic",))

    async def rehearse(self, place: StepPlace) -> Outcome:
        """Read the login where there is one; what answers before the real run is told and not judged."""
        with step_errors():
            self._request(place)
        try:
            page = await self._fetch(place)
        except StepError as error:
            return passed(f"{self._config.url} can be asked for; now nothing answers: {error.what}")
        return passed(f"{self._config.url} can be asked for; now it answers {page.status}")

    async def run(self, place: StepPlace) -> Outcome:
        """Fetch it; a failure when another status or page comes."""
        page, config = await self._fetch(place), self._config
        evidence = {"status": str(page.status), "url": page.url, "page": kept(page.text[:_EXCERPT])}
        if page.status not in config.status:
            return failed(f"{config.url} answers {page.status}, expected is {' or '.join(map(str, config.status))}", **evidence)
        if config.expect is not None and not holds(page.text, config.expect):
            return failed(f"{config.url} does not hold the text '{config.expect}'", **evidence)
        return passed(f"{config.url} answers {page.status} in {page.seconds:.2f} s", **evidence)

    async def was_done(self, place: StepPlace) -> bool | None:  # noqa: ARG002  # asking twice is the same as once
        """Tell that it may just be done again."""
        return False

    async def undo(self, place: StepPlace) -> Outcome:  # noqa: ARG002  # the contract's form
        """Take nothing back: nothing was changed."""
        return passed("nothing was changed, so nothing is taken back")

    async def _fetch(self, place: StepPlace) -> Page:
        with step_errors():
            return await place.links.http.fetch(self._request(place), left(place, _SECONDS))

    def _request(self, place: StepPlace) -> Request:
        config = self._config
        credential = None if config.credential is None else place.configuration.inventory.credentials[config.credential]
        return Request(
            url=config.url, method=config.method, redirects=config.redirects, authority=config.authority, verify=config.verify,
            username=None if credential is None else credential.settings.get("username", ""),
            password=None if credential is None else place.links.secrets.of(credential, "password"),
            address=config.address,
        )  # fmt: skip
