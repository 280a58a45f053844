"""Views: blue reads them by name and by column."""

from collections.abc import Iterator

from handlers.domain.schema.gate.rules.names import written
from handlers.domain.schema.gate.rules.rule import Case, Judge, Risk, Rule

CHANGE_VIEW = Rule(
    "change-view", "REVIEW", "blue's queries of a view get other rows, columns, rights or checks"
)
REFRESH_LOCKS = Rule(
    "refresh-locks", "REVIEW", "readers of a materialized view wait for its refresh"
)
RULES = (CHANGE_VIEW, REFRESH_LOCKS)


def _view(case: Case) -> Iterator[Risk]:
    view = case.node["view"]
    new = case.release.new(view)
    if case.node.get("replace") and not new:
        name = written(view)
        yield CHANGE_VIEW.says(
            f"if {name} is there, blue's queries of it get other rows, and SELECT * on warm "
            "connections fails with 0A000 where it has more columns",
            "let it pass if it is new or shows blue the same; else give green a view of a new name",
        )
    else:
        case.release.make_relation(view)


def _refresh(case: Case) -> Iterator[Risk]:
    view = case.node["relation"]
    if not case.node.get("concurrent") and not case.release.new(view):
        name = written(view)
        yield REFRESH_LOCKS.says(
            f"blue's queries of {name} wait until it is computed",
            f"REFRESH MATERIALIZED VIEW CONCURRENTLY {name}, which needs a unique index",
        )


STATEMENTS: dict[str, Judge] = {"ViewStmt": _view, "RefreshMatViewStmt": _refresh}
