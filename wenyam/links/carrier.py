"""Whether an own network interface has a carrier, from the kernel (Documentation/ABI/testing/sysfs-class-net)."""

from pathlib import Path


def has_carrier(interface: str) -> bool:
    """Return True when the interface is up with a carrier; False when it is down, dark or not there."""
    try:
        return (Path("/sys/class/net") / interface / "carrier").read_text(encoding="ascii").strip() == "1"
    except OSError:
        # The kernel answers EINVAL while the interface is administratively down.
        return False
