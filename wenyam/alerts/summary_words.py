"""The words that standard sentences of checks are made of: what is measured, states, reasons. Each is a key of the catalogue."""

from typing import Final

from wenyam.i18n.translate import mark

NOUNS: Final = {
    noun: noun
    for noun in (
        mark("clock offset"), mark("component"), mark("cpu"), mark("current"), mark("disk"), mark("dns answer matches"),
        mark("dns lookup"), mark("fan"), mark("fan speed"), mark("filesystem"), mark("filesystem inodes used"),
        mark("filesystem size"), mark("filesystem used"), mark("firewall session rate"), mark("firewall sessions"),
        mark("ha member"), mark("http content matches"), mark("http duration"), mark("http status code"), mark("humidity"),
        mark("icmp loss"), mark("icmp round trip"), mark("interface receive"), mark("interface transmit"),
        mark("interface receive errors"), mark("interface transmit errors"), mark("interface receive discards"),
        mark("interface transmit discards"), mark("interface oper"), mark("interface admin"), mark("license expiry"),
        mark("link loss"), mark("link monitor"), mark("link round trip"), mark("load average"), mark("log newest record"),
        mark("log oldest record"), mark("logged in users"), mark("memory"), mark("memory used"), mark("os updates pending"),
        mark("power"), mark("power supply"), mark("processes"), mark("raid"), mark("sql connect"), mark("sql query"),
        mark("sql query value"), mark("swap used"), mark("system uptime"), mark("tcp connect"), mark("temperature"),
        mark("tls certificate expiry"), mark("tls certificate valid"), mark("ups battery"), mark("ups battery charge"),
        mark("ups battery replace"), mark("ups battery runtime"), mark("ups battery temperature"), mark("ups battery voltage"),
        mark("ups input frequency"), mark("ups input voltage"), mark("ups on battery"), mark("ups output load"),
        mark("ups output source"), mark("ups output voltage"), mark("ups seconds on battery"),
        mark("virtual machine snapshot age"), mark("virtual machine state"), mark("voltage"), mark("volume"),
        mark("volume size"), mark("volume used"), mark("vpn tunnel"), mark("backup run"), mark("backup runs missed"),
        mark("backup size"), mark("backup last success"), mark("backup copy last success"), mark("restore test"),
        mark("restore last proven"), mark("repository"), mark("repository last verified"), mark("envelope"),
        mark("envelope last proven"), mark("peer answer"), mark("peer heartbeat age"), mark("peer sight"), mark("peer store"),
        mark("peer alerts"), mark("peer clock skew"), mark("peer chain"), mark("alert self test"), mark("power state"),
        mark("virtual machine agent"), mark("virtual machine cpu"), mark("virtual machine memory total"),
        mark("virtual machine memory used"), mark("virtual machine disk size"), mark("virtual machine uptime"),
        mark("virtual machine snapshots"), mark("dr last drill"), mark("dr last rehearsal"), mark("dr rehearsal"), mark("dr run"),
        mark("dr run overdue"), mark("dr findings"), mark("dr findings open"), mark("dr recovery time"),
        mark("dr recovery point"), mark("alert channel"), mark("alerts oldest"), mark("alerts pending"),
        mark("disk read"), mark("disk written"),
        mark("memory total"), mark("swap total"), mark("interface speed"), mark("ha role"), mark("peer settings"),
        mark("plugin state"), mark("plugin value"), mark("link path state"), mark("restore duration"),
    )
} | {"service": mark("systemd unit")}  # fmt: skip
"""What a sample is about, as `checks.wording.noun_of` writes it, and its key: a service of systemd is no service of ours."""

WORDS: Final = (
    mark("OK"), mark("WARN"), mark("CRIT"), mark("UNKNOWN"), mark("not on the scale"), mark("degraded"), mark("failed"),
    mark("absent"), mark("unknown"), mark("up"), mark("down"), mark("normal"), mark("battery"), mark("bypass"), mark("booster"),
    mark("reducer"), mark("low"), mark("depleted"), mark("active"), mark("standby"), mark("running"), mark("paused"),
    mark("shut off"), mark("crashed"), mark("none"), mark("other"), mark("on"), mark("off"), mark("changing"),
)  # fmt: skip
"""States as checks write them, and the words of enumerations."""

FAULTS: Final = (
    mark("The backup is not complete"), mark("What should be backed up could not be copied whole"),
    mark("The backup could not be restored"), mark("This cannot be proven here, so it is NOT TESTED"),
    mark("The repository could not be used"), mark("There is no repository at this place"),
    mark("The repository does not answer"), mark("The repository's place refused us"),
    mark("The repository's key does not open it"), mark("The repository is locked by another program"),
    mark("The repository is damaged"), mark("The database could not be used"),
    mark("The database was written by a newer Wenyam and was left untouched"), mark("There is not enough room"),
    mark("The sealed envelope does not serve"),
    mark("This directory must belong to the account that runs backups, and to nobody else"),
    mark("What was read has another number of lines than usual, so it was not stored and waits for a person's reason"),
)  # fmt: skip
"""First sentences of errors of backups: what exactly failed follows, and is told too where it is known."""

REASONS: Final = (
    mark("No answer came in time"), mark("The device refused the connection"), mark("The name could not be resolved"),
    mark("The kept connection was lost before the command began"), mark("The device refused the credentials"),
    mark("The device's SNMPv3 engine and we cannot agree on its clock, even after asking again"),
    mark("The SSH host key is not the one on record; nothing was sent"),
    mark("The SSH host key of this device was never recorded; nothing was sent"),
    mark("The server's certificate was not accepted"), mark("A command did not do its work"),
    mark("The device answered with something that cannot be right"),
    mark("The reading used up its budget of time, rows or packets and was cut short"),
    mark("This process lacks a right that the reading needs"), mark("The device could not be read"),
    mark("The service refused the message"), mark("The service did not take the message"),
    mark("The mail relay will not serve us"), mark("The mail relay cannot take the message now"),
    mark("The mail relay refused the message"), mark("A secret could not be read"),
    mark("The credentials were refused a while ago and are not tried again yet"),
    mark("The time server answers, but its own clock is in step with nobody"),
    *FAULTS,
)  # fmt: skip
"""First sentences of errors, as `WenyamError.sentence` writes them in front of what exactly failed."""
