"""Waivers: `-- greenshift: allow RULE because REASON`, by which a file lets a REVIEW pass.

    waiver = "--" "greenshift:" "allow" RULE "because" REASON     on a line of its own

Directly above a statement it is for that statement. In the file's header, with an empty line
between it and the first statement, it is for every statement of the file.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from handlers.domain.schema.gate.findings import GateFinding
from handlers.domain.schema.lexer import tokens
from handlers.domain.schema.statements import Statement, split

BAD_WAIVER = "bad-waiver"
"""The rule of a waiver that cannot be followed; it stops, for somebody relies on it."""
_OURS = re.compile(r"--\s*greenshift\s*:", re.IGNORECASE)
_WAIVER = re.compile(
    r"--\s*greenshift\s*:\s*allow\s+([a-z][a-z0-9-]*)\s+because\s+(\S.*?)\s*", re.IGNORECASE
)
_DO = "write `-- greenshift: allow RULE because REASON` on a line above the statement"


@dataclass(frozen=True, slots=True)
class Waiver:
    """One waiver, and the numbers of the statements that it is for."""

    path: str
    line: int
    rule: str
    reason: str
    statements: frozenset[int]

    def covers(self, finding: GateFinding) -> bool:
        """Whether it speaks of this finding."""
        here = finding.path == self.path and finding.statement in self.statements
        return here and finding.rule == self.rule


@dataclass(frozen=True, slots=True)
class Applied:
    """The findings with their waivers, those of bad waivers among them, and notes for a reader:
    a waiver that nothing needs, or that cannot be.
    """

    findings: tuple[GateFinding, ...]
    notes: tuple[str, ...]


def apply_waivers(
    findings: Iterable[GateFinding], files: Mapping[str, str], rules: Collection[str]
) -> Applied:
    """The findings of all layers, each with the reason that its file gives for letting it pass.

    `files` are the migrations' texts by path, `rules` the names that a waiver may have. A REFUSE is
    never waived.
    """
    said = [each for path, sql in files.items() for each in _read(path, sql, rules)]
    waivers = [each for each in said if isinstance(each, Waiver)]
    bad = [each for each in said if isinstance(each, GateFinding)]
    found = [_waived(each, waivers) for each in findings]
    notes = tuple(note for each in waivers if (note := _note(each, found)))
    return Applied((*found, *bad), notes)


def _waived(finding: GateFinding, waivers: Sequence[Waiver]) -> GateFinding:
    if finding.verdict == "REFUSE":
        return finding
    reason = next((each.reason for each in waivers if each.covers(finding)), None)
    return finding if reason is None else replace(finding, waived=reason)


def _note(waiver: Waiver, findings: Sequence[GateFinding]) -> str:
    covered = [each for each in findings if waiver.covers(each)]
    if not covered:
        return f"{waiver.path}:{waiver.line}: nothing here needs {waiver.rule} allowed; take it out"
    if covered[0].verdict == "REFUSE":
        return (
            f"{waiver.path}:{waiver.line}: {waiver.rule} is refused and cannot be allowed; follow "
            "its remedy"
        )
    return ""


def _read(path: str, sql: str, rules: Collection[str]) -> Iterable[Waiver | GateFinding]:
    if _OURS.search(sql) is None:
        return
    statements = split(path, sql)
    line = 1
    for token in tokens(path, sql):
        if token.kind == "comment" and _OURS.match(token.text):
            yield _one(path, sql, line, token.text, statements, rules)
        line += token.text.count("\n")


def _one(
    path: str,
    sql: str,
    line: int,
    text: str,
    statements: Sequence[Statement],
    rules: Collection[str],
) -> Waiver | GateFinding:
    below = next((each for each in statements if each.line > line), None)
    number = below.number if below else max(len(statements), 1)
    found = _WAIVER.fullmatch(text)
    if found is None:
        return _bad(path, line, number, f"`{text.strip()}` is no waiver; {_DO}")
    rule, reason = found[1].lower(), found[2]
    if rule not in rules:
        return _bad(path, line, number, f"there is no rule {rule}; take the name from the finding")
    if below is None or any(_within(line, each) for each in statements):
        return _bad(path, line, number, f"the waiver of {rule} stands above no statement; {_DO}")
    whole = below is statements[0] and _gap(sql, line, below.line)
    covered = frozenset(each.number for each in statements) if whole else {below.number}
    return Waiver(path, line, rule, reason, frozenset(covered))


def _within(line: int, statement: Statement) -> bool:
    """Whether a comment on that line stands inside or behind the statement."""
    return statement.line <= line <= statement.line + statement.text.count("\n")


def _gap(sql: str, line: int, first: int) -> bool:
    """Whether an empty line is between the waiver and the first statement."""
    return any(not each.strip() for each in sql.split("\n")[line : first - 1])


def _bad(path: str, line: int, statement: int, breaks: str) -> GateFinding:
    return GateFinding(
        path=path,
        statement=statement,
        line=line,
        rule=BAD_WAIVER,
        layer="syntax",
        verdict="REFUSE",
        breaks=breaks,
    )
