"""What is told of deployments to whoever listens: from a change of the ledger to an event."""
