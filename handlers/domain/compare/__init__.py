"""Comparing: the same recorded requests answered by blue, by blue again, and by green."""
