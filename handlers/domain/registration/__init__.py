"""The registration, and what a release and its functions must be to fit it."""
