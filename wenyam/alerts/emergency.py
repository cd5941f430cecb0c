"""The one message that goes past the outbox: when nothing can be written down, people are told just that."""

import logging
from dataclasses import dataclass
from typing import Final

from wenyam.alerts.composer import Composer
from wenyam.alerts.contract import NotifyError
from wenyam.alerts.crew import Crew
from wenyam.clock import Clock
from wenyam.i18n.clean_text import clean
from wenyam.i18n.translate import translator
from wenyam.model.alerting import ChannelPlan, Event, Message, Severity
from wenyam.model.instants import Instant

_LOG = logging.getLogger(__name__)

PATIENCE_SECONDS: Final = 30.0
"""A store that is busy for a moment is no emergency."""
LOG_SECONDS: Final = 10.0
AGAIN_SECONDS: Final = 3600.0


@dataclass(slots=True)
class Emergency:
    """Counts how long nothing could be written, and tells it through every channel once an hour."""

    clock: Clock
    crew: Crew
    since: float | None = None
    """On the monotonic clock."""
    told: float | None = None
    _logged: float | None = None

    async def look(self, problem: str, composer: Composer) -> None:
        """Take the outcome of one try to write: empty when it went well."""
        now = self.clock.monotonic()
        if not problem:
            self.since = self.told = self._logged = None
            return
        if self._logged is None or now - self._logged >= LOG_SECONDS:
            self._logged = now
            _LOG.error("alerts: %s", problem)
        self.since = now if self.since is None else self.since
        if now - self.since < PATIENCE_SECONDS or (self.told is not None and now - self.told < AGAIN_SECONDS):
            return
        self.told = now
        moment = self.clock.now()
        for sender in self.crew.senders.values():
            message = self._message(problem, sender.plan, composer, moment)
            people = [person for person in composer.test_people(moment) if sender.notifier.address(sender.plan.options, person)]
            try:
                await sender.notifier.send(message, people, f"emergency-{moment}")
            except NotifyError as error:
                _LOG.error("channel %s: %s", sender.plan.name, error)  # the other channels are tried all the same

    def _message(self, problem: str, plan: ChannelPlan, composer: Composer, now: Instant) -> Message:
        say = translator(plan.language)
        instance = composer.configuration.instance.name
        title = say("✖ CRIT Wenyam {instance} cannot write").format(instance=instance)
        body = say("Nothing can be recorded, so no alert can be raised: {problem}").format(problem=clean(problem, 500))
        return Message(Event.OPENED, Severity.CRITICAL, title, body, plan.language, now)
