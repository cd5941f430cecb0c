"""Incidents: what is wrong, who has it, how far the procedure is, until a test result closes it."""
