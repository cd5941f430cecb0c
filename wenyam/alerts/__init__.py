"""Alerts: from a change of state to a message at the person on call, at least once, never a flood."""
