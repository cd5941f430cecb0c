"""What can go wrong with the lab, as sentences."""

from wenyam.errors import UsageError, WenyamError


class LabError(WenyamError):
    """The lab could not do this."""


class LabBusyError(LabError):
    """Another lab is up on this machine."""

    hint = "Take it down first with: scripts/lab --directory THERE down."


class LabAddressTakenError(LabError):
    """Another program already listens where a device of the lab belongs."""

    hint = "Stop it, or start the lab with --network own, where it has a network of its own."


class LabDownError(LabError):
    """The lab is not up."""

    hint = "Start it with: scripts/lab up."


class LabServerError(LabError):
    """A server of the lab did not become ready."""


class UnknownFaultError(UsageError):
    """There is no such fault here."""

    hint = "scripts/lab faults lists them with the devices they can hit."
