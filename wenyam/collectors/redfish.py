"""Redfish: a management controller over HTTPS (DMTF DSP0266; schemas ServiceRoot and Session, and those of its parts)."""

from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from wenyam.collectors.api import ApiOptions, credential_of, open_session
from wenyam.collectors.contract import Context, Target
from wenyam.collectors.json_values import Object, mapping, text
from wenyam.collectors.readings import ReadingBuilder, budget
from wenyam.collectors.redfish_parts import chassis, systems
from wenyam.collectors.redfish_parts.tree import Tree
from wenyam.errors import CollectError, CredentialsRefusedError, MalformedReplyError
from wenyam.model.instants import Instant
from wenyam.model.samples import Reading

if TYPE_CHECKING:
    from wenyam.links.http_api_session import ApiSession

_ROOT: Final = "/redfish/v1/"
_SESSIONS: Final = "/redfish/v1/SessionService/Sessions"
_EVIDENCE: Final = "mock-ups after DMTF's schemas; not proven here on a vendor's controller"
_COLLECTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "Systems": systems.SAMPLES,
    "Chassis": chassis.SAMPLES,
    "Managers": ("component_status",),
}
"""What stands in the root, and what rows are missing where it fails."""
_SHARE: Final = 0.9
"""Of the time, for the reading itself; the rest is for ending the session, of which controllers have few."""
_REFUSALS: Final = (400, 401, 403)
"""Statuses by which controllers refuse to make a session."""


class RedfishOptions(ApiOptions):
    """How to reach the controller, how to log in, and what to leave out."""

    login: Literal["basic", "session"] = "basic"
    """`basic` sends name and password with each question, `session` makes a session for the reading and ends it."""
    skip: tuple[Literal["systems", "chassis", "managers", "storage"], ...] = ()
    """Parts not to be read, for a controller that fails on them."""


class RedfishCollector:
    """Reads identity, power, temperatures, fans, power supplies, watts, drives, volumes and the health of parts."""

    Config: ClassVar[type[RedfishOptions]] = RedfishOptions

    def __init__(self, config: RedfishOptions) -> None:
        """Take validated options."""
        self._config = config

    async def collect(self, target: Target, context: Context) -> Reading:
        """Log in once and read; a CollectError when nothing could be read, a failure for each part that could not."""
        reading = ReadingBuilder(context.memory)
        seconds = budget(context) * (_SHARE if self._config.login == "session" else 1)
        async with open_session(target, context, self._config, seconds) as session:
            root = await _root(session)
            tree = Tree(session, reading)
            expand = mapping(mapping(root.get("ProtocolFeaturesSupported")).get("ExpandQuery"))
            tree.expands = expand.get("NoLinks") is True
            async with self._logged_in(session, root, context):
                await self._read(tree, root, context)
        reading.fact("evidence", _EVIDENCE)
        reading.fact("redfish_version", text(root.get("RedfishVersion")))
        return reading.build()

    async def probe(self, target: Target, context: Context) -> float:
        """Ask for the service's root, which needs no login, so that a probe every few seconds locks no account."""
        begun = context.clock.monotonic()
        async with open_session(target, context, self._config) as session:
            await _root(session)
        return context.clock.monotonic() - begun

    @asynccontextmanager
    async def _logged_in(self, session: "ApiSession", root: Object, context: Context) -> AsyncIterator[None]:
        """Give the session its login; a session made there is ended, whatever happens in between."""
        credential = credential_of(context, "redfish", "http-basic")
        username = credential.settings.get("username", "")
        password = context.links.secrets.of(credential, "password")
        if self._config.login == "basic":
            session.log_in_basic(username, password)
            yield
            return
        made = await _log_in(session, root, {"UserName": username, "Password": password})
        try:
            yield
        finally:
            if made:
                session.extend(budget(context))
                await _log_out(session, made)

    async def _read(self, tree: Tree, root: Object, context: Context) -> None:
        """Read collection after collection: the first shows whether the login is good, before members are asked side by side."""
        found: dict[str, list[Object]] = {}
        for name, gives in _COLLECTIONS.items():
            with tree.giving(gives):
                found[name] = await self._collection(tree, root, name)
        subjects = [*found["Systems"], *found["Chassis"]]
        if not subjects:
            raise tree.failures[0] if tree.failures else MalformedReplyError("the service shows no system and no chassis")
        self._describe(tree, subjects[0], found, context.clock.now())
        await tree.each(self._parts(tree, found["Systems"], found["Chassis"]))

    def _describe(self, tree: Tree, subject: Object, found: Mapping[str, list[Object]], now: Instant) -> None:
        """Say what needs no more questions: identity, managers, and size and uptime where there is one system."""
        systems.add_identity(tree, subject, found["Managers"])
        for manager in found["Managers"]:
            systems.read_manager(tree, manager)
        if len(found["Systems"]) == 1:
            systems.add_memory(tree, subject)
            systems.add_uptime(tree, subject, found["Managers"], now)

    def _parts(self, tree: Tree, machines: list[Object], cases: list[Object]) -> list[Coroutine[Any, Any, None]]:
        names = [f"{text(each.get('Id'))} " if len(machines) > 1 else "" for each in machines]
        storage = "storage" not in self._config.skip
        read = [systems.read_system(tree, each, name, storage=storage) for each, name in zip(machines, names, strict=True)]
        return [*read, *(chassis.read_chassis(tree, each) for each in cases)]

    async def _collection(self, tree: Tree, root: Object, name: str) -> list[Object]:
        if name.lower() in self._config.skip:
            return []
        try:
            return await tree.members(root.get(name))
        except CredentialsRefusedError:
            raise
        except CollectError as error:
            tree.failed(error)
            return []


async def _root(session: "ApiSession") -> Object:
    root = mapping(await session.get(_ROOT))
    if not text(root.get("RedfishVersion")):
        raise MalformedReplyError(f"{_ROOT}: what answers there is no Redfish service")
    return root


async def _log_in(session: "ApiSession", root: Object, body: Object) -> str:
    """Make a session; return the path that ends it. A refusal of any kind is one of the credential, and is not tried again."""
    path = text(mapping(mapping(root.get("Links")).get("Sessions")).get("@odata.id")) or _SESSIONS
    answer = await session.ask("POST", path, body, refusals=_REFUSALS)
    token = answer.headers.get("x-auth-token", "")
    if not token:
        raise MalformedReplyError(f"{path}: made a session without a token")
    session.log_in_with("X-Auth-Token", token)
    return answer.headers.get("location", "") or text(mapping(answer.data).get("@odata.id"))


async def _log_out(session: "ApiSession", path: str) -> None:
    """End the session; where that fails the controller ends it by itself after its own time."""
    try:
        await session.ask("DELETE", path)
    except CollectError:
        return
