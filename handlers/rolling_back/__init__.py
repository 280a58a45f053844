"""The ways back: to blue, to an earlier release, to that of record; and how a contract ends."""
