"""What surrounds the state machine: the CDK app, the local environment and the command line."""
