"""The reader of answers: looks into the mailbox, takes each answer once, acknowledges or notes a refusal, and answers nobody."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from wenyam.alerts import reply_record
from wenyam.alerts.replies import Mail, Refusal, Verdict, judge, people_with_mail, read_mail, sender_digest
from wenyam.alerts.reply_record import KINDS, VIA, ReplyRecord
from wenyam.engine.watcher import Watcher
from wenyam.errors import CollectError, CredentialsRefusedError, WenyamError
from wenyam.i18n.clean_text import clean
from wenyam.links.imap import ImapLink, ImapLogin, ImapServer, Mailbox
from wenyam.model.facts import Fact
from wenyam.model.guarding import ReplyPlan
from wenyam.model.inventory import AT_ONCE, Policy
from wenyam.model.states import CheckResult, Observation, State, Subject, SubjectKind
from wenyam.settings.secrets import SecretReader

_LOG = logging.getLogger(__name__)

READABLE = Subject(SubjectKind.MONITOR, "replies", "mailbox")
TWICE = Policy(after=2, of=2)

UNUSED_SECONDS = 30.0
BYTES_READ = 64 << 10
"""What somebody writes in answer stands at the beginning; the rest of a mail is never fetched."""
MAILS_AT_ONCE = 100
"""Mails of one look; the others wait for the next."""

Acknowledge = Callable[[str, str, str], Awaitable[str]]
"""Gets code, person id and `mail:DIGEST`, returns a sentence; a WenyamError that is `permanent` refuses for good. Asked
again for the same mail after a crash, so it must not mind that the incident is acknowledged already."""


class ReplyReader:
    """Reads answers on schedule, as the present configuration says."""

    def __init__(self, watcher: Watcher, secrets: SecretReader, acknowledge: Acknowledge, knows: Callable[[str], bool]) -> None:
        """Take the watcher, who acknowledges, and who tells whether a code is that of an incident."""
        self._watcher = watcher
        self._secrets = secrets
        self._acknowledge = acknowledge
        self._knows = knows
        self._link = ImapLink()
        self._record: ReplyRecord | None = None
        self._refused: tuple[ReplyPlan, float] | None = None
        """The plan whose login was refused, and until when it is not tried again, on the monotonic clock."""

    async def run(self) -> None:
        """Look for ever."""
        try:
            while True:
                plan = self._watcher.configuration.guarding.replies
                await self.turn()
                await self._watcher.clock.sleep(UNUSED_SECONDS if plan is None else plan.every)
        finally:
            self._link.close()

    async def turn(self) -> None:
        """Look once; what goes wrong is a state of ours and is tried again."""
        plan, board = self._watcher.configuration.guarding.replies, self._watcher.board
        if plan is None:
            board.forget(READABLE, self._watcher.clock.now(), "no mailbox of answers is configured")
            return
        if self._must_wait(plan):
            return
        try:
            count = await self._look(plan)
        except CredentialsRefusedError as error:
            pause = max(plan.every, self._watcher.configuration.instance.credential_retry)
            self._refused = (plan, self._watcher.clock.monotonic() + pause)
            self._say(State.CRIT, f"answers by mail cannot be read: {error.sentence}; next try in {pause:.0f} s", AT_ONCE)
        except WenyamError as error:
            self._say(State.CRIT, f"answers by mail cannot be read: {error.sentence}", TWICE)
        else:
            self._say(State.OK, "answers by mail are read" + (f", {MAILS_AT_ONCE} at a look" if count == MAILS_AT_ONCE else ""))

    def _must_wait(self, plan: ReplyPlan) -> bool:
        """Tell whether this login was refused a short while ago; one that was changed is tried at once."""
        if self._refused is None or self._refused[0] != plan:
            return False
        return self._watcher.clock.monotonic() < self._refused[1]

    async def _look(self, plan: ReplyPlan) -> int:
        record = await self._on_record()
        server = ImapServer(plan.host, plan.port, plan.security, plan.authority)
        login = ImapLogin(plan.username, self._secrets.read(plan.password))
        failures: list[WenyamError] = []
        async with self._link.open(server, login, plan.folder, plan.timeout) as mailbox:
            numbers = await mailbox.unseen(MAILS_AT_ONCE)
            for number in numbers:
                try:
                    await self._deal_with(mailbox, number, plan, record)
                except CollectError:
                    raise
                except WenyamError as error:  # left unseen and tried again; the next mail may be luckier
                    failures.append(error)
        if failures:
            raise failures[0]
        return len(numbers)

    async def _on_record(self) -> ReplyRecord:
        if self._record is None:
            journal = self._watcher.journal
            known = await journal.call(journal.writer.facts_after, 0, KINDS)
            self._record = ReplyRecord.of(chained.fact for chained in known)
        return self._record

    async def _deal_with(self, mailbox: Mailbox, number: str, plan: ReplyPlan, record: ReplyRecord) -> None:
        """Take one mail: what it does is on record before it is marked, so that a crash loses nothing and repeats nothing."""
        mail = read_mail(await mailbox.fetch(number, BYTES_READ), plan.authserv_id)
        if mail.digest not in record.done:
            verdict = self._judged(mail, plan, record)
            if verdict.code:
                verdict = await self._take(mail, verdict, plan, record)
            if verdict.refusal is not None and mail.digest not in record.refused:
                await self._note(mail, verdict.refusal, verdict, record)
        await mailbox.take(number, plan.taken)

    def _judged(self, mail: Mail, plan: ReplyPlan, record: ReplyRecord) -> Verdict:
        people = people_with_mail(dict(self._watcher.configuration.inventory.people))
        now = self._watcher.clock.now()

        def blocked(sender: str) -> bool:
            return record.is_blocked(self._named(sender), plan.wrong_codes, now)

        return judge(mail, people, plan, self._knows, blocked)

    async def _take(self, mail: Mail, verdict: Verdict, plan: ReplyPlan, record: ReplyRecord) -> Verdict:
        try:
            async with asyncio.timeout(plan.timeout):
                said = await self._acknowledge(verdict.code, verdict.person, VIA + mail.digest)
        except TimeoutError as error:
            raise WenyamError(f"'{verdict.code}' could not be acknowledged within {plan.timeout:g} s") from error
        except WenyamError as error:
            if not error.permanent:
                raise
            return Verdict(Refusal.NOT_TAKEN, clean(error.sentence, 200), verdict.person)
        await self._write(
            reply_record.taken(mail.digest, self._watcher.clock.now(), verdict.person, verdict.code, clean(said, 200)), record
        )
        return verdict

    async def _note(self, mail: Mail, refusal: Refusal, verdict: Verdict, record: ReplyRecord) -> None:
        now, sender = self._watcher.clock.now(), self._named(mail.sender)
        if not record.is_worth_noting(sender, refusal, now):
            record.unnoted += 1
            if refusal is Refusal.WRONG_CODE:
                record.saw_wrong_code(sender, now)
            return
        _LOG.warning("an answer by mail was refused: %s %s", refusal.value, clean(verdict.detail, 200))
        fact = reply_record.refused(
            mail.digest, now, sender, refusal, person=verdict.person, detail=clean(verdict.detail, 200), unnoted=record.unnoted
        )
        await self._write(fact, record)

    async def _write(self, fact: Fact, record: ReplyRecord) -> None:
        await self._watcher.journal.record(fact)
        record.adopt(fact)

    def _named(self, sender: str) -> str:
        return sender_digest(self._watcher.configuration.instance.name, sender)

    def _say(self, state: State, summary: str, policy: Policy = AT_ONCE) -> None:
        observation = Observation(self._watcher.clock.now(), CheckResult(state, summary))
        self._watcher.board.observe(READABLE, observation, policy)
