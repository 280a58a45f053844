"""The runner's splitter held against PostgreSQL's own parser: what is judged is what is run."""

from collections.abc import Sequence

from handlers.domain.schema.lexer import tokens
from handlers.domain.schema.statements import Statement
from handlers.errors import MigrationFailed

MOST_DEPTH = 8_000
"""Words between two commas: beyond it the parser's tree may be deeper than a stack."""
_SPACE = " \t\n\r\f\v"
_NESTS = {"(": 1, "[": 1, ")": -1, "]": -1}
_CHAINS = ("UNION", "INTERSECT", "EXCEPT", "JOIN")


def agree(path: str, statements: Sequence[Statement], theirs: Sequence[str]) -> None:
    """Returns when both find the same statements. `theirs` are the parser's, comments and white
    space around them included.

    Raises MigrationFailed with the line of the first statement that they see differently.
    """
    for ours, their in zip(statements, theirs, strict=False):
        if ours.text != their.strip(_SPACE) and ours.text != _bare(path, their):
            raise MigrationFailed(
                f"{ours.place()}: PostgreSQL ends statement {ours.number} elsewhere than the "
                "migrator does; put it into a file of its own"
            )
    if len(statements) != len(theirs):
        line = statements[-1].line if statements else 1
        raise MigrationFailed(
            f"{path}:{line}: PostgreSQL finds {len(theirs)} statements where the migrator finds "
            f"{len(statements)}; put each into a file of its own"
        )


def judge_depth(path: str, statement: Statement) -> None:
    """Raises MigrationFailed for a statement whose tree could be too deep to be read.

    An upper bound that costs nothing: items of a list lie beside each other, anything else may lie
    inside what stands before it.
    """
    if len(statement.text) <= MOST_DEPTH:
        return
    levels = [[0, 0]]
    for token in tokens(path, statement.text):
        if token.blank:
            continue
        level = levels[-1]
        if token.text == ",":
            level[0] = level[1]
            continue
        level[0] += 1
        level[1] += token.word in _CHAINS
        if level[0] > MOST_DEPTH:
            raise too_deep(statement)
        step = _NESTS.get(token.text, 0)
        if step > 0:
            levels.append([level[0], level[0]])
        elif step < 0 and len(levels) > 1:
            levels.pop()


def too_deep(statement: Statement) -> MigrationFailed:
    """The error for a statement that nests beyond what can be read."""
    return MigrationFailed(
        f"{statement.place()}: statement {statement.number} nests too deeply to be judged; split it"
    )


def _bare(path: str, text: str) -> str:
    """The text without the comments and white space around it."""
    said = [token for token in tokens(path, text) if not token.blank]
    return text[said[0].start : said[-1].start + len(said[-1].text)] if said else ""
