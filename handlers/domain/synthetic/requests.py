"""What is put to blue and green while traffic is thin: the checks that the release marks for it,
as often as the owner allows.

Small, as the record of a deployment has it, which also a rollback reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from handlers.domain.release.check_forms import HttpForm

MOST_A_MINUTE = 600
MOST_ROUNDS = 240
"""Minutes of a deployment in which requests are sent: four hours tell, and more would only cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticCheck:
    """One check as it is sent again and again: its event, and what the answer must show. `form` is
    that of an HTTP request, None of a message, whose answer has no status.
    """

    name: str
    function: str
    event: Mapping[str, object]
    form: HttpForm | None = None
    status: int | None = None
    json: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticRequests:
    """Up to `per_minute` requests a minute to each version of a function that has `checks`.
    `blue_too` is False where blue is the seed, which answers nothing.
    """

    per_minute: int
    checks: tuple[SyntheticCheck, ...]
    blue_too: bool = True

    def of(self, function: str) -> tuple[SyntheticCheck, ...]:
        """The checks of one function."""
        return tuple(each for each in self.checks if each.function == function)
