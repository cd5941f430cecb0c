"""The error tree. A class's docstring is the sentence a user reads; `hint` says what to do next."""

from typing import ClassVar


class WenyamError(Exception):
    """Wenyam could not do this."""

    hint: ClassVar[str] = ""
    permanent: ClassVar[bool] = False
    """True when trying again cannot help."""
    exit_code: ClassVar[int] = 1

    def __init__(self, what: str = "", *, hint: str | None = None) -> None:
        """Say what exactly failed; `hint` replaces the class's own advice."""
        super().__init__(what)
        self.what = what
        self.advice = type(self).hint if hint is None else hint

    @property
    def sentence(self) -> str:
        """The class's sentence, completed with what exactly failed."""
        opening = (type(self).__doc__ or "").strip().splitlines()[0].rstrip(".")
        return f"{opening}: {self.what}" if self.what else opening

    def __str__(self) -> str:
        """Sentence and advice, as the command line prints them."""
        return f"{self.sentence}. {self.advice}" if self.advice else self.sentence


class UsageError(WenyamError):
    """The command was not understood."""

    permanent = True
    exit_code = 2


class ConfigurationError(WenyamError):
    """The configuration has problems."""

    hint = "Correct the file and run 'wenyam config check'."
    permanent = True
    exit_code = 2


class SecretError(WenyamError):
    """A secret could not be read."""

    permanent = True


class PluginError(WenyamError):
    """A plug-in could not be loaded."""

    hint = "Reinstall Wenyam, or remove the package that registers it."
    permanent = True


class CollectError(WenyamError):
    """The device could not be read."""

    reason: ClassVar[str] = "error"
    """Short word for metrics and states; see `model.samples.FailureReason`."""
    goes_on: ClassVar[bool] = False
    """True when something was begun at the other end that may still be running there."""


class NoAnswerError(CollectError):
    """No answer came in time."""

    reason = "timeout"


class ConnectionRefusedByDeviceError(CollectError):
    """The device refused the connection."""

    reason = "refused"
    hint = "Is the service running and the port right?"


class UnknownHostError(CollectError):
    """The name could not be resolved."""

    reason = "unknown_host"
    hint = "Use an IP address in the inventory, or correct the name."


class CredentialsRefusedError(CollectError):
    """The device refused the credentials."""

    reason = "credentials"
    hint = "Check the credential's name and secret; tries are spaced out so that the account is not locked."
    permanent = True


class EngineClockError(CollectError):
    """The device's SNMPv3 engine and we cannot agree on its clock, even after asking again."""

    hint = "Its snmpEngineBoots or snmpEngineTime may be broken, or two devices share one engine ID or address."


class HostKeyChangedError(CollectError):
    """The SSH host key is not the one on record; nothing was sent."""

    reason = "host_key"
    hint = "If it was reinstalled, read the new fingerprint at its console, then: wenyam hostkey DEVICE --replace FINGERPRINT."
    permanent = True


class HostKeyUnknownError(CollectError):
    """The SSH host key of this device was never recorded; nothing was sent."""

    reason = "host_key"
    hint = "Compare the fingerprint with the one at the device's console, then: wenyam hostkey DEVICE --accept."
    permanent = True


class CertificateError(CollectError):
    """The server's certificate was not accepted."""

    reason = "certificate"
    hint = "Renew it, or name the authority that signed it in 'authority'."


class CommandFailedError(CollectError):
    """A command did not do its work."""


class MalformedReplyError(CollectError):
    """The device answered with something that cannot be right."""

    reason = "malformed"


class BudgetSpentError(CollectError):
    """The reading used up its budget of time, rows or packets and was cut short."""

    reason = "budget"


class MissingPrivilegeError(CollectError):
    """This process lacks a right that the reading needs."""

    reason = "privilege"
    permanent = True


class MissingLibraryError(CollectError):
    """An optional library is not installed."""

    reason = "library"
    permanent = True


class StoreError(WenyamError):
    """The database could not be used."""


class FileError(StoreError):
    """A file could not be read or written."""


class DatabaseNewerError(StoreError):
    """The database was written by a newer Wenyam and was left untouched."""

    hint = "Install that version, or point state_directory at another directory."
    permanent = True


class DatabaseCorruptError(StoreError):
    """The database is damaged and was left untouched."""

    hint = "Keep a copy, then restore the last backup, or move the file aside to start with an empty history."
    permanent = True


class WriteLockError(StoreError):
    """Another process has held the write lock for too long."""


class DiskFullError(StoreError):
    """The disk is full."""

    hint = "Free some space; readings pause, recorded facts stay intact."


class AlreadyRunningError(WenyamError):
    """Another Wenyam is already watching with this state directory."""

    hint = "Stop it first, or use another state_directory."
    permanent = True


class PortTakenError(WenyamError):
    """The address to listen on is taken by another program."""

    hint = "Choose another port under exporter.listen."
    permanent = True


class WatcherSilentError(WenyamError):
    """The watcher does not answer."""

    hint = "Is 'wenyam run' running, and may you use its control socket?"


class UnknownCodeError(UsageError):
    """No open incident has this code."""

    hint = "The code stands in the message, and in 'wenyam alert list'."


class BackupError(WenyamError):
    """The backup is not complete."""


class SourceError(BackupError):
    """What should be backed up could not be copied whole."""


class RestoreError(BackupError):
    """The backup could not be restored."""


class NotTestedError(BackupError):
    """This cannot be proven here, so it is NOT TESTED."""

    exit_code = 3


class RepositoryError(BackupError):
    """The repository could not be used."""


class RepositoryAbsentError(RepositoryError):
    """There is no repository at this place."""

    hint = "Is the disk there and mounted, the address right? A new one is made by: wenyam backup init NAME."
    permanent = True


class RepositoryUnreachableError(RepositoryError):
    """The repository does not answer."""


class RepositoryRefusedError(RepositoryError):
    """The repository's place refused us."""

    permanent = True


class RepositoryKeyError(RepositoryError):
    """The repository's key does not open it."""

    hint = "Is this the key that was used when it was made? The sealed envelope (wenyam backup escrow) holds it."
    permanent = True


class RepositoryLockedError(RepositoryError):
    """The repository is locked by another program."""


class RepositoryDamagedError(RepositoryError):
    """The repository is damaged."""

    hint = "Make no new copy from it; restore-test the other copy, then repair this one with restic's own tools."
    permanent = True


class NoRoomError(RepositoryError):
    """There is not enough room."""

    hint = "Free some space there, or run: wenyam backup prune --plan."
