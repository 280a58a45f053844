"""Reads documents that people write: values with their places, and all findings."""
