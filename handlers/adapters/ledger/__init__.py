"""The ledger: claims, the journal of deployments, and the table that both are kept in."""
