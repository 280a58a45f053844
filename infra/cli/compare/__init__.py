"""`greenshift compare`: recorded requests made from logs, and what came of comparing them."""
