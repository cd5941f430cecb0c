"""Incidents that no check found: opened by hand, or asked for on form FM-DM-01 (MOAC process 10). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from wenyam.errors import UsageError
from wenyam.i18n.translate import mark
from wenyam.incidents import facts
from wenyam.incidents.desk import Desk
from wenyam.incidents.incident import Category, Origin
from wenyam.incidents.intake import category_of, free_code, site_of
from wenyam.incidents.refusal import IncidentRefusedError, line, lines
from wenyam.model.alerting import Severity
from wenyam.model.facts import Fact, FactBody
from wenyam.model.instants import Instant
from wenyam.model.inventory import Inventory
from wenyam.model.states import Subject, SubjectKind
from wenyam.settings.unknown import unknown

REQUEST_FIELDS: Final[Mapping[str, str]] = {
    "requester": mark("Requested by"),
    "unit": mark("Unit"),
    "telephone": mark("Telephone"),
    "mail": mark("E-mail"),
    "system": mark("Information system"),
    "asked": mark("What is asked"),
    "wanted_by": mark("Wanted by"),
}
"""Form FM-DM-01, in its order."""
_PERSONAL: Final = frozenset({"requester", "telephone", "mail"})
"""Enter the chain only as salted digests, so that they can be erased."""
_NEEDED: Final = ("requester", "unit", "asked")
_TITLE_LENGTH: Final = 80


@dataclass(frozen=True, slots=True)
class Opening:
    """What somebody says who opens an incident."""

    title: str = ""
    subject: str = ""
    """`device:core-1`, a bare device name, `link:…` or `service:…`; empty when it is about nothing in the inventory."""
    site: str = ""
    severity: Severity = Severity.WARNING
    category: Category | None = None
    began: Instant | None = None
    request: Mapping[str, str] = field(default_factory=dict)
    """Fields of FM-DM-01; empty for an incident that is no service request."""


def opened(desk: Desk, said: Opening, home: str) -> list[Fact]:
    """Return the facts that open an incident; the code of the first is its code. `home` is the site of what names none."""
    form = _form(said.request)
    root = _root(desk, said.subject)
    began = desk.now if said.began is None else said.began
    if began > desk.now:
        raise IncidentRefusedError(f"it cannot have begun at {desk.told(began)}, which is still to come")
    title = line(said.title, "the title", needed=not form) or line(form["asked"], "what is asked")[:_TITLE_LENGTH]
    site = _site(said.site, root, desk.inventory) or home
    code = free_code(desk.book, f"{title} {began} {desk.now} {desk.actor}")
    fact = facts.opened(
        code,
        desk.now,
        desk.actor,
        origin=Origin.REQUEST if form else Origin.BY_HAND,
        category=Category.REQUEST if form else said.category or _category(root, desk.inventory),
        root=root,
        title=title,
        site=site,
        severity=said.severity,
        began=began,
    )
    return [fact, *([_details(desk, code, form)] if form else [])]


def _details(desk: Desk, code: str, form: Mapping[str, str]) -> Fact:
    plain: FactBody = {name: text for name, text in form.items() if name not in _PERSONAL}
    personal: FactBody = {name: text for name, text in form.items() if name in _PERSONAL}
    return facts.detailed(code, desk.now, desk.actor, plain, personal)


def _form(written: Mapping[str, str]) -> dict[str, str]:
    """Return the fields of a request that were filled in; IncidentRefusedError when one that is needed is not."""
    if not written:
        return {}
    empty = [name for name in _NEEDED if not written.get(name, "").strip()]
    if empty:
        raise IncidentRefusedError(f"a service request (FM-DM-01) needs {', '.join(name.replace('_', ' ') for name in empty)}")
    cleaned = {name: (lines if name == "asked" else line)(written.get(name, ""), name, needed=False) for name in REQUEST_FIELDS}
    return {name: text for name, text in cleaned.items() if text}


def _root(desk: Desk, text: str) -> Subject | None:
    """Return the subject it is about; refused when it is unknown or in an open incident already."""
    if not text:
        return None
    try:
        subject = Subject.parse(text)
    except ValueError as error:
        raise UsageError(f"'{line(text, 'subject', needed=False)}' is no subject", hint="Right: core-1, service:erp.") from error
    if subject.name not in (named := _named(subject.kind, desk.inventory)):
        raise unknown(subject.kind.value, subject.name, named)
    held = next((each for each in desk.book.open() if subject == each.root or subject in each.members), None)
    if held is not None:
        raise IncidentRefusedError(
            f"{subject} belongs to the open incident {held.code}", hint=f"See: wenyam incident show {held.code}"
        )
    return subject


def _named(kind: SubjectKind, inventory: Inventory) -> list[str]:
    places = {SubjectKind.DEVICE: inventory.devices, SubjectKind.LINK: inventory.links, SubjectKind.SERVICE: inventory.services}
    return [*places.get(kind, {})]


def _site(written: str, root: Subject | None, inventory: Inventory) -> str:
    if written and written not in inventory.sites:
        raise unknown("site", line(written, "site"), inventory.sites)
    return written or ("" if root is None else site_of(root, inventory))


def _category(root: Subject | None, inventory: Inventory) -> Category:
    return Category.SYSTEM if root is None else category_of(root, inventory)
