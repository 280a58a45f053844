"""Which release this is."""

RELEASE = "1.0.0"
