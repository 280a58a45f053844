"""What old code notices of triggers, rules and row security: its own statements do other things."""

from collections.abc import Iterator

from handlers.domain.schema.gate.catalog.change import TO_CONTRACT, Change, refuse, review
from handlers.domain.schema.gate.catalog.snapshot import Policy, Relation


def behaviour_changes(before: Relation, after: Relation) -> Iterator[Change]:
    """What was added to, changed in or taken from a table that was there."""
    yield from _triggers(before, after)
    yield from _rules(before, after)
    yield from _row_security(before, after)


def _triggers(before: Relation, after: Relation) -> Iterator[Change]:
    here = {each.name: each for each in before.triggers}
    there = {each.name: each for each in after.triggers}
    for name in sorted({*here, *there}):
        what = f"{before.title}.{name}"
        if name not in here:
            says = f"the new trigger {what} runs with every write of blue's"
            yield review("add-trigger", what, f"{says}, and may refuse or change it")
        elif name not in there:
            yield refuse("drop-trigger", what, f"the trigger {what} is gone, and blue relies on it")
        elif here[name] != there[name]:
            yield review("change-trigger", what, f"the trigger {what} does another thing for blue")


def _rules(before: Relation, after: Relation) -> Iterator[Change]:
    here = {each.name: each for each in before.rules}
    there = {each.name: each for each in after.rules}
    for name in sorted({*here, *there}):
        what = f"{before.title}.{name}"
        if name not in here:
            says = f"the new rule {what} makes other statements of blue's"
            yield refuse("add-rule", what, says, "write a trigger on a table that only green uses")
        elif name not in there:
            yield refuse("drop-rule", what, f"the rule {what} is gone, and blue relies on it")
        elif here[name] != there[name]:
            says = f"the rule {what} makes other statements of blue's"
            yield refuse("change-rule", what, says)


def _row_security(before: Relation, after: Relation) -> Iterator[Change]:
    what = before.title
    if after.row_security and not before.row_security:
        says = f"row security on {what} hides rows from blue and refuses its writes"
        yield refuse("enable-row-security", what, says)
    elif before.row_security and not after.row_security:
        says = f"{what} has no row security any more: blue sees rows that were hidden from it"
        yield refuse("disable-row-security", what, says)
    elif after.row_security:
        yield from _policies(before, after)
    if after.forced_row_security and not before.forced_row_security:
        says = f"row security on {what} now holds for the owner too, which blue may be"
        yield refuse("force-row-security", what, says)


def _policies(before: Relation, after: Relation) -> Iterator[Change]:
    here = {each.name: each for each in before.policies}
    there = {each.name: each for each in after.policies}
    for name in sorted({*here, *there}):
        what = f"{before.title}.{name}"
        if name not in here:
            yield _added(what, there[name])
        elif name not in there:
            says = f"the policy {what} is gone: blue sees or may write other rows"
            yield refuse("drop-policy", what, says, TO_CONTRACT)
        elif here[name] != there[name]:
            says = f"the policy {what} is another one: blue sees or may write other rows"
            yield review("change-policy", what, says)


def _added(what: str, policy: Policy) -> Change:
    if policy.permissive:
        return review("add-policy", what, f"the new policy {what} shows blue more rows")
    return refuse("add-policy", what, f"the new restrictive policy {what} hides rows from blue")
