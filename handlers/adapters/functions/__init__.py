"""Lambda: functions, versions and aliases, read, published, probed and flipped."""
