"""Strict models of the YAML, the loader that reports every problem at once, and references to secrets."""
