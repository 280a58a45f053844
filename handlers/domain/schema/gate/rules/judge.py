"""The way in: statements of a release, in order, each judged by what is known of its kind."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from handlers.domain.schema.gate.facts import Facts
from handlers.domain.schema.gate.findings import GateFinding, gravest
from handlers.domain.schema.gate.parsed import Parsed
from handlers.domain.schema.gate.rules import (
    alter_table,
    calls,
    drops,
    indexes,
    maintenance,
    namespaces,
    privileges,
    renames,
    routines,
    rows,
    session,
    tables,
    triggers,
    types,
    views,
)
from handlers.domain.schema.gate.rules.backfills import judge_backfill
from handlers.domain.schema.gate.rules.release import Release
from handlers.domain.schema.gate.rules.rule import Case, Judge, Judged, Risk
from handlers.domain.schema.gate.rules.unknown import unknown

_JUDGES: dict[str, Judge] = {
    **alter_table.STATEMENTS,
    **calls.STATEMENTS,
    **drops.STATEMENTS,
    **indexes.STATEMENTS,
    **maintenance.STATEMENTS,
    **namespaces.STATEMENTS,
    **privileges.STATEMENTS,
    **renames.STATEMENTS,
    **routines.STATEMENTS,
    **rows.STATEMENTS,
    **session.STATEMENTS,
    **tables.STATEMENTS,
    **triggers.STATEMENTS,
    **types.STATEMENTS,
    **views.STATEMENTS,
}


def judge(
    statements: Sequence[Parsed], facts: Facts, backfills: Sequence[tuple[Parsed, str]] = ()
) -> tuple[Judged, ...]:
    """Every statement of a release's expand files, and then of its backfills with the key of each,
    with its verdict and findings, in their order.

    A statement on what an earlier one of them has made is judged as harmless to blue. An unknown
    kind of statement is refused.
    """
    release = Release(facts)
    expanded = tuple(_judged(statements, release))
    return (*expanded, *_judged_backfills(backfills, release))


def _judged(statements: Sequence[Parsed], release: Release) -> Iterator[Judged]:
    for _, of_file in groupby(enumerate(statements), key=lambda each: each[1].path):
        release.begin_file()
        for number, statement in of_file:
            case = Case(statement, statement.tree, release, statements, number)
            findings = tuple(_finding(statement, risk) for risk in _risks(case))
            yield Judged(statement, gravest(each.verdict for each in findings), findings)


def _judged_backfills(
    backfills: Sequence[tuple[Parsed, str]], release: Release
) -> Iterator[Judged]:
    for statement, key in backfills:
        release.begin_file()
        risks = judge_backfill(statement, key, release)
        findings = tuple(_finding(statement, risk) for risk in risks)
        yield Judged(statement, gravest(each.verdict for each in findings), findings)


def _risks(case: Case) -> Iterator[Risk]:
    found = _JUDGES.get(case.statement.kind)
    if found is None:
        yield unknown(case.statement.kind.removesuffix("Stmt"))
    else:
        yield from found(case)


def _finding(statement: Parsed, risk: Risk) -> GateFinding:
    return GateFinding(
        path=statement.path,
        statement=statement.number,
        line=statement.line,
        rule=risk.rule.name,
        layer="syntax",
        verdict=risk.rule.verdict,
        breaks=risk.breaks,
        remedy=risk.remedy,
    )
