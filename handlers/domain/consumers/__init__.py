"""Functions that work messages off: where these come from, and where they go when one fails."""
