"""What VerifyGreen does to prove a version: checks read from a bundle, made, and told."""
