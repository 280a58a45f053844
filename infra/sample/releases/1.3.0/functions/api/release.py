"""Which release this is."""

RELEASE = "1.3.0"
