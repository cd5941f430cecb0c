"""Proving that the DR site can take over: plans, steps, the journalled runner, approvals, evidence and objectives."""
