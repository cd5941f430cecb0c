"""What went wrong on the way to a person, as the one kind of error that the sender's caller understands."""

from email.utils import parsedate_to_datetime
from typing import Final

from wenyam.alerts.contract import NotifyError, Surroundings
from wenyam.clock import Clock
from wenyam.errors import SecretError, WenyamError
from wenyam.i18n.clean_text import clean
from wenyam.links.http_call import Answer
from wenyam.model.instants import from_datetime, seconds_between
from wenyam.model.inventory import SecretReference

_LONGEST_WAIT: Final = 3600.0
_TOO_EARLY: Final = frozenset({408, 425, 429})
_SERVER_FAULT: Final = 500
_WORDS: Final = 200
HIDDEN: Final = "•••"


class QuotaSpentError(NotifyError):
    """The channel's quota is nearly spent, so the message must take another channel."""

    def __init__(self, what: str = "", *, hint: str | None = None) -> None:
        """Say how much is left; never tried again here."""
        super().__init__(what, hint=hint, lasting=True)


def of(error: WenyamError) -> NotifyError:
    """Turn an error of a link or of a secret into a NotifyError; raise it from the original."""
    return NotifyError(error.sentence, hint=error.advice, lasting=error.permanent)


def secret(surroundings: Surroundings, reference: SecretReference) -> str:
    """Read a secret now; a lasting NotifyError when it cannot be read."""
    try:
        return surroundings.secrets.read(reference)
    except SecretError as error:
        raise of(error) from error


def of_answer(answer: Answer, at: str, clock: Clock, *secrets: str) -> NotifyError:
    """Turn an HTTP answer that is no success into a NotifyError; what it repeats of the secrets is hidden."""
    words = clean(hidden(answer.text, *secrets), _WORDS)
    lasting = answer.status < _SERVER_FAULT and answer.status not in _TOO_EARLY
    sentence = f"{at} answered {answer.status}" + (f": {words}" if words else "")
    return NotifyError(sentence, hint=_hint(answer.status), lasting=lasting, retry_after=retry_after(answer, clock))


def _hint(status: int) -> str:
    return "Is the token right, and not withdrawn or ended?" if status in (401, 403) else ""


def hidden(text: str, *secrets: str) -> str:
    """Return a text without these secrets."""
    for each in secrets:
        text = text.replace(each, HIDDEN) if each else text
    return text


def retry_after(answer: Answer, clock: Clock) -> float | None:
    """Return the seconds that `Retry-After` (RFC 9110 10.2.3) asks for, an hour at most; None when it says nothing sensible."""
    written = answer.headers.get("retry-after", "").strip()
    if written.isascii() and written.isdigit():
        return min(float(written), _LONGEST_WAIT)
    try:
        moment = from_datetime(parsedate_to_datetime(written))
    except ValueError:  # no date, or one without a zone
        return None
    return min(max(0.0, seconds_between(clock.now(), moment)), _LONGEST_WAIT)
