"""What functions log, as a log subscription delivers it."""
