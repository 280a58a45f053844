"""What the rules do not know is refused, until somebody has thought about it."""

from handlers.domain.schema.gate.rules.rule import Risk, Rule

UNKNOWN_STATEMENT = Rule("unknown-statement", "REFUSE", "no rule knows what it does to blue")
RULES = (UNKNOWN_STATEMENT,)


def unknown(what: str) -> Risk:
    """The risk of a kind of statement that no rule knows."""
    return UNKNOWN_STATEMENT.says(
        f"no rule knows what {what} does to blue",
        "write it otherwise, or run it by hand when blue is gone",
    )
