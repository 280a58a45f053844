"""What each statement is expected to be judged: SQL, "VERDICT rule rule …", a part of its remedies.

The rules are those of all statements of the SQL, in order.
"""

from gate_scenarios import (
    changed_columns,
    code_and_session,
    constraints,
    drops_and_renames,
    indexes,
    new_columns,
    new_in_release,
    privileges,
    rows,
    server,
    tables,
    triggers,
    types_and_views,
)

_FAMILIES = (
    new_columns,
    changed_columns,
    constraints,
    indexes,
    tables,
    drops_and_renames,
    types_and_views,
    triggers,
    privileges,
    rows,
    code_and_session,
    server,
    new_in_release,
)
SCENARIOS = [
    (family.__name__.rpartition(".")[2], *scenario)
    for family in _FAMILIES
    for scenario in family.SCENARIOS
]
