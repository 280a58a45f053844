"""The compatibility gate's layers that need a server: a scratch database, and blue's statements."""
