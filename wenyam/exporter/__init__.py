"""Prometheus text from the current snapshot."""
