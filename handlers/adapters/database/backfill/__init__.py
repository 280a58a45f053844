"""Backfills on a real database: the key, the cursor, the batches, and the lag of replicas."""
