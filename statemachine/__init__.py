"""The state machine: its definition, the schemas of its inputs, and its clients."""
