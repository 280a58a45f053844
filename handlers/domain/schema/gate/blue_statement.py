"""A statement that blue runs, as its bundle or `greenshift schema record` has it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BlueStatement:
    """`statements/<name>.sql`: one statement with `$1`, `$2`, …

    `samples` are sets of SQL literals for the parameters, as `5, 'x'`, an empty one where a file's
    statement has no parameters; without one the statement is prepared and not executed. `role` is
    blue's, None where the file does not say another than the registration's.
    """

    name: str
    sql: str
    samples: tuple[str, ...] = ()
    role: str | None = None
