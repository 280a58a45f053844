"""What a check of the user's input found: one clear sentence each, never an exception half-way."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: a stable `code`, `where` it is, `what` is wrong, what to `do`."""

    code: str
    where: str
    what: str
    do: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.do}"

    def to_json(self) -> dict[str, str]:
        """The finding as `Rejected` shows it."""
        return asdict(self)
