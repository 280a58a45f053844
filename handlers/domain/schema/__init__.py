"""Schema changes: what a migration file says, and what of it is still to be applied."""
