"""Green before it is live: where it can be tried, and which checks go there."""
