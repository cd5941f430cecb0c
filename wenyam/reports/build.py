"""Builds a report: every chapter found in `sections`, in its order."""

import pkgutil
from collections.abc import Callable
from importlib import import_module
from typing import Final

from wenyam.errors import UsageError
from wenyam.i18n.dates import format_period
from wenyam.i18n.periods import NamedPeriod
from wenyam.i18n.translate import mark
from wenyam.model.instants import MILLISECONDS
from wenyam.operations.reports import Inquiry
from wenyam.reports import sections
from wenyam.reports.tables import Report, Section
from wenyam.reports.words import Words

Builder = Callable[[Inquiry, Words], Section]

TITLES: Final = {
    "month": mark("Monthly report"),
    "quarter": mark("Quarterly report"),
    "year": mark("Yearly report"),
}
PERIODS: Final = {"month": "last-month", "quarter": "last-fy-quarter", "year": "last-fy"}
"""The period each report is about when none is asked for: the last complete one."""

_DAYS: Final = {"month": range(28, 32), "quarter": range(90, 93), "year": range(365, 367)}


def require_fit(kind: str, period: NamedPeriod) -> None:
    """Refuse a whole month, quarter or year under the title of another; any other stretch of time may have any title."""
    days = round((period.period.end - period.period.start) / (86_400 * MILLISECONDS))
    right = next((name for name, lengths in _DAYS.items() if days in lengths), kind)
    if right != kind:
        raise UsageError(f"'{period.name}' is a {right}, not a {kind}", hint=f"Run: wenyam report {right} --period {period.name}")


def builders() -> list[Builder]:
    """Return the builder of every chapter in order."""
    modules = [import_module(f"{sections.__name__}.{found.name}") for found in pkgutil.iter_modules(sections.__path__)]
    return [module.build for module in sorted(modules, key=lambda module: (module.ORDER, module.__name__))]


def build(kind: str, inquiry: Inquiry, words: Words) -> Report:
    """Return the monthly, quarterly or yearly report."""
    chapters = [builder(inquiry, words) for builder in builders()]
    return Report(
        kind, f"{words.say(TITLES[kind])}: {inquiry.account.period.label(words.language)}", head(inquiry, words), chapters
    )


def head(inquiry: Inquiry, words: Words) -> list[str]:
    """Return the lines under a title: what, where, when, made when."""
    say, instance, account = words.say, inquiry.configuration.instance, inquiry.account
    site = inquiry.inventory.sites.get(instance.site)
    where = words.label(None if site is None else site.label) or instance.site
    return [
        f"{say('Watched by')}: {instance.name}, {where}",
        f"{say('Period')}: {format_period(account.period.period, words.time_zone, words.language)} ({words.time_zone})",
        f"{say('Counted until')}: {words.instant(inquiry.past.end)}",
        f"{say('Made')}: {words.instant(account.now)}",
    ]
