"""The lab on paper: which devices there are, where they stand, and what answers at their addresses."""

from dataclasses import dataclass

MAIN, RECOVERY = "head-office", "dr-site"
FILE_SERVER, PERSONNEL_SERVER = "files-1", "hr-app"

PORTS = {"snmp": 161, "ssh": 22, "http": 80, "https": 443, "postgres": 5432, "mariadb": 3306, "dns": 53, "vault": 8000}
"""The ports devices are known by; another one is taken only where this machine's own servers hold them."""

WITNESSES = {"ministry": "127.21.0.1", "provider": "127.22.0.1"}
"""Addresses that belong to nobody in the lab; they answer ping like every address of 127/8."""


@dataclass(frozen=True, slots=True)
class LabDevice:
    """One device of the lab and the real servers behind its address."""

    name: str
    kind: str
    address: str
    thai: str
    english: str
    parent: str | None = None
    site: str = MAIN
    recording: str | None = None
    """Path inside snmpsim-data of a real device's recorded SNMP tree."""
    only: tuple[str, ...] = ()
    """Subtrees of the recording that are played; all when empty."""
    healed: tuple[str, ...] = ()
    """Values (`OID=TYPE:VALUE`) of the recording that would be faults from the start."""
    agent: str | None = None
    """Version a net-snmp agent answers: `2c` or `3`."""
    web: bool = False
    ssh: bool = False
    database: str | None = None
    """`postgres` or `mariadb`."""
    dns: bool = False
    router: bool = False
    hypervisor: bool = False
    vault: bool = False
    """Keeps backups behind restic's REST protocol, append-only."""
    beyond: tuple[str, ...] = ()
    """Of a link: the provider's equipment and the far end."""

    @property
    def servers(self) -> tuple[str, ...]:
        """Names of the programs that answer for this device."""
        present = {
            "recorded": self.recording is not None,
            "zebra": self.router,
            "snmpd": self.agent is not None,
            "sshd": self.ssh,
            "nginx": self.web,
            "named": self.dns,
            "rclone": self.vault,
        }
        return tuple(name for name, here in present.items() if here) + ((self.database,) if self.database else ())


_FORTINET = ("1.3.6.1.2.1", *(f"1.3.6.1.4.1.12356.101.{group}" for group in (1, 2, 3, 4, 12, 13)))
"""Of the recording's 454,000 values, what a monitoring system reads; the rest is firewall policies."""

_NETWORK = (
    LabDevice("core-1", "switch", "127.20.0.2", "สวิตช์แกนหลัก", "Core switch", recording="network/switch/cisco-n5000.snmprec.bz2"),
    LabDevice(
        "dist-1",
        "switch",
        "127.20.0.11",
        "สวิตช์กระจาย ๑",
        "Distribution switch 1",
        "core-1",
        recording="network/switch/cisco-c3750.snmprec.bz2",
    ),
    LabDevice(
        "dist-2",
        "switch",
        "127.20.0.12",
        "สวิตช์กระจาย ๒",
        "Distribution switch 2",
        "core-1",
        recording="network/switch/cisco-c3560.snmprec.bz2",
    ),
    LabDevice(
        "firewall-1",
        "firewall",
        "127.20.0.1",
        "ไฟร์วอลล์หลัก",
        "Firewall",
        "core-1",
        recording="network/firewall/fortinet-xcu.snmprec.bz2",
        only=_FORTINET,
        healed=("1.3.6.1.4.1.12356.101.4.8.2.1.3.2=integer:0",),
    ),
    LabDevice(
        "router-1", "router", "127.20.0.3", "เราเตอร์ออกภายนอก", "Border router", "firewall-1", agent="2c", ssh=True, router=True
    ),
)

_ROOM = (
    LabDevice("ups-1", "ups", "127.20.0.21", "เครื่องสำรองไฟห้องเครือข่าย", "UPS", "core-1", recording="UPS/eaton-93e-80.snmprec.bz2"),
    LabDevice(
        "room-1",
        "sensor",
        "127.20.0.31",
        "เซนเซอร์อุณหภูมิห้องเครื่อง",
        "Room sensor",
        "core-1",
        recording="iot/geist-temperature-sensor.snmprec",
    ),
    LabDevice(
        "storage-1",
        "storage",
        "127.20.1.1",
        "ระบบจัดเก็บข้อมูลหลัก",
        "Main storage",
        "dist-1",
        recording="storage/netapp-fas3270.snmprec.bz2",
        vault=True,
    ),
)

_SERVERS = (
    LabDevice("esaraban-web", "server", "127.20.2.10", "เครื่องเว็บสารบรรณ", "e-Saraban web server", "dist-1", agent="2c", web=True),
    LabDevice(
        "esaraban-db",
        "database",
        "127.20.2.11",
        "ฐานข้อมูลสารบรรณ",
        "e-Saraban database",
        "dist-1",
        agent="2c",
        database="postgres",
    ),
    LabDevice("erp-app", "server", "127.20.2.20", "เครื่องโปรแกรม ERP", "ERP application server", "dist-1", agent="3", web=True),
    LabDevice("erp-db", "database", "127.20.2.21", "ฐานข้อมูล ERP", "ERP database", "dist-1", ssh=True, database="mariadb"),
    LabDevice("web-1", "server", "127.20.2.30", "เครื่องเว็บไซต์ ๑", "Website server 1", "dist-2", agent="2c", web=True),
    LabDevice("web-2", "server", "127.20.2.31", "เครื่องเว็บไซต์ ๒", "Website server 2", "dist-2", agent="2c", web=True),
    LabDevice("hr-app", "server", "127.20.2.40", "เครื่องระบบบุคคล", "HR server", "dist-2", ssh=True, web=True),
    LabDevice(
        "directory-1",
        "server",
        "127.20.2.41",
        "เครื่องทะเบียนผู้ใช้",
        "Directory server",
        "dist-2",
        recording="os/windows/server-2003-5-2.snmprec.bz2",
    ),
    LabDevice("files-1", "server", "127.20.2.50", "เครื่องแฟ้มข้อมูลกลาง", "File server", "dist-2", agent="3"),
    LabDevice("mail-1", "server", "127.20.2.60", "เครื่องจดหมายอิเล็กทรอนิกส์", "Mail server", "dist-2", ssh=True, web=True),
    LabDevice("dns-1", "server", "127.20.2.53", "เครื่องชื่อโดเมน", "Name server", "dist-2", agent="2c", dns=True),
    LabDevice("kvm-1", "hypervisor", "127.20.2.5", "เครื่องแม่ข่ายเสมือน", "KVM host", "dist-1", ssh=True, hypervisor=True),
)

_RECOVERY = (
    LabDevice(
        "dr-firewall",
        "firewall",
        "127.30.0.1",
        "ไฟร์วอลล์ศูนย์สำรอง",
        "DR firewall",
        "router-1",
        RECOVERY,
        recording="network/firewall/paloalto-pa-5000.snmprec.bz2",
    ),
    LabDevice(
        "dr-core",
        "switch",
        "127.30.0.2",
        "สวิตช์ศูนย์สำรอง",
        "DR switch",
        "dr-firewall",
        RECOVERY,
        recording="network/switch/ruijie-s5750-24gt12sfp.snmprec.bz2",
    ),
    LabDevice(
        "dr-ups",
        "ups",
        "127.30.0.21",
        "เครื่องสำรองไฟศูนย์สำรอง",
        "DR UPS",
        "dr-core",
        RECOVERY,
        recording="UPS/phoenixtec-power.snmprec.bz2",
        healed=("1.3.6.1.2.1.33.1.2.3.0=integer:55",),
    ),
    LabDevice(
        "dr-storage",
        "storage",
        "127.30.1.1",
        "ระบบจัดเก็บข้อมูลสำรอง",
        "DR storage",
        "dr-core",
        RECOVERY,
        recording="storage/isilon-onefs.snmprec.bz2",
    ),
    LabDevice("dr-web", "server", "127.30.2.30", "เครื่องเว็บศูนย์สำรอง", "DR web server", "dr-core", RECOVERY, agent="3", web=True),
    LabDevice("dr-host", "server", "127.30.2.11", "เครื่องแม่ข่ายศูนย์สำรอง", "DR host", "dr-core", RECOVERY, ssh=True),
)

DEVICES: dict[str, LabDevice] = {device.name: device for device in (*_NETWORK, *_ROOM, *_SERVERS, *_RECOVERY)}

LINKS: dict[str, LabDevice] = {
    "isp-1": LabDevice("isp-1", "link", "", "วงจรอินเทอร์เน็ต", "Internet line", beyond=("127.21.0.254", "127.21.9.1")),
    "dr-line": LabDevice("dr-line", "link", "", "วงจรไปศูนย์สำรอง", "Line to the DR site", beyond=("127.22.0.254", "127.30.0.254")),
}
WHOLE = LabDevice("everything", "lab", "", "ทั้งหมด", "the whole lab")

PLACES = {**DEVICES, **LINKS, WHOLE.name: WHOLE}
"""Everything a fault can hit, by name."""


def behind(name: str) -> tuple[str, ...]:
    """Return this device and every device whose path from the watcher runs through it."""
    found = [name]
    for device in DEVICES.values():
        if device.parent in found:
            found.append(device.name)
    return tuple(found)


def all_addresses() -> tuple[str, ...]:
    """Return every address of the lab: devices, witnesses, providers and far ends."""
    others = [*WITNESSES.values(), *(address for link in LINKS.values() for address in link.beyond)]
    return tuple(dict.fromkeys([*(device.address for device in DEVICES.values()), *others]))
