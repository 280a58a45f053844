"""What old code notices of triggers, rules and row security: its own statements do other things."""

from collections.abc import Iterator

from handlers.domain.schema.gate.catalog.change import TO_CONTRACT, Change, refuse, review
from handlers.domain.schema.gate.catalog.snapshot import Policy, Relation, Rule, Trigger


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
            yield review("create-trigger", what, f"{says}, and may refuse or change it")
        elif name not in there:
            yield refuse("drop-trigger", what, f"the trigger {what} is gone, and blue relies on it")
        elif here[name] != there[name]:
            yield review(
                _changed(here[name], there[name], "create-trigger"),
                what,
                f"the trigger {what} does another thing for blue",
            )


def _rules(before: Relation, after: Relation) -> Iterator[Change]:
    here = {each.name: each for each in before.rules}
    there = {each.name: each for each in after.rules}
    for name in sorted({*here, *there}):
        what = f"{before.title}.{name}"
        if name not in here:
            says = f"the new rule {what} makes other statements of blue's"
            yield refuse(
                "create-rule", what, says, "write a trigger on a table that only green uses"
            )
        elif name not in there:
            yield refuse("drop-rule", what, f"the rule {what} is gone, and blue relies on it")
        elif here[name] != there[name]:
            says = f"the rule {what} makes other statements of blue's"
            yield refuse(_changed(here[name], there[name], "create-rule"), what, says)


def _row_security(before: Relation, after: Relation) -> Iterator[Change]:
    what = before.title
    if after.row_security and not before.row_security:
        yield _enabled(after, f"row security on {what} hides rows from blue and refuses its writes")
    elif before.row_security and not after.row_security:
        says = f"{what} has no row security any more: blue sees rows that were hidden from it"
        yield refuse("row-security-policies", what, says)
    elif after.row_security:
        yield from _policies(before, after)
    if after.forced_row_security and not before.forced_row_security:
        says = f"row security on {what} now holds for the owner too, which blue may be"
        yield _enabled(after, says)


def _enabled(after: Relation, says: str) -> Change:
    """Without a policy nobody but the owner has a row; else it is a matter of the policies."""
    if after.policies:
        excuse = "see that a policy gives blue's role all its rows, and waive it with that reason"
        return review("row-security-policies", after.title, says, excuse)
    return refuse("row-security", after.title, f"{says}, for there is no policy")


def _changed(before: Trigger | Rule, after: Trigger | Rule, made: str) -> str:
    """The rule's name for a trigger or rule that was only switched, or else made anew."""
    return "switch-trigger" if before.definition == after.definition else made


def _policies(before: Relation, after: Relation) -> Iterator[Change]:
    here = {each.name: each for each in before.policies}
    there = {each.name: each for each in after.policies}
    for name in sorted({*here, *there}):
        what = f"{before.title}.{name}"
        if name not in here:
            yield _added(what, there[name])
        elif name not in there:
            says = f"the policy {what} is gone: blue sees or may write other rows"
            yield refuse("change-policy", what, says, TO_CONTRACT)
        elif here[name] != there[name]:
            says = f"the policy {what} is another one: blue sees or may write other rows"
            yield review("change-policy", what, says)


def _added(what: str, policy: Policy) -> Change:
    if policy.permissive:
        return review("change-policy", what, f"the new policy {what} shows blue more rows")
    return refuse("change-policy", what, f"the new restrictive policy {what} hides rows from blue")
