"""A service's PostgreSQL: how it is reached, and how statements are applied there once."""
