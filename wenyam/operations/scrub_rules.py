"""What a recording may keep and what it must not: subtrees, columns and words. Numbers are from the standard MIB modules."""

LEFT_OUT = (
    "1.3.6.1.2.1.4.21",  # routes
    "1.3.6.1.2.1.4.24",
    "1.3.6.1.2.1.6",  # who speaks with whom: TCP, UDP
    "1.3.6.1.2.1.7",
    "1.3.6.1.2.1.14",  # OSPF, BGP, RIP
    "1.3.6.1.2.1.15",
    *(
        f"1.3.6.1.2.1.16.{group}" for group in (2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18)
    ),  # RMON: hosts, who with whom
    "1.3.6.1.2.1.23",
    "1.3.6.1.2.1.25.4",  # programs with their parameters, installed software
    "1.3.6.1.2.1.25.5",
    "1.3.6.1.2.1.25.6",
    "1.3.6.1.2.1.55",  # IPv6 of old
    "1.3.6.1.6",  # communities, users, views, targets of traps
    "1.3.6.1.4.1.77",  # users and shares of Windows
    "1.3.6.1.4.1.2021.2",  # commands and files of net-snmp
    "1.3.6.1.4.1.2021.8",
    "1.3.6.1.4.1.2021.15",
    "1.3.6.1.4.1.2021.16",
    "1.3.6.1.4.1.8072.1",
    "1.3.6.1.4.1.14988.1.1.18",  # RouterOS runs a script when this is read with a community that may write
)
"""Never in a recording: no profile asks for them, and they hold addresses, users, secrets or command lines."""

NAMES = (
    "1.3.6.1.2.1.1.4",  # sysContact, sysName, sysLocation
    "1.3.6.1.2.1.1.5",
    "1.3.6.1.2.1.1.6",
    "1.3.6.1.2.1.31.1.1.1.18",  # ifAlias
    "1.3.6.1.2.1.33.1.1.5",  # upsIdentName, AttachedDevices
    "1.3.6.1.2.1.33.1.1.6",
    "1.3.6.1.2.1.47.1.1.1.1.11",  # entPhysicalSerialNum, Alias, AssetID, Uris
    "1.3.6.1.2.1.47.1.1.1.1.14",
    "1.3.6.1.2.1.47.1.1.1.1.15",
    "1.3.6.1.2.1.47.1.1.1.1.18",
    "1.3.6.1.4.1.9.3.6.3",  # chassisId
    "1.3.6.1.4.1.9.9.23.1.2.1.1.6",  # cdpCacheDeviceId, SysName
    "1.3.6.1.4.1.9.9.23.1.2.1.1.17",
    "1.3.6.1.4.1.9.9.23.1.3.4",  # cdpGlobalDeviceId
    "1.3.6.1.4.1.9.9.46.1.3.1.1.4",  # vtpVlanName
    "1.3.6.1.2.1.17.7.1.4.3.1.1",  # dot1qVlanStaticName
    "1.0.8802.1.1.2.1.3.3",  # lldpLocSysName
    "1.0.8802.1.1.2.1.4.1.1.9",  # lldpRemSysName
)
"""Columns whose text is replaced whole, whatever the words."""

MAKERS_WORDS = (
    "1.3.6.1.2.1.1.1",  # sysDescr
    "1.3.6.1.2.1.47.1.1.1.1.2",  # entPhysicalDescr, Name, revisions, MfgName, ModelName
    "1.3.6.1.2.1.47.1.1.1.1.7",
    "1.3.6.1.2.1.47.1.1.1.1.8",
    "1.3.6.1.2.1.47.1.1.1.1.9",
    "1.3.6.1.2.1.47.1.1.1.1.10",
    "1.3.6.1.2.1.47.1.1.1.1.12",
    "1.3.6.1.2.1.47.1.1.1.1.13",
    "1.3.6.1.2.1.33.1.1.1",  # manufacturer, model, software of a UPS
    "1.3.6.1.2.1.33.1.1.2",
    "1.3.6.1.2.1.33.1.1.3",
    "1.3.6.1.2.1.33.1.1.4",
    "1.3.6.1.4.1.9.9.23.1.2.1.1.8",  # cdpCachePlatform
)
"""Columns whose text stays, apart from names, addresses and serial numbers found in it."""

HARDWARE_ADDRESSES = (
    "1.3.6.1.2.1.2.2.1.6",  # ifPhysAddress
    "1.3.6.1.2.1.3.1.1.2",
    "1.3.6.1.2.1.4.22.1.2",
    "1.3.6.1.2.1.4.35.1.4",
    "1.3.6.1.2.1.17.1.1",  # dot1dBaseBridgeAddress
    "1.3.6.1.2.1.17.4.3.1.1",  # dot1dTpFdbAddress
)
"""Columns of six bytes even when these happen to be printable."""

ADDRESS_INDEXES = {
    "1.3.6.1.2.1.3.1.1": (2, "ip"),
    "1.3.6.1.2.1.4.20.1": (0, "ip"),
    "1.3.6.1.2.1.4.22.1": (1, "ip"),
    "1.3.6.1.2.1.4.32.1": (1, "inet"),
    "1.3.6.1.2.1.4.34.1": (0, "inet"),
    "1.3.6.1.2.1.4.35.1": (1, "inet"),
    "1.3.6.1.2.1.17.4.3.1": (0, "mac"),
    "1.3.6.1.2.1.17.7.1.2.2.1": (1, "mac"),
    "1.0.8802.1.1.2.1.3.8.1": (0, "inet"),
    "1.0.8802.1.1.2.1.4.2.1": (3, "inet"),
}
"""Entries whose index holds an address: how many numbers after the column it begins; `inet` has its type and length before it."""

_WORDS = """
    above absent ac accelerated access active adapter adaptive aggregate alarm alert all amp ampere amps analog and any asic
    assembly auto aux auxiliary available average avg back backplane backup bank base basic battery bay below bias blade blower
    board boot bottom box bridge buffers bus bypass byte bytes cache cached capacity card cell celsius center chassis chip
    chipset clock cluster com common complete component condition connected connector console control controller cooling copper
    core cores cpu critical current cycle daemon data dc debug dedicated default degraded degrees device dev diagnostic die
    digital dimm disabled disconnected disk display domain down drive driver dual dynamic earl eeprom egress electrical embedded
    empty enabled enclosure energy engine entity entry environment error ethernet exhaust expansion external fabric fahrenheit
    fail failed failure fan fans fast fastethernet fault faulty feature fiber fibre file firewall firmware fixed flash forwarding
    forty four frame free frequency front full fuse gateway gb generic gig gigabit gigabitethernet global good gps graphics green
    group half hard hardware health healthy heat hertz high host hot hour humidity id idle image in index indicator info ingress
    initial inlet input inside inspection inter interface internal intel inverter ip ipmi is isolated jack kernel keep key lan
    laser layer led left level license light limit line linecard linux link lithium load local logical lom loop loopback low lower
    lower main major management manager master max maximum mb mean media mem member memory mezzanine mgmt microsoft mid min
    minimum minor minute mirror mode model module monitor motherboard mount multi name negative network no node none normal not
    notpresent null nvram of off offline ok on online only open operational optical optimal option os other out outlet output
    outside over packet panel partition passive path pci pcie pdu peer per percent performance phase physical plane plug pool port
    position positive power powered present pressure primary probe process processor product ps psu pwr qos quad rack radio raid
    ram range rate read ready real rear receive receiver red redundancy redundant register relay release remote replace reserve
    reset resource return revision right root rotation router routing rpm run running rx sas sata scsi second secondary security
    sensor serial server service session set sfp shared shelf shutdown signal single size slave slot smart socket soft software
    solid source space speed spare stack standby start state static station status stop storage string sub subsystem supervisor
    supply support swap switch switching sync sys system table tap tape tb temp temperature ten tengigabitethernet test thermal
    threshold time tmp top total traffic transceiver transfer transformer transmit tray trunk tunnel twe two tx type unavailable
    under unit unknown unused up update upper ups usage usb used user usr utilization valid value var vbat vcc vcore ventilation
    version vga virtual vlan vm vmm voltage volts volume vrm vtt wan warm warning watt watts web wide win windows wireless wlan
    working write yellow yes zone boot efi home lib opt proc root run srv sbin bin etc mnt media dev shm cgroup tmpfs lo eth ens
    eno enp bond br docker veth log logs mac avs channel xgigabitethernet ether bvi bundle meth ge xe fa gi te po vl
    """
WORDS = frozenset(_WORDS.split())
"""Words that name nobody and no place; every other word is replaced."""
