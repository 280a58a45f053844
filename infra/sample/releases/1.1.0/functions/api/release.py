"""Which release this is."""

RELEASE = "1.1.0"
