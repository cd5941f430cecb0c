"""Queries and commands: the only door for the front rooms."""
