"""Shipped test doubles and real servers; imported only by tests and the lab."""
