"""The embedded environment: an AWS emulator and PostgreSQL on this machine, without Docker."""
