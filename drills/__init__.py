"""Flows with their real software, end to end: `python -m drills`."""
