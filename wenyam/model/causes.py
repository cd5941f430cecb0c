"""Outage cause codes of requirement R2.4, in the order a report lists them."""

from enum import StrEnum


class CauseCode(StrEnum):
    """Why something was down."""

    POWER = "power"
    COOLING = "cooling"
    FIBRE_CUT = "fibre_cut"
    PROVIDER = "provider_equipment"
    OWN_NETWORK = "own_network_equipment"
    HARDWARE_FAILURE = "hardware_failure"
    HARDWARE_AGE = "hardware_age"
    OPERATING_SYSTEM = "unpatched_or_unlicensed_os"
    OPERATOR = "operator_or_cabling"
    ATTACK = "external_attack"
    APPLICATION = "application"
    DATABASE = "database"
    PLANNED = "planned_work"
    MONITORING = "monitoring"
    UNKNOWN = "unknown"
