"""Who waits: two risks that statements of many kinds have, whichever layer sees them."""

from handlers.domain.schema.gate.rules.rule import Rule

TABLE_SCAN = Rule(
    "table-scan", "REFUSE", "a table is read whole, or an index built, under a lock that blue meets"
)
TABLE_REWRITE = Rule(
    "table-rewrite", "REFUSE", "a table is written anew, and blue's statements on it wait"
)
RULES = (TABLE_SCAN, TABLE_REWRITE)
