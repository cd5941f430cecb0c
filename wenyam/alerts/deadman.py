"""The dead-man switch: an address outside hears of every good cycle, and pages when it hears no more."""

import logging
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit, urlunsplit

from wenyam.alerts.health import HealthAnswer, problem_of
from wenyam.engine.watcher import Watcher
from wenyam.errors import CollectError, SecretError, WenyamError
from wenyam.links.http_call import Call
from wenyam.links.http_exchange import HttpExchange
from wenyam.model.guarding import DeadManPlan
from wenyam.model.inventory import Policy
from wenyam.model.states import CheckResult, Observation, State, Subject, SubjectKind
from wenyam.settings.secrets import SecretReader

_LOG = logging.getLogger(__name__)

PINGED = Subject(SubjectKind.MONITOR, "deadman", "pinged")
POLICY = Policy(after=3, of=3)
"""One lost ping is not worth a word: the other side waits for several, too."""
UNUSED_SECONDS = 30.0
FIRST_SECONDS = 3.0
"""The first cycle is judged when the first looks are through."""
_REASON_LIMIT = 1000
_SUCCESS = range(200, 300)


class DeadMan:
    """Pings after every cycle: the address itself when it was good, `/fail` with the reason when not."""

    def __init__(self, watcher: Watcher, secrets: SecretReader, present: Callable[[], HealthAnswer]) -> None:
        """Take the watcher for its configuration and board, and who knows how things are."""
        self._watcher = watcher
        self._secrets = secrets
        self._present = present
        self._exchange = HttpExchange()

    async def run(self) -> None:
        """Ping for ever; that a ping fails is a state and disturbs nobody."""
        await self._watcher.clock.sleep(FIRST_SECONDS)
        while True:
            plan = self._watcher.configuration.guarding.deadman
            if plan is None:
                self._watcher.board.forget(PINGED, self._watcher.clock.now(), "no dead-man switch is configured")
                await self._watcher.clock.sleep(UNUSED_SECONDS)
                continue
            await self.cycle(plan)
            await self._watcher.clock.sleep(plan.every)

    async def cycle(self, plan: DeadManPlan) -> None:
        """Judge the present and tell it once."""
        gap = self._watcher.configuration.instance.heartbeat_gap
        reason = problem_of(self._present(), gap, plan.alerts_late)
        try:
            await self._ping(plan, reason)
        except WenyamError as error:
            self._say(State.CRIT, f"the dead-man switch cannot be told: {error.sentence}")
        else:
            self._say(State.OK, "the dead-man switch is told of every cycle")

    async def _ping(self, plan: DeadManPlan, reason: str) -> None:
        url = ping_url(self._secrets.read(plan.url), good=not reason)
        call = Call(url, body=reason[:_REASON_LIMIT].encode(), authority=plan.authority)
        answer = await self._exchange.ask(call, plan.timeout)
        if answer.status not in _SUCCESS:
            raise CollectError(f"{call.at} answered {answer.status}")

    def _say(self, state: State, summary: str) -> None:
        observation = Observation(self._watcher.clock.now(), CheckResult(state, summary))
        if state is not State.OK:
            _LOG.warning("%s", summary)
        self._watcher.board.observe(PINGED, observation, POLICY)


def ping_url(base: str, *, good: bool) -> str:
    """Return the address of a ping; SecretError, which does not repeat it, when the secret is no address."""
    parts = _parts(base.strip())
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise SecretError("deadman.url does not hold an address that begins with http:// or https://", hint="Put it there alone.")
    path = parts.path.rstrip("/") + ("" if good else "/fail")
    return urlunsplit((parts.scheme, parts.netloc, path or "/", parts.query, ""))


def _parts(text: str) -> SplitResult | None:
    try:
        return urlsplit(text)
    except ValueError:
        return None
