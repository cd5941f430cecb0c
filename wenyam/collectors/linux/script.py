"""The one command that a poll runs on a Linux host."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from wenyam.collectors.linux.sections import PREAMBLE, new_marker

LAST_SECTION: Final = "clock_end"

# Positional words: marker, seconds between two CPU readings, seconds for each part that can hang on a dying disk or daemon,
# 1 to look for updates, 1 to ask SMART, then systemd units. -l keeps df away from dead network mounts.
SCRIPT: Final = (
    PREAMBLE
    + r"""
pause=$1; limit=$2; updates=$3; smart=$4; shift 4
count_processes() ( set -- /proc/[0-9]*; echo $# )
count_users() { who | awk '{print $1}' | sort -u | wc -l; }
disks() ( cd /sys/block && echo * )
hardware() (
  cd /sys/class/dmi/id || return
  for part in sys_vendor product_name product_serial; do printf '%s=' $part; cat $part 2>/dev/null || echo; done
)
ask_smart='for disk in $(smartctl --scan | awk "{print \$1}"); do
  printf "disk %s\n" "$disk"; smartctl -n standby -H "$disk" || sudo -n smartctl -n standby -H "$disk"; done'
pending() {
  if command -v apt-get >/dev/null; then
    echo apt
    timeout "$((${limit%.*} * 2))" apt-get -s -qq -o Debug::NoLocking=true -o APT::Get::Show-User-Simulation-Note=false upgrade
  elif command -v dnf >/dev/null; then
    echo dnf; timeout "$limit" dnf -q --cacheonly check-update; [ $? -eq 100 ] || [ $? -eq 0 ]
  else return 3; fi
}
section clock_begin date '+%s.%N'
section cpu_before grep '^cpu' /proc/stat
section uptime cat /proc/uptime
section load cat /proc/loadavg
section memory cat /proc/meminfo
section filesystems timeout "$limit" df -PTl -B1
section inodes timeout "$limit" df -PTli
section disks disks
section diskstats cat /proc/diskstats
section processes count_processes
section users count_users
[ -r /proc/mdstat ] && section raid cat /proc/mdstat
section os cat /etc/os-release
section kernel uname -nr
section hardware hardware
[ -d /run/systemd/system ] && section failed timeout "$limit" systemctl list-units --failed --plain --no-legend --no-pager
[ $# -gt 0 ] && section units timeout "$limit" systemctl show --property=Id,LoadState,ActiveState -- "$@"
[ "$smart" = 1 ] && command -v smartctl >/dev/null && section smart timeout "$limit" sh -c "$ask_smart"
[ "$updates" = 1 ] && section updates pending
[ "$pause" = 0 ] || sleep "$pause"
section cpu_after grep '^cpu' /proc/stat
section clock_end date '+%s.%N'
exit 0
"""
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a poll wants beside the usual."""

    units: Sequence[str] = ()
    pause: float = 0.0
    """Seconds between two readings of the processors; 0 when an earlier poll's reading is at hand."""
    limit: float = 10.0
    """Seconds for each part that can hang."""
    updates: bool = False
    smart: bool = False


def command(wishes: Wishes) -> tuple[list[str], str]:
    """Return the command of one poll and the marker of its sections, which no host can guess."""
    marker = new_marker()
    switches = (str(int(wishes.updates)), str(int(wishes.smart)))
    words = ["sh", "-c", SCRIPT, "wenyam", marker, f"{wishes.pause:g}", f"{wishes.limit:g}", *switches, *wishes.units]
    return words, marker
