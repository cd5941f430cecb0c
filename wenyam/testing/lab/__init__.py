"""A small data centre of real servers on this machine, with faults to cause."""

from wenyam.testing.lab.laboratory import Lab

__all__ = ["Lab"]
