"""Deployments that wait for their turn: what is kept of them, and who waits for whom."""
