"""One service's prune: what is known of its versions, and the deletion of those that can go."""
