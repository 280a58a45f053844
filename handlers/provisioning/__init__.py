"""What ProvisionGreen publishes from."""
