"""What the envelope must know of each repository: its place, and everything secret that restic needs to get there."""

from pathlib import Path

from wenyam.backup import escrow_contents as contents
from wenyam.backup.escrow_facts import Kept
from wenyam.backup.escrow_lines import EnvelopeError
from wenyam.backup.escrow_record import destination_of
from wenyam.backup.repositories.destination import Access
from wenyam.clock import Clock
from wenyam.errors import SecretError
from wenyam.links.pools import Links
from wenyam.links.ssh_host_keys import KnownHosts, known_hosts_line
from wenyam.links.tools import Tools
from wenyam.model.backup import RepositoryPlan
from wenyam.model.instance import Configuration
from wenyam.model.inventory import Credential
from wenyam.settings.secrets import SecretReader
from wenyam.store.files import explained

_SSH_KEY = "ssh-key"


def access_of(configuration: Configuration, clock: Clock, plan: RepositoryPlan) -> Access:
    """Return what a repository's destination may use; nothing is connected by it."""
    known_hosts = Path(configuration.instance.state_directory) / "known_hosts"
    links = Links(clock, SecretReader(), str(known_hosts))
    credential = None if plan.credential is None else configuration.inventory.credentials[plan.credential]
    return Access(links, clock, Tools(configuration.instance.tools), credential)


def kept_now(plan: RepositoryPlan) -> Kept:
    """Return place and key of a repository as they are now; no key where this account cannot read it."""
    try:
        key = SecretReader().read(plan.key)
    except SecretError:
        key = None
    return Kept(destination_of(plan).place, key)


def sealed_values(plan: RepositoryPlan, access: Access) -> dict[str, str]:
    """Return everything that is sealed for one repository; SecretError or EnvelopeError when it is not all there."""
    reach = destination_of(plan).reach(access)
    values = {contents.REPOSITORY: reach.location, contents.KEY: access.links.secrets.read(plan.key), **reach.environment}
    if reach.authority is not None:
        authority = Path(reach.authority)
        with explained(authority):
            values[contents.AUTHORITY] = authority.read_text(encoding="ascii").strip()
    if access.credential is not None and access.credential.kind == _SSH_KEY:
        values |= _login(plan, access, access.credential)
    return values


def _login(plan: RepositoryPlan, access: Access, credential: Credential) -> dict[str, str]:
    """Return the login's private key and the server's host keys: an empty machine has neither."""
    host, port = str(plan.options.host), int(plan.options.port)
    known = KnownHosts(access.links.known_hosts).keys_of(host, port)
    if not known:
        raise EnvelopeError(f"the host key of '{plan.name}' ({host} port {port}) is not on record", hint="See: wenyam hostkey.")
    return {
        contents.LOGIN_KEY: access.links.secrets.of(credential, "key"),
        contents.KNOWN_HOSTS: "\n".join(known_hosts_line(host, port, key) for key in known),
        contents.SERVER: f"-p {port} -l {credential.settings.get('username', '')} {host}",
    }
