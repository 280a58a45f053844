"""Which statements outside a transaction would make blue wait for a whole table."""

from handlers.domain.schema.lexer import tokens


def locks_a_table(sql: str) -> bool:
    """Whether a statement outside a transaction takes a lock that blue's reads or writes queue
    behind, so that it may not wait for it without a lock time-out.
    """
    words = [token.word for token in tokens("", sql) if not token.blank]
    if words[0] == "VACUUM":
        return "FULL" in words
    return words[0] in ("CLUSTER", "REINDEX") and "CONCURRENTLY" not in words
