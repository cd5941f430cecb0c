"""Examinations of what the configuration names: itself, secrets, tools, known hosts, the exporter's port."""

import os
import pwd
from collections.abc import Iterable, Iterator
from pathlib import Path

from wenyam.errors import CommandFailedError, SecretError, WatcherSilentError
from wenyam.links.control import ask
from wenyam.links.listening import is_free
from wenyam.links.programs import trusted_program
from wenyam.model.instance import Configuration
from wenyam.model.inventory import Credential
from wenyam.operations.findings import Finding, Surroundings, bad, counted, good, untested, without_configuration
from wenyam.operations.host_keys import servers
from wenyam.settings.loader import load_with_warnings
from wenyam.settings.problems import BrokenConfigurationError
from wenyam.settings.secrets import SecretReader

WATCHING_ACCOUNT = "wenyam"
BACKUP_ACCOUNT = "wenyam-backup"
"""Makes the backups that cron, timers and the calendar start."""
CONTROL_SOCKET = "control.sock"
_SHORT = 1.0
"""Seconds to wait for the watcher on this machine."""


def configuration(surroundings: Surroundings) -> Iterator[Finding]:
    """Examine the configuration; warnings are advice."""
    try:
        loaded = load_with_warnings(surroundings.folder)
    except BrokenConfigurationError as error:
        for problem in error.problems:
            yield bad("configuration", str(problem), "Correct it; 'wenyam config check' says the same.")
        return
    devices = counted(len(loaded.configuration.inventory.devices), "device")
    yield good("configuration", f"{surroundings.folder} is valid, {devices}", "; ".join(str(each) for each in loaded.warnings))


def secrets(surroundings: Surroundings) -> Iterable[Finding]:
    """Examine every secret of every credential: readable by this account, by nobody else, not empty. None is shown."""
    if surroundings.configuration is None:
        return without_configuration("secrets")
    reader = SecretReader()
    known, others = surroundings.configuration.inventory.credentials, of_backups_only(surroundings.configuration)
    found = [
        _secret(reader, known[name], field, BACKUP_ACCOUNT if name in others else WATCHING_ACCOUNT)
        for name in sorted(known)
        for field in sorted(known[name].secrets)
    ]
    return found or [good("secrets", "no credential names a secret")]


def of_backups_only(configuration: Configuration) -> frozenset[str]:
    """Return the credentials that only the calendar uses: their secrets are for another account than the watcher's."""
    plan, inventory, sister = configuration.backup, configuration.inventory, configuration.recovery.sister
    watching = {read.credential for device in inventory.devices.values() for read in device.reads}
    watching |= {probe.credential for service in inventory.services.values() for probe in service.probes}
    kept = {job.credential for job in plan.jobs.values()} | {each.credential for each in plan.repositories.values()}
    kept |= set() if sister is None else {sister.credential}
    return frozenset(name for name in kept - watching if name is not None)


def _secret(reader: SecretReader, credential: Credential, field: str, account: str) -> Finding:
    about, reference = f"secret {credential.name}.{field}", credential.secrets[field]
    if reference.scheme == "credential" and "CREDENTIALS_DIRECTORY" not in os.environ:
        return untested(about, f"{reference} is handed over by systemd only to the service itself")
    if reference.scheme == "env" and reference.location not in os.environ:
        return untested(about, f"{reference} is not set here; it may be set for the service")
    try:
        reader.of(credential, field)
    except SecretError as error:
        if isinstance(error.__cause__, PermissionError) and is_another(account):
            return untested(about, f"{reference} is for the account {account}", f"Run: sudo -u {account} wenyam doctor")
        return bad(about, error.sentence, error.advice)
    return good(about, f"{reference} can be read")


def is_another(account: str) -> bool:
    """Tell whether there is such an account and we are not it."""
    try:
        return pwd.getpwnam(account).pw_uid != os.geteuid()
    except KeyError:
        return False


def tools(surroundings: Surroundings) -> Iterable[Finding]:
    """Examine every configured program: there, executable, and changeable only by root or by who runs this."""
    if surroundings.configuration is None:
        return without_configuration("tools")
    known = surroundings.configuration.instance.tools
    return [_tool(name, known[name]) for name in sorted(known)] or [good("tools", "no program is configured")]


def _tool(name: str, path: str) -> Finding:
    try:
        return good(f"tool {name}", trusted_program(path))
    except CommandFailedError as error:
        return bad(f"tool {name}", error.sentence, error.advice)


def known_hosts(surroundings: Surroundings) -> Iterable[Finding]:
    """Examine the host keys on record: one for each server reached over SSH, in a file nobody else can change."""
    configuration, directory = surroundings.configuration, surroundings.state_directory
    if configuration is None or directory is None:
        return without_configuration("known hosts")
    wanted = {name: server.address for server in servers(configuration, None) for name in server.names}
    if not wanted:
        return [good("known hosts", "nothing is reached over SSH")]
    path = directory / "known_hosts"
    if not path.exists():
        return [untested("known hosts", f"there is no {path} yet; {counted(len(wanted), 'server')} reached over SSH", _RECORD)]
    if path.stat().st_mode & 0o002:
        return [bad("known hosts", f"{path} may be written by everybody", f"Run: chmod o-w {path}")]
    recorded = recorded_hosts(path)
    missing = sorted(name for name, address in wanted.items() if address not in recorded)
    if missing:
        return [untested("known hosts", f"no host key is on record for: {', '.join(missing)}", _RECORD)]
    return [good("known hosts", f"a host key is on record for {counted(len(wanted), 'server')}")]


_RECORD = "Run: wenyam hostkey --all, and compare each fingerprint at the device's console."


def recorded_hosts(path: Path) -> set[str]:
    """Return the names of a known-hosts file (sshd(8)), `[host]:port` as host, without hashed names and revoked keys."""
    names: set[str] = set()
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        words = line.removeprefix("@cert-authority").split()
        if words and not words[0].startswith(("#", "|", "@")):
            names |= {name.partition("]")[0].lstrip("[") for name in words[0].split(",")}
    return names


def port(surroundings: Surroundings) -> Iterable[Finding]:
    """Examine the exporter's address: free, or taken by our own watcher."""
    if surroundings.configuration is None:
        return without_configuration("port")
    instance = surroundings.configuration.instance
    place = f"{instance.exporter.host} port {instance.exporter.port}"
    if not instance.exporter.enabled:
        return [good("port", "the exporter is switched off")]
    try:
        if is_free(instance.exporter.host, instance.exporter.port):
            return [good("port", f"{place} is free")]
    except OSError as error:
        advice = "Choose an address of this machine and a port above 1023 under exporter.listen."
        return [bad("port", f"{place}: {error.strerror}", advice)]
    try:
        answer = ask(Path(instance.run_directory) / CONTROL_SOCKET, {"action": "snapshot"}, _SHORT)
    except WatcherSilentError:
        return [bad("port", f"{place} is taken by another program", "Stop it, or choose another port under exporter.listen.")]
    return [good("port", f"{place} is taken while our watcher '{answer.get('instance')}' runs")]
