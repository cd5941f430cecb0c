"""Short ways to the panels that most dashboards are made of."""

from wenyam.testing.grafana.parts import Kind, Level, Meaning, Panel, Query, Words


def lines(title: Words, about: Words, *queries: Query, unit: str, runbook: str, width: int = 8, **more: float) -> Panel:
    """Return values over time, from zero; `least` and `most` change the axis."""
    limits = {"least": 0.0, **more}
    return Panel(
        Kind.LINES, title, about, queries, unit, width, 8, least=limits["least"], most=limits.get("most"), runbook=runbook
    )


def watched_lines(title: Words, about: Words, query: Query, levels: tuple[Level, ...], *, unit: str, runbook: str) -> Panel:
    """Return values over time with their thresholds drawn in."""
    return Panel(Kind.LINES, title, about, (query,), unit, 8, 8, levels, least=0, runbook=runbook)


def states(title: Words, about: Words, query: Query, meanings: tuple[Meaning, ...], *, runbook: str, width: int = 12) -> Panel:
    """Return states over time, one band each."""
    return Panel(Kind.STATES, title, about, (query,), "short", width, 8, meanings=meanings, runbook=runbook)


def stat(title: Words, about: Words, query: Query, levels: tuple[Level, ...] = (), *, unit: str = "short", runbook: str) -> Panel:
    """Return one number, or one for each series."""
    return Panel(Kind.STAT, title, about, (query,), unit, 4, 5, levels, runbook=runbook)


def meant(title: Words, about: Words, query: Query, meanings: tuple[Meaning, ...], *, runbook: str) -> Panel:
    """Return one number whose meaning is a word."""
    return Panel(Kind.STAT, title, about, (query,), "short", 6, 6, meanings=meanings, runbook=runbook)


def table(title: Words, about: Words, *queries: Query, runbook: str, unit: str = "short", width: int = 12) -> Panel:
    """Return the present values as rows; each query is a column under its legend."""
    return Panel(Kind.TABLE, title, about, queries, unit, width, 9, runbook=runbook)


def gauge(title: Words, about: Words, query: Query, levels: tuple[Level, ...], least: float, *, runbook: str) -> Panel:
    """Return ratios on a dial that begins at `least`."""
    return Panel(
        Kind.GAUGE, title, about, (query,), "percentunit", 8, 7, levels, least=least, most=1, decimals=3, runbook=runbook
    )  # fmt: skip
