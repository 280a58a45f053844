"""Green: its configuration over the stack's, and by what a version is known again."""
