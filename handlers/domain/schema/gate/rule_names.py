"""Every name that a finding may have, of whichever layer, and what it means in one line.

One risk has one name: where the catalog or blue's statements show what a rule on the syntax tree
has seen, they say it by that rule's name, so that one waiver covers it.
"""

from collections.abc import Mapping

from handlers.domain.schema.gate.rules.registry import RULES
from handlers.domain.schema.gate.waivers import BAD_WAIVER

ONLY_ON_SCRATCH: Mapping[str, str] = {
    "does-not-apply": "the statement fails on the schema that the files before it make",
    "blue-fails": "a statement of blue's that worked before the change fails after it",
    "blue-sees-other-rows": "a statement of blue's answers or touches other rows, or other columns",
    "blue-sees-other-types": "a statement of blue's answers a column as another, similar type",
    "warm-connections": "what blue's open connections have prepared fails until they prepare anew",
}
"""What no syntax tree tells."""
MEANINGS: Mapping[str, str] = {
    **{name: rule.meaning for name, rule in RULES.items()},
    **ONLY_ON_SCRATCH,
    BAD_WAIVER: "a waiver that cannot be followed, and somebody relies on it",
}
KNOWN = frozenset(MEANINGS)
"""The names that a waiver may have."""
