"""Recorded texts of Linux hosts, and what each parser makes of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from wenyam.collectors.linux import disks, filesystems, memory, processors, raid, services, system
from wenyam.collectors.linux.script import LAST_SECTION, Wishes, command
from wenyam.collectors.linux.sections import Section, sections
from wenyam.errors import MalformedReplyError
from wenyam.model.instants import Instant

STAT_BEFORE = """cpu  140600 17957 31123 629012 7342 0 1590 280 10 0
cpu0 50552 1828 13139 345255 2372 0 244 128 0 0
cpu1 90048 16129 17983 283756 4969 0 1345 152 0 0"""
STAT_AFTER = """cpu  140700 17957 31123 629212 7442 0 1590 280 10 0
cpu0 50602 1828 13139 345305 2372 0 244 128 0 0
cpu1 90098 16129 17983 283906 5069 0 1345 152 0 0"""
MEMINFO = """MemTotal:       16000000 kB
MemFree:         1000000 kB
MemAvailable:   12000000 kB
Buffers:          500000 kB
Cached:         10500000 kB
SwapTotal:       2000000 kB
SwapFree:        1500000 kB
Shmem:            300000 kB
SReclaimable:     400000 kB
HugePages_Total:       0"""
DF = """Filesystem               Type          1-blocks         Used    Available Capacity Mounted on
udev                     devtmpfs    4088250368            0   4088250368       0% /dev
tmpfs                    tmpfs        820662272      1294336    819367936       1% /run
/dev/mapper/vg-root      ext4       31526395904  12188106752  17711054848      41% /
/dev/sda1                vfat         535805952      6127616    529678336       2% /boot/efi
/dev/sdb1                xfs      1000000000000 900000000000 100000000000      90% /srv/file server
//nas/share name         cifs        1000000000    250000000    750000000      25% /mnt/ของ สงบข.
/dev/sdc1                ext4        1000000000    950000000            0     100% /full
/dev/loop3               squashfs      67108864     67108864            0     100% /snap/core22/864
/dev/sr0                 iso9660      654311424    654311424            0     100% /media/cdrom
overlay                  overlay    31526395904  12188106752  17711054848      41% /var/lib/docker/overlay2/x/merged
/dev/sdd1                ext4       -                      -            -       - /odd
df: /mnt/dead: Stale file handle"""
INODES = """Filesystem           Type     Inodes   IUsed    IFree IUse% Mounted on
/dev/mapper/vg-root  ext4    1966080  196608  1769472   10% /
/dev/sdb1            btrfs         0       0        0     - /srv/file server
tmpfs                tmpfs    500000     900   499100    1% /run"""
DISKSTATS = """   7       0 loop0 10 0 20 0 0 0 0 0 0 0 0
   8       0 sda 1000 5 2048 30 500 6 4096 70 0 80 90 0 0 0 0 0 0
   8       1 sda1 990 5 2000 30 490 6 4000 70 0 80 90 0 0 0 0 0 0
 259       0 nvme0n1 1 2 3 4 5 6 7 8 9 10 11
 253       0 dm-0 1 2 3 4 5 6 7 8 9 10 11"""
MDSTAT = """Personalities : [raid1] [raid6] [raid5] [raid4] [raid0]
md0 : active raid1 sdb1[1] sda1[0]
      1048512 blocks super 1.2 [2/2] [UU]
      bitmap: 0/1 pages [0KB], 65536KB chunk

md1 : active raid5 sdd1[3](F) sdc1[1] sdb2[0]
      2095104 blocks super 1.2 level 5, 512k chunk, algorithm 2 [3/2] [UU_]
      [==>..................]  recovery = 12.6% (132352/1047552) finish=0.1min speed=132352K/sec

md2 : inactive sde1[0](S)
      1046528 blocks super 1.2

md3 : active (auto-read-only) raid1 sdf1[1] sdg1[0]
      1048512 blocks super 1.2 [2/2] [UU]

md4 : active raid0 sdh1[1] sdi1[0]
      2095104 blocks super 1.2 512k chunks

unused devices: <none>"""
SMART = """disk /dev/sda
smartctl 7.3 2022-02-28 r5338 [x86_64-linux-6.1.0] (local build)
=== START OF READ SMART DATA SECTION ===
SMART overall-health self-assessment test result: PASSED
disk /dev/sdb
SMART overall-health self-assessment test result: FAILED!
Drive failure expected in less than 24 hours. SAVE ALL DATA.
disk /dev/sdc
SMART Health Status: OK
disk /dev/sdd
SMART Health Status: FAILURE PREDICTION THRESHOLD EXCEEDED [asc=5d, ascq=0]
disk /dev/sde
Device is in STANDBY mode, exit(2)
disk /dev/sdf
Smartctl open device: /dev/sdf failed: Permission denied
sudo: a password is required"""
FAILED_UNITS = """nginx.service loaded failed failed A high performance web server
● backup@erp.service loaded failed failed Backup of erp
"""
UNITS = """Id=ssh.service
LoadState=loaded
ActiveState=active

Id=nginx.service
LoadState=loaded
ActiveState=inactive

Id=gone.service
LoadState=not-found
ActiveState=inactive

Id=slow.service
LoadState=loaded
ActiveState=activating
"""
APT = """apt
Inst base-files [12.4+deb12u11] (12.4+deb12u15 Debian:12.15/oldstable [amd64])
Conf base-files (12.4+deb12u15 Debian:12.15/oldstable [amd64])
Inst openssl [3.0.11-1] (3.0.22-1 Debian-Security:12/oldstable-security [amd64])
Conf openssl (3.0.22-1 Debian-Security:12/oldstable-security [amd64])"""
DNF = """dnf
kernel.x86_64                 5.14.0-503.el9                 baseos
openssl-libs.x86_64           1:3.2.2-6.el9                  baseos
Obsoleting Packages
old.noarch                    1.0-1                          appstream
    new.noarch                2.0-1                          appstream"""


def test_processors_are_busy_by_the_difference_and_waiting_for_disks_is_idle() -> None:
    shares = processors.busy(processors.read_ticks(STAT_BEFORE), processors.read_ticks(STAT_AFTER))
    assert shares == {"all": pytest.approx(0.25), "0": pytest.approx(0.5), "1": pytest.approx(1 / 6)}


def test_counters_that_went_back_give_no_value() -> None:
    assert processors.busy(processors.read_ticks(STAT_AFTER), processors.read_ticks(STAT_BEFORE)) == {}


def test_page_cache_and_buffers_are_not_used_memory() -> None:
    found = memory.read_memory(MEMINFO)
    assert (found.total, found.used) == (16_000_000 * 1024, 4_000_000 * 1024)
    assert (found.swap_total, found.swap_used) == (2_000_000 * 1024, 500_000 * 1024)


def test_an_old_kernel_that_does_not_say_what_is_available_is_estimated() -> None:
    old = MEMINFO.replace("MemAvailable:   12000000 kB\n", "")
    assert memory.read_memory(old).used == (16_000_000 - (1_000_000 + 500_000 + 10_500_000 + 400_000 - 300_000)) * 1024


def test_memory_without_a_total_is_malformed() -> None:
    with pytest.raises(MalformedReplyError, match="MemTotal"):
        memory.read_memory("MemAvailable: 1 kB")


def test_only_file_systems_that_store_something_are_read_whatever_their_names() -> None:
    found = {each.mount: each for each in filesystems.read_filesystems(DF)}
    assert list(found) == ["/", "/boot/efi", "/srv/file server", "/mnt/ของ สงบข.", "/full"]
    assert found["/srv/file server"].utilization == pytest.approx(0.9)
    assert found["/"].utilization == pytest.approx(12188106752 / (12188106752 + 17711054848))
    assert found["/full"].utilization == 1


def test_inodes_are_read_where_they_are_counted() -> None:
    assert filesystems.read_inodes(INODES) == {"/": pytest.approx(0.1)}


def test_traffic_is_read_for_whole_disks_in_bytes() -> None:
    assert disks.read_traffic(DISKSTATS, "dm-0 loop0 nvme0n1 sda") == {
        "sda": (2048 * 512, 4096 * 512),
        "nvme0n1": (3 * 512, 7 * 512),
    }


def test_smart_verdicts_of_ata_and_scsi_disks_are_read_and_silent_disks_left_out() -> None:
    assert disks.read_health(SMART) == {"/dev/sda": 1, "/dev/sdb": 3, "/dev/sdc": 1, "/dev/sdd": 3}


def test_arrays_are_whole_degraded_or_failed() -> None:
    assert raid.read_arrays(MDSTAT) == {"md0": 1, "md1": 2, "md2": 3, "md3": 1, "md4": 1}


def test_failed_and_chosen_units_are_read() -> None:
    assert services.read_units(UNITS) == {"ssh.service": 1, "nginx.service": 3, "gone.service": 4, "slow.service": 2}
    assert services.read_failed(FAILED_UNITS) == {"nginx.service": 3, "backup@erp.service": 3}


@pytest.mark.parametrize(("text", "number"), [(APT, 2), ("apt\n", 0), (DNF, 2), ("dnf", 0)])
def test_pending_updates_are_counted(text: str, number: int) -> None:
    assert system.read_updates(text) == number


def test_a_host_says_who_it_is() -> None:
    release = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nBROKEN="never ends\n# comment=1'
    found = system.read_identity(release, "web-1 6.1.0-28-amd64\n", "sys_vendor=Dell Inc.\nproduct_name=R650\nproduct_serial=\n")
    assert (found.name, found.kernel) == ("web-1", "6.1.0-28-amd64")
    assert (found.os_version, found.vendor, found.model, found.serial) == (
        "Debian GNU/Linux 12 (bookworm)",
        "Dell Inc.",
        "R650",
        "",
    )


def test_loads_have_three_windows() -> None:
    assert system.read_loads("2.86 2.33 1.61 2/183 30984") == {"1m": 2.86, "5m": 2.33, "15m": 1.61}
    with pytest.raises(MalformedReplyError):
        system.read_loads("nonsense")


@pytest.mark.parametrize("ahead", [0.0, 90.5, -3600.0])
def test_the_clock_offset_is_free_of_the_time_the_way_and_the_work_take(ahead: float) -> None:
    sent, way, work = 1_792_000_000_000, 200, 3000
    begun = (sent + way) / 1000 + ahead
    ended = (sent + way + work) / 1000 + ahead
    offset = system.clock_offset(f"{begun:.9f}", f"{ended:.9f}", Instant(sent), Instant(sent + way + work + way))
    assert offset == pytest.approx(ahead, abs=0.001)


def test_a_marker_in_the_output_of_a_section_ends_nothing() -> None:
    words, marker = command(Wishes(units=("a.service",), pause=0.5))
    assert words[:2] == ["sh", "-c"]
    assert words[-1] == "a.service"
    text = f"banner\n{marker}\n{marker} end\n{marker} end x y\n"
    text += f"{marker} begin os\nwenyam-guess end os 0\n{marker} end memory 0\nx\n\n{marker} end os 0\n"
    text += f"{marker} begin clock_end\n1\n\n{marker} end clock_end 0\n"
    found = sections(text.encode(), marker, LAST_SECTION)
    assert found["os"] == Section("wenyam-guess end os 0\nx", 0)


def test_an_answer_that_ends_early_is_malformed() -> None:
    _, marker = command(Wishes())
    with pytest.raises(MalformedReplyError, match="ends early"):
        sections(f"{marker} begin os\nx\n{marker} end os 0\n".encode(), marker, LAST_SECTION)


@given(some.text(max_size=400))
def test_no_text_whatever_breaks_a_reader(text: str) -> None:
    for read in (
        processors.read_ticks, filesystems.read_filesystems, filesystems.read_inodes, disks.read_health, raid.read_arrays,
        services.read_failed, services.read_units,
    ):  # fmt: skip
        assert read(text) is not None
    assert disks.read_traffic(text, text) is not None
    assert system.read_identity(text, text, text) is not None
