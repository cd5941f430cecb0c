"""Whether the size of a backup is what it should be (R4.1, R4.3). Pure."""

from collections.abc import Sequence
from statistics import median

from wenyam.backup.catalogue import Backup
from wenyam.errors import SourceError
from wenyam.model.backup import SizeBand


class UnusualLinesError(SourceError):
    """What was read has another number of lines than usual, so it was not stored and waits for a person's reason."""

    def __init__(self, what: str, *, lines: int, hint: str) -> None:
        """Say what was found; `lines` are what a person's reason makes the new normal."""
        super().__init__(what, hint=hint)
        self.lines = lines


REMEMBERED = 30
"""Backups whose median is the normal; so a little less each night is noticed in the end."""
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
_STEP = 1024


_ALL_BUT = 0.1
"""With less than this share left, nearly everything is gone: that is never a small change."""
_FEW_BYTES, _FEW_ROWS = 4096, 10
"""Of less than this nothing can be said by a share."""


def normal(backups: Sequence[Backup]) -> float | None:
    """Return the normal size in bytes; a size that a person accepted is where counting begins anew. None before the first."""
    sizes = [backup.bytes for backup in _like_the_last(backups)]
    return median(sizes) if sizes else None


def normal_rows(backups: Sequence[Backup]) -> float | None:
    """Return the normal number of rows in all tables, as `normal` does; None where none were counted."""
    counts = [backup.rows for backup in _like_the_last(backups) if backup.rows is not None]
    return median(counts) if counts else None


def _like_the_last(backups: Sequence[Backup]) -> list[Backup]:
    counted = [backup for backup in backups if backup.counts]
    begins = next((place for place in reversed(range(len(counted))) if counted[place].accepted), 0)
    return counted[begins:][-REMEMBERED:]


def anomaly(size: int, usual: float | None, band: SizeBand) -> str:
    """Return the sentence about a size outside its band; empty when it is inside, or when there is nothing to compare with."""
    if usual is None:
        return ""
    is_gone = usual >= _FEW_BYTES and size < usual * _ALL_BUT
    if abs(size - usual) < band.minimum_bytes and not is_gone:
        return ""
    if size < usual * (1 - band.shrink) or is_gone:
        return f"size {_share(size, usual)}: {write(size)}, normal {write(usual)}, limit -{band.shrink:.0%}"
    if size > usual * (1 + band.grow):
        return f"size {_share(size, usual)}: {write(size)}, normal {write(usual)}, limit +{band.grow:.0%}"
    return ""


def lost_rows(rows: int | None, usual: float | None) -> str:
    """Return the sentence about tables that were emptied, however small they are; empty when they were not, or never counted."""
    if rows is None or usual is None or usual < _FEW_ROWS or rows >= usual * _ALL_BUT:
        return ""
    return f"rows {_share(rows, usual)}: {rows:,} in all tables, normal {usual:,.0f}: nearly all of them are gone"


def write(size: float) -> str:
    """Write bytes for people: `3.2 GiB`."""
    for unit in _UNITS:
        if size < _STEP or unit == _UNITS[-1]:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= _STEP
    return ""


def _share(size: float, usual: float) -> str:
    return f"{size / usual - 1:+.0%}" if usual else "was nothing"
