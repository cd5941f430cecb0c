"""SNMP v1, v2c and v3: sessions from a pool, a codec and a walk guard of our own (ADR on the SNMP engine)."""

from wenyam.links.snmp.codec import Absent, Value
from wenyam.links.snmp.pool import Endpoint, SnmpPool
from wenyam.links.snmp.session import SnmpSession
from wenyam.links.snmp.walk import Column
from wenyam.links.snmp.wire import Patience

__all__ = ["Absent", "Column", "Endpoint", "Patience", "SnmpPool", "SnmpSession", "Value"]
