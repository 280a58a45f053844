"""Lambda's control plane, shared: whose call is when."""
