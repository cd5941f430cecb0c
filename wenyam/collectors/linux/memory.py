"""Memory and swap from /proc/meminfo (proc(5))."""

from dataclasses import dataclass

from wenyam.errors import MalformedReplyError


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes. Buffers and page cache are not used memory."""

    total: int
    used: int
    swap_total: int
    swap_used: int


def read_memory(text: str) -> Memory:
    """Read the file; MalformedReplyError when it lacks what every kernel gives."""
    found: dict[str, int] = {}
    for line in text.splitlines():
        name, _, rest = line.partition(":")
        words = rest.split()
        if words and words[0].isdigit():
            found[name] = int(words[0]) * (1024 if words[1:] == ["kB"] else 1)
    try:
        available = found["MemAvailable"] if "MemAvailable" in found else _estimated(found)
        swap_total = found.get("SwapTotal", 0)
        return Memory(
            found["MemTotal"],
            max(0, found["MemTotal"] - available),
            swap_total,
            max(0, swap_total - found.get("SwapFree", swap_total)),
        )
    except KeyError as error:
        raise MalformedReplyError(f"/proc/meminfo has no {error}") from error


def _estimated(found: dict[str, int]) -> int:
    """Estimate what kernels before 3.14 do not say: free, buffers and cache, without shared memory, which cannot be dropped."""
    reclaimable = found.get("Cached", 0) + found.get("SReclaimable", 0) - found.get("Shmem", 0)
    return found["MemFree"] + found.get("Buffers", 0) + max(0, reclaimable)
