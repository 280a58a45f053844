"""`statements/<name>.sql`: one statement that blue runs, under comment lines with its samples."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from handlers.domain.findings import Finding
from handlers.domain.schema.gate.blue_statement import BlueStatement
from handlers.domain.schema.lexer import Token, tokens
from handlers.errors import MigrationFailed

_HEADER = re.compile(r"--[ \t]*(parameters|role)[ \t]*:[ \t]*(.*?)[ \t]*$", re.IGNORECASE)
_ROLE = re.compile(r'"(?P<quoted>[^"]+)"|(?P<bare>[^"\s]+)')
_PARAMETER = re.compile(r"\$[0-9]+")
_MOST_PARAMETERS = 65535
_OPENS, _CLOSES = frozenset("(["), frozenset(")]")


class _Wrong(Exception):
    def __init__(self, code: str, line: int, what: str, do: str) -> None:
        self.code, self.line, self.what, self.do = code, line, what, do
        super().__init__(what)


def read_statements(
    texts: Mapping[str, str],
) -> tuple[tuple[BlueStatement, ...], tuple[Finding, ...]]:
    """The statements of the files, by their paths in order, and all that is wrong with the others.

    A file is named for its statement: `statements/sel_user.sql` is `sel_user`.
    """
    statements: list[BlueStatement] = []
    findings: list[Finding] = []
    for path, text in sorted(texts.items()):
        try:
            statements.append(_read(path, text))
        except _Wrong as wrong:
            findings.append(Finding(wrong.code, f"{path}:{wrong.line}", wrong.what, wrong.do))
        except MigrationFailed as error:
            where, _, rest = str(error).partition(": ")
            what, _, do = rest.rpartition("; ")
            findings.append(Finding("BadStatement", where, what, do))
    return tuple(statements), tuple(findings)


def write_statement(statement: BlueStatement) -> str:
    """The text of the statement's file, which reads as the same statement again."""
    head = [f"-- parameters: {sample}".rstrip() for sample in statement.samples]
    if statement.role is not None:
        bare = _ROLE.fullmatch(statement.role)
        head.append(f"-- role: {statement.role}" if bare else f'-- role: "{statement.role}"')
    return "\n".join([*head, statement.sql.strip(), ""])


def parameters_of(sql: str) -> int:
    """The highest `$n` of a statement, 0 where it has none."""
    said = (token.text for token in tokens("", sql) if not token.blank)
    return max((int(text[1:]) for text in said if _PARAMETER.fullmatch(text)), default=0)


def _read(path: str, text: str) -> BlueStatement:
    text = text.removeprefix("\ufeff")
    found = list(tokens(path, text))
    said = [token for token in found if not token.blank]
    parts = list(_statements(said))
    if not parts:
        raise _Wrong("NoStatement", 1, "it has no statement", "write one, or take the file out")
    if len(parts) > 1:
        line = _line(text, parts[1][0])
        raise _Wrong("TwoStatements", line, "a second statement begins", "give it its own file")
    first, last = parts[0][0], parts[0][-1]
    sql = text[first.start : last.start + len(last.text)]
    samples, role = _headers(text, found, first.start)
    wanted = parameters_of(sql)
    if wanted > _MOST_PARAMETERS:
        what = f"it has the parameter ${wanted}, and PostgreSQL knows {_MOST_PARAMETERS} at most"
        raise _Wrong("BadParameters", _line(text, first), what, "number them from $1")
    for line, sample in samples:
        _judge_sample(path, line, sample, wanted)
    name = PurePosixPath(path).name.removesuffix(".sql")
    given = tuple(sample for _, sample in samples)
    # What has no parameters can be executed as it is.
    return BlueStatement(name, sql, given if wanted else given or ("",), role)


def _headers(
    text: str, found: Sequence[Token], until: int
) -> tuple[list[tuple[int, str]], str | None]:
    samples: list[tuple[int, str]] = []
    role: str | None = None
    for token in found:
        header = token.kind == "comment" and _HEADER.fullmatch(token.text)
        if not header or token.start > until:
            continue
        line, value = _line(text, token), header[2]
        if header[1].lower() == "parameters":
            samples.append((line, value))
            continue
        if role is not None:
            raise _Wrong("BadRole", line, "it names a second role", "keep one of them")
        named = _ROLE.fullmatch(value)
        if not named:
            what = f"the role ({value}) is not one name"
            raise _Wrong("BadRole", line, what, "write the role's name as the catalog has it")
        role = named["quoted"] or named["bare"]
    return samples, role


def _judge_sample(path: str, line: int, sample: str, wanted: int) -> None:
    try:
        given = _literals(list(tokens(path, sample)))
    except MigrationFailed as error:
        what = f"a literal of the sample does not end ({sample})"
        raise _Wrong("BadSample", line, what, "end it in the same line") from error
    if given is None:
        what = f"the sample ({sample}) is no list of SQL literals"
        raise _Wrong("BadSample", line, what, "write literals with commas between them")
    if given != wanted:
        has = _count(given, "literal")
        what = f"the sample has {has}, the statement {_count(wanted, 'parameter')}"
        raise _Wrong("BadSample", line, what, "write one literal for each parameter")


def _literals(found: Sequence[Token]) -> int | None:
    """How many expressions stand between the commas; None where they are no list of them.

    A sample goes into `EXECUTE name(…)` as it is: it may not close the bracket or end the
    statement.
    """
    said = [token for token in found if not token.blank]
    if not said and not any(token.kind in ("comment", "block") for token in found):
        return 0
    depth, given, empty = 0, 1, True
    for token in said:
        depth += (token.text in _OPENS) - (token.text in _CLOSES)
        if depth < 0 or token.text == ";":
            return None
        if token.text == "," and not depth:
            if empty:
                return None
            given, empty = given + 1, True
        else:
            empty = False
    commented = any(token.kind == "comment" for token in found)
    return None if depth or empty or commented else given


def _statements(said: Sequence[Token]) -> Iterator[list[Token]]:
    part: list[Token] = []
    for token in said:
        if token.text != ";":
            part.append(token)
        elif part:
            yield part
            part = []
    if part:
        yield part


def _line(text: str, token: Token) -> int:
    return text.count("\n", 0, token.start) + 1


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
