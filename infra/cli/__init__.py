"""The `greenshift` command."""
