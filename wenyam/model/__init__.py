"""Nouns only: frozen dataclasses and enumerations, no I/O."""
