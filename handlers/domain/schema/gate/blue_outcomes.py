"""What blue's statements answered before the change and answer after it, and whether blue minds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handlers.domain.schema.gate.blue_statement import BlueStatement
from handlers.domain.schema.gate.drivers import WARM_REMEDY, WARM_RISK
from handlers.domain.schema.gate.findings import GateFinding
from handlers.domain.schema.gate.repeatable import has_no_order
from handlers.domain.schema.gate.steps import attribute
from handlers.domain.schema.statements import Statement

RESULT_TYPE_CHANGED = "0A000"
_ALIKE = frozenset({"S", "E"})
"""Categories of types that drivers hand out as a string: strings and enums."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A column of an answer: its type by name and by PostgreSQL's category (`N` numbers, …)."""

    name: str
    type: str
    category: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one statement did with one sample (`sample` from 1, 0: it was prepared only).

    `code` and `message` are PostgreSQL's refusal, and `prepared` whether it came after PREPARE.
    Values are as PostgreSQL writes them; `count` is the rows it answered or touched.
    """

    name: str
    sample: int
    prepared: bool = True
    code: str | None = None
    message: str = ""
    columns: tuple[Answered, ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()
    count: int | None = None

    @property
    def said(self) -> str:
        """`new row violates … (SQLSTATE 23514)`."""
        return f"{self.message} (SQLSTATE {self.code})"


Key = tuple[str, int]
Outcomes = Mapping[Key, Outcome]
"""Outcomes by the statement's name and the sample's number."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What blue meets: a rule's name, the verdict's gravity, and the sentence."""

    rule: str
    refused: bool
    breaks: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Baseline:
    """Two runs on the unchanged schema; what differs between them does not repeat and is not
    compared.
    """

    statements: Mapping[str, BlueStatement]
    first: Outcomes
    second: Outcomes

    def problems(self, now: Outcomes) -> dict[tuple[str, str], Problem]:
        """What blue meets after a change, one problem a statement and rule, by both."""
        found: dict[tuple[str, str], Problem] = {}
        for key, before in self.first.items():
            if key in now and (problem := self._problem(before, self.second[key], now[key])):
                found.setdefault((problem.rule, before.name), problem)
        return found

    def notes(self) -> tuple[str, ...]:
        """What of blue could not be tried, or is not to be compared."""
        found = {f"blue's statement {before.name} {note}": None for before, note in self._notes()}
        return tuple(found)

    def _notes(self) -> list[tuple[Outcome, str]]:
        notes: list[tuple[Outcome, str]] = []
        for key, before in self.first.items():
            if before.code is not None:
                stage = "while it runs" if before.prepared else "when it is prepared"
                notes.append((before, f"fails before the change already, {stage}: {before.said}"))
            elif not before.sample:
                notes.append((before, "has no samples: it was prepared, not executed"))
            elif loose := self._loose(before, self.second[key]):
                names = ", ".join(before.columns[at].name for at in sorted(loose))
                says = f"answers other values each time in {names}: not compared"
                notes.append((before, says))
        return notes

    def _problem(self, before: Outcome, again: Outcome, now: Outcome) -> Problem | None:
        who = _who(before)
        if now.code is not None:
            if before.code is None:
                return Problem("blue-fails", True, f"{who} fails: {now.said}")
            worse = before.prepared and not now.prepared
            if worse or (before.code == again.code and now.code != before.code):
                says = f"{who}, which failed with {before.said} before the change, now fails with"
                return Problem("blue-fails", True, f"{says} {now.said}")
            return None
        if before.code is not None:
            return None
        return self._columns(who, before, now) or self._rows(who, before, again, now)

    def _columns(self, who: str, before: Outcome, now: Outcome) -> Problem | None:
        there = dict(zip(_places(now.columns), now.columns, strict=True))
        other: Problem | None = None
        for place, column in zip(_places(before.columns), before.columns, strict=True):
            new = there.get(place)
            if new is None:
                says = f"{who} no longer answers the column {column.name}"
                return Problem("blue-sees-other-rows", True, says)
            if new.type == column.type or {new.category, column.category} <= _ALIKE:
                continue
            says = f"{who} answers {column.name} as {new.type}, not as {column.type}"
            if new.category != column.category:
                return Problem("blue-sees-other-rows", True, says)
            other = other or Problem("blue-sees-other-types", False, says)
        return other

    def _rows(self, who: str, before: Outcome, again: Outcome, now: Outcome) -> Problem | None:
        if before.count == again.count != now.count:
            says = f"{who} answers or touches {_count(now.count)}, not {before.count}"
            return Problem("blue-sees-other-rows", True, says)
        loose = self._loose(before, again)
        steady = [at for at in range(len(before.columns)) if at not in loose]
        places = {place: at for at, place in enumerate(_places(now.columns))}
        order = _places(before.columns)
        here = Counter(tuple(row[at] for at in steady) for row in before.rows)
        there = Counter(tuple(row[places[order[at]]] for at in steady) for row in now.rows)
        if not steady or here == there:
            return None
        lost = next(iter((here - there) or (there - here)))
        shown = ", ".join(
            f"{before.columns[at].name} = {'NULL' if value is None else value[:40]}"
            for at, value in zip(steady, lost, strict=True)
        )
        gone = "no longer answers" if here - there else "now answers"
        return Problem("blue-sees-other-rows", True, f"{who} {gone} the row {shown}")

    def _loose(self, before: Outcome, again: Outcome) -> set[int]:
        """The columns whose values are others each time."""
        if again.code is not None or len(again.columns) != len(before.columns):
            return set(range(len(before.columns)))
        if has_no_order(self.statements[before.name].sql):
            return set(range(len(before.columns)))
        return {
            at
            for at in range(len(before.columns))
            if Counter(row[at] for row in before.rows) != Counter(row[at] for row in again.rows)
        }


def warm_problems(
    before: Outcomes, now: Outcomes, cold: Outcomes
) -> dict[tuple[str, str], Problem]:
    """What connections meet that were open, with their statements prepared, across the change, and
    new ones do not.
    """
    found: dict[tuple[str, str], Problem] = {}
    for key, outcome in now.items():
        code, new = outcome.code, cold.get(key)
        if code is None or code == before[key].code or (new is not None and new.code == code):
            continue
        if new is not None and new.code is not None and code != RESULT_TYPE_CHANGED:
            continue
        says = f"{_who(outcome)} fails on connections that have it prepared: {outcome.said}"
        problem = Problem("warm-connections", False, f"{says}; {WARM_RISK}", WARM_REMEDY)
        found.setdefault((problem.rule, outcome.name), problem)
    return found


def outcome_findings(
    steps: Sequence[tuple[Statement, Mapping[tuple[str, str], Problem]]],
) -> tuple[GateFinding, ...]:
    """The findings, each on the statement after which blue first met it. What a later statement
    puts right is a REVIEW: blue meets it only between the two.
    """
    return tuple(
        GateFinding(
            path=statement.path,
            statement=statement.number,
            line=statement.line,
            rule=problem.rule,
            layer="statements",
            verdict="REFUSE" if problem.refused and not mended else "REVIEW",
            breaks=problem.breaks
            + (f"; {mended.place()} puts it right, and blue fails until then" if mended else ""),
            remedy=problem.remedy,
        )
        for statement, problem, mended in attribute(steps)
    )


def _who(outcome: Outcome) -> str:
    sample = f" with its sample {outcome.sample}" if outcome.sample > 1 else ""
    return f"blue's statement {outcome.name}{sample}"


def _places(columns: Sequence[Answered]) -> list[Key]:
    """Columns by name, and by number among those of the same name."""
    seen: Counter[str] = Counter()
    places: list[Key] = []
    for column in columns:
        places.append((column.name, seen[column.name]))
        seen[column.name] += 1
    return places


def _count(rows: int | None) -> str:
    return "no rows" if not rows else f"{rows} row{'' if rows == 1 else 's'}"
