"""Two data centres of real servers on this machine, joined by a line, with users beside them and faults to cause."""

from wenyam.testing.sites.laboratory import TwoSites

__all__ = ["TwoSites"]
