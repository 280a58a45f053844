"""Backfills: one keyset statement that moves data in small batches, taken up again wherever it was
left.
"""
