"""`orders`: the service that the demo and the tests release, its releases and its load."""
