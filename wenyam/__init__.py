"""Wenyam, the watch on duty: monitoring, proven backups, DR and evidence for a data centre."""

__version__ = "0.1.0"
