"""Whose datagrams are read, decided before any of them is looked into: a share for each source, and turns among them. Pure."""

from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Hashable, Mapping
from typing import Generic, TypeVar

from wenyam.model.receiving import Share

SOURCES = 4096
"""Sources remembered; the one that was silent longest is forgotten first."""
OTHERS = "other sources"
"""Stands for sources whose counts no longer fit."""

Item = TypeVar("Item")


class Bucket:
    """A token bucket: what was saved up to `burst`, refilled at `rate` a second."""

    __slots__ = ("_at", "_saved", "_share")

    def __init__(self, share: Share, now: float) -> None:
        """Begin full."""
        self._share, self._saved, self._at = share, float(share.burst), now

    def take(self, now: float) -> bool:
        """Take one, if there is one."""
        self._saved = min(self._share.burst, self._saved + max(0.0, now - self._at) * self._share.rate)
        self._at = now
        if self._saved < 1:
            return False
        self._saved -= 1
        return True


class Shares:
    """A bucket for each source, of a bounded number of sources."""

    def __init__(self, share: Share, limit: int = SOURCES) -> None:
        """Take the share that each source has."""
        self._share, self._limit = share, limit
        self._buckets: OrderedDict[Hashable, Bucket] = OrderedDict()

    def admit(self, source: Hashable, now: float) -> bool:
        """Tell whether this source may have one more."""
        bucket = self._buckets.get(source)
        if bucket is None:
            bucket = self._buckets[source] = Bucket(self._share, now)
            if len(self._buckets) > self._limit:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(source)
        return bucket.take(now)


class Tally:
    """Counts by source and reason, of a bounded number of them."""

    def __init__(self, limit: int = SOURCES) -> None:
        """Count nothing yet."""
        self._limit = limit
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, source: str, reason: str) -> None:
        """Count one."""
        if len(self._counts) >= self._limit and (source, reason) not in self._counts:
            source = OTHERS
        self._counts[source, reason] += 1

    def drain(self) -> Mapping[tuple[str, str], int]:
        """Return what was counted and begin anew."""
        counts, self._counts = self._counts, Counter()
        return counts


class Turns(Generic[Item]):
    """A bounded queue in which sources take turns; what comes from strangers waits until nobody known waits.

    Forged senders can be as many as the sender likes, so strangers together never get in the way of the inventory.
    """

    def __init__(self, known: Callable[[str], bool], each: int, limit: int) -> None:
        """Take how many may wait for each source, and how many strangers' items for all of them."""
        self._known, self._each, self._limit = known, each, limit
        self._lanes: tuple[OrderedDict[str, deque[Item]], ...] = (OrderedDict(), OrderedDict())
        self._strange = 0

    def __len__(self) -> int:
        """Return how many wait."""
        return sum(len(waiting) for lane in self._lanes for waiting in lane.values())

    def put(self, source: str, item: Item) -> bool:
        """Let an item wait; False when this source has enough waiting, or strangers have."""
        strange = not self._known(source)
        waiting = self._lanes[strange].get(source, deque())
        if len(waiting) >= self._each or (strange and self._strange >= self._limit):
            return False
        self._strange += strange
        waiting.append(item)
        self._lanes[strange].setdefault(source, waiting)
        return True

    def take(self) -> Item | None:
        """Return the next item: one of each source in turn; None when nothing waits."""
        for strange, lane in enumerate(self._lanes):
            if lane:
                source, waiting = lane.popitem(last=False)
                item = waiting.popleft()
                self._strange -= strange
                if waiting:
                    lane[source] = waiting
                return item
        return None
