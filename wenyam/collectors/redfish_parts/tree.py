"""The tree of a Redfish service: each resource is asked for once in a reading, collections in one question where that works."""

import asyncio
from collections.abc import Coroutine, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from wenyam.collectors.json_values import Object, mapping, objects, text
from wenyam.collectors.readings import ReadingBuilder
from wenyam.errors import CollectError, CredentialsRefusedError, MalformedReplyError, NoAnswerError

if TYPE_CHECKING:
    from wenyam.links.http_api_session import ApiSession

_EXPAND: Final = "?$expand=.($levels=1)"
"""Query of DSP0266 for a collection with its members inside."""
_MOST_FAILURES: Final = 10
_IDENTIFIER: Final = "@odata.id"


class Tree:
    """What was read of one service; parts that fail are noted in the reading."""

    def __init__(self, session: "ApiSession", reading: ReadingBuilder) -> None:
        """Take the open session and the reading that failures go into."""
        self.reading = reading
        self.failures: list[CollectError] = []
        self.expands = False
        """Whether the service offers `$expand` (ServiceRoot, ProtocolFeaturesSupported)."""
        self._session = session
        self._read: dict[str, Object] = {}
        self._told: set[str] = set()
        self._gives: tuple[str, ...] = ()

    async def resource(self, link: Any) -> Object:
        """Return the resource a link such as `{"@odata.id": …}` leads to, empty without a link; a CollectError when it fails."""
        path = text(mapping(link).get(_IDENTIFIER)).partition("#")[0]
        return await self._object(path) if path else {}

    async def members(self, link: Any) -> list[Object]:
        """Return the members of a collection; one that fails is noted and left out."""
        path = text(mapping(link).get(_IDENTIFIER)).partition("#")[0]
        found: list[Object] = []
        visited: set[str] = set()
        while path and path not in visited:
            visited.add(path)
            page = await self._collection(path)
            found += objects(page.get("Members"))
            path = text(page.get("Members@odata.nextLink"))
        return await self.all(found)

    async def all(self, links: Iterable[Object]) -> list[Object]:
        """Return what each link leads to, once; one that holds the resource already is not asked for."""
        once = {text(link.get(_IDENTIFIER)) or f"without a name {number}": link for number, link in enumerate(links)}
        found = await asyncio.gather(*map(self._member, once.values()))
        return [each for each in found if each]

    async def each(self, parts: Iterable[Coroutine[Any, Any, None]], *gives: str) -> None:
        """Read parts in turn, so that equal names are told apart in the same way every time; one that fails leaves the others.

        `gives` names the samples of which rows are missing where one fails; by default those of the part around it.
        """
        with self.giving(gives or self._gives):
            for part in parts:
                try:
                    await part
                except CollectError as error:
                    self.failed(error)

    @contextmanager
    def giving(self, names: tuple[str, ...]) -> Iterator[None]:
        """Name the samples of which rows are missing where something fails inside the block."""
        around, self._gives = self._gives, names
        try:
            yield
        finally:
            self._gives = around

    def failed(self, error: CollectError) -> None:
        """Note a failure once; after many, only that there are more."""
        self.reading.lacks(self._gives)
        if str(error) in self._told or len(self._told) > _MOST_FAILURES:
            return
        self._told.add(str(error))
        told = error if len(self._told) <= _MOST_FAILURES else CollectError("more parts than are named here failed")
        self.failures.append(told)
        self.reading.failed(told, self._gives)

    async def _member(self, link: Object) -> Object:
        if link.keys() - {_IDENTIFIER}:
            return link
        try:
            return await self.resource(link)
        except CollectError as error:
            self.failed(error)
            return {}

    async def _collection(self, path: str) -> Object:
        """Ask for a collection with its members; a service that promised it but cannot is asked plainly from then on."""
        if self.expands and "?" not in path:
            try:
                return await self._object(path + _EXPAND)
            except (NoAnswerError, CredentialsRefusedError):
                raise
            except CollectError:
                self.expands = False
        return await self._object(path)

    async def _object(self, path: str) -> Object:
        if path not in self._read:
            found = await self._session.get(path)
            if not isinstance(found, dict):
                raise MalformedReplyError(f"{path}: is no resource")
            self._read[path] = found
        return self._read[path]
