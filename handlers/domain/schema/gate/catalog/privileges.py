"""What roles may do no more."""

from collections.abc import Iterator, Sequence

from handlers.domain.schema.gate.catalog.change import Change, refuse
from handlers.domain.schema.gate.catalog.snapshot import Privilege, Snapshot


def privilege_changes(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    """Every privilege that was lost on something that is still there under its name."""
    functions = {each.title: each for each in after.functions}
    schemas = {each.name: each for each in after.schemas}
    for table in before.relations:
        if now := after.by_title.get(table.title):
            columns = {column.name for column in now.columns}
            held = [each for each in table.privileges if each.grantee != now.owner]
            yield from _lost(table.title, held, now.privileges, columns)
    for function in before.functions:
        if called := functions.get(function.title):
            yield from _lost(function.title, function.privileges, called.privileges)
    for schema in before.schemas:
        if space := schemas.get(schema.name):
            what = f"schema {schema.name}"
            yield from _lost(what, schema.privileges, space.privileges)


def _lost(
    what: str,
    before: Sequence[Privilege],
    after: Sequence[Privilege],
    columns: set[str] | None = None,
) -> Iterator[Change]:
    left = set(after)
    gone: dict[str, list[str]] = {}
    for privilege in before:
        action, _, part = privilege.action.partition(" (")
        if part and columns is not None and part.removesuffix(")") not in columns:
            continue  # it went with its column
        holders = (privilege.grantee, "PUBLIC")
        actions = (action, privilege.action)
        if not any(Privilege(who, can) in left for who in holders for can in actions):
            gone.setdefault(privilege.grantee, []).append(privilege.action)
    for grantee, actions_lost in sorted(gone.items()):
        who = "everybody" if grantee == "PUBLIC" else grantee
        says = f"{who} loses {', '.join(sorted(actions_lost))} on {what}"
        yield refuse("revoke", f"{what} {grantee}", says, f"grant it to {grantee} again")
