"""What came of the synthetic requests of a minute, as the ledger keeps it, and as evidence."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from handlers.domain.synthetic.requests import SyntheticRequests
from handlers.domain.verdict.stratum import Stratum
from handlers.domain.verdict.synthetic_strata import CheckStrata


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One check in one round: requests of each version, and failures among them."""

    check: str
    green_requests: int
    green_failures: int
    blue_requests: int
    blue_failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """The requests of the minute that begins at the epoch second `start`, which were sent between
    `began` and `ended`. `unanswered` are pairs in which Lambda had no answer of a version, for
    which no version is to blame; `why` is what it said of the last.
    """

    start: int
    began: float
    ended: float
    rows: tuple[Row, ...] = ()
    unanswered: int = 0
    why: str = ""


def strata_of(
    requests: SyntheticRequests, rounds: Iterable[Round], changed: Iterable[str]
) -> tuple[CheckStrata, ...]:
    """The rounds by check, of those whose function the release changes; a check that was not sent
    yet is there as well, so that its weight is known before it is.
    """
    found: dict[str, list[Stratum]] = {each.name: [] for each in requests.checks}
    for each in rounds:
        for row in each.rows:
            counts = (row.green_requests, row.green_failures, row.blue_requests, row.blue_failures)
            if row.check in found and any(counts):
                found[row.check].append(Stratum(each.start, *counts))
    changing = set(changed)
    return tuple(
        CheckStrata(each.name, each.function, tuple(found[each.name]))
        for each in requests.checks
        if each.function in changing
    )


def told(rounds: Sequence[Round]) -> Iterator[str]:
    """What a verdict adds of requests that Lambda had no answer to."""
    if unanswered := sum(each.unanswered for each in rounds):
        why = next(each.why for each in reversed(rounds) if each.unanswered)
        pairs = "pair" if unanswered == 1 else "pairs"
        yield f"{unanswered:,} {pairs} of synthetic requests count for nothing: {why}"


def while_sent(
    rounds: Iterable[Round], functions: Mapping[str, str]
) -> dict[str, list[tuple[float, float]]]:
    """By function, when requests were sent to it; `functions` is by check."""
    found: dict[str, list[tuple[float, float]]] = {}
    for each in rounds:
        for key in {functions[row.check] for row in each.rows if row.check in functions}:
            found.setdefault(key, []).append((each.began, each.ended))
    return found
