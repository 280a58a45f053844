"""What the rules may know of the database beside the statement itself."""

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.domain.schema.gate.blue_reads import Reads


@dataclass(frozen=True, slots=True)
class Facts:
    """`columns` is each table's columns with their types as `format_type` writes them, by
    `schema.table`, before the release; None where only the files are known, and then a rule that
    would need them says REVIEW or REFUSE. `reads` is what blue's statements read, none where they
    are not known.
    """

    columns: Mapping[str, Mapping[str, str]] | None = None
    reads: tuple[Reads, ...] = ()
