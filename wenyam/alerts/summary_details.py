"""What exactly failed, as errors tell it behind their first sentence, and what they say is to be done. Pure."""

from typing import Final

from wenyam.i18n.translate import mark

HINTS: Final = (
    mark("Is the service running and the port right?"),
    mark("Use an IP address in the inventory, or correct the name."),
    mark("Check the credential's name and secret; tries are spaced out so that the account is not locked."),
    mark("Its snmpEngineBoots or snmpEngineTime may be broken, or two devices share one engine ID or address."),
    mark("If it was reinstalled, read the new fingerprint at its console, then: wenyam hostkey DEVICE --replace FINGERPRINT."),
    mark("Compare the fingerprint with the one at the device's console, then: wenyam hostkey DEVICE --accept."),
    mark("Renew it, or name the authority that signed it in 'authority'."),
    mark("Install that version, or point state_directory at another directory."),
    mark("Keep a copy, then restore the last backup, or move the file aside to start with an empty history."),
    mark("Free some space; readings pause, recorded facts stay intact."),
    mark("Is the disk there and mounted, the address right? A new one is made by: wenyam backup init NAME."),
    mark("Is this the key that was used when it was made? The sealed envelope (wenyam backup escrow) holds it."),
    mark("Make no new copy from it; restore-test the other copy, then repair this one with restic's own tools."),
    mark("Free some space there, or run: wenyam backup prune --plan."),
    mark("Is its file system mounted? Where this is right, write 'may_be_empty: true' in the job."),
    mark("Stop what writes to them, or back them up by the program that does: a database by its own source."),
    mark("Test it on a machine with the same version."),
)
"""What is to be done, as the classes of errors know it."""

DETAILS: Final = (
    mark("{text}: connection refused"),
    mark("nothing listens at {text} (ICMP port unreachable)"),
    mark("{text}: a certificate of the chain has expired ({place})"),
    mark("{text}: a certificate of the chain has expired"),
    mark("{text} within {time}"),
    mark("the reply is about {text} where {place} was asked"),
    mark("the answer is empty"),
    mark("line {number} is {litter}: {text}"),
    mark("it does not end as a whole configuration does; its last line is {text}"),
    mark("it has only {count} lines, at least {least} are expected; its last line is {text}"),
    mark("it has {count} lines, the last good copy {least}"),
    mark("'{text}' at {place} failed (status {count}): {detail}"),
    mark("{program} failed (status {count}): {detail}"),
    mark("{text} has schema {count}, this program knows {least}"),
    mark("{text} has the older schema {count}"),
    mark("all {text} files changed while they were backed up, so none of them is proven"),
    mark("definitions changed while they were dumped: {text}"),
    mark("the end of {text} does not match '{place}', it is '{detail}': it was cut off"),
    mark("nothing came back of '{text}'"),
    mark("text only: what came back is whole, but no scratch device of family '{text}' can load it here"),
    mark("the backup lacks {text} under {place}"),
    mark("the backup lacks {text}: {detail}"),
    mark("the dump of {text} did not start within {time}"),
    mark("the manifest in the snapshot ({text}) is not the one recorded at backup time ({place})"),
    mark("the manifest of backup time cannot be read: {detail}"),
    mark("the manifest of backup time is not as this program writes one: somebody or something changed it"),
    mark("the scratch router rejected: {text}"),
    mark("the snapshot holds no manifest at {text}: {detail}"),
    mark("the test machine lacks the roles {text}"),
    mark("this machine lacks extensions that the source uses: {text}"),
    mark("this machine lacks the source's locale: {detail}"),
    mark("this job names no 'ask' command that could answer a question"),
    mark("this job names no 'measure', 'restore' and 'compare' commands"),
    mark("two listings of one snapshot differ in length"),
    mark("two listings of one snapshot differ at '{text}'"),
    mark("what came back is no tree of files"),
    mark("what came back is not what was dumped: {detail}"),
    mark("what came back is not what was read from the device: {text}"),
    mark("restic check ended well, but did not say how much data it read"),
    mark("wrong major version on the test machine: {detail}"),
    mark("the source is MariaDB {number}, this machine has {text}"),
    mark("the device runs FRR {number}, this machine has {text}"),
    mark("PostgreSQL {number} was dumped by pg_dump {text}, which may not load into {place} again"),
    mark("{before}. {hint}"),
)
"""Behind first sentences of errors; what devices and programs said themselves stays as it is."""

LITTER: Final = (
    mark("a pager's text"),
    mark("an error of the device"),
    mark("no plain text, it has control characters"),
    mark("a prompt"),
)
"""What a line of a network configuration must not be."""
