"""Probes: the event by which a check calls a version, and whether the answer will do."""
