"""The gate put together: its layers on one release's migrations, and one report of them."""
