"""Which release this is."""

RELEASE = "1.2.0"
