"""The verdict's numbers as people read them: one sentence, the same counts in the same words."""

import math
from collections.abc import Sequence

from handlers.domain.verdict.stratum import Stratum
from handlers.domain.verdict.tally import Tally


def compared_words(known: Tally, conclusion: str) -> str:
    """ "green failed 3 of 4,112 requests, blue 21 of 31,960: odds 1.1, …", odds where there are."""
    green = f"green failed {known.green_failures:,} of {_requests(known.green_requests)}"
    blue = f"blue {known.blue_failures:,} of {known.blue_requests:,}"
    if not known.blue_requests:
        blue = "no blue to compare with"
    ratio = known.odds_ratio
    odds = "" if ratio is None else f"odds {_odds(ratio)}, "
    return f"{green}, {blue}: {odds}{conclusion}"


def nothing_asked_words(known: Tally) -> str:
    """For a green without a request: what blue did meanwhile."""
    blue = f"blue failed {known.blue_failures:,} of {_requests(known.blue_requests)}"
    if not known.blue_requests:
        blue = "nor of blue"
    return f"nothing was asked of green yet, {blue}: wait"


def veto_words(poll: Stratum) -> str:
    """For green's gross failure in what one poll saw."""
    newest = f"{poll.green_failures:,} of its newest {_requests(poll.green_requests)}"
    return f"green failed {newest}, more than half: fail (veto)"


def e_words(log_e: float, needs: float) -> str:
    """ "e = 84, needs 40": rounded down, so that what is shown as reached is reached."""
    return f"e {_e_value(log_e)}, needs {_threshold(needs)}"


def left_open_words(quiet: Sequence[str], silent: Sequence[str]) -> str:
    """What a pass adds of functions with too few requests, and of those whose green had none."""
    words = f"; {_listed(quiet)} had too few requests to tell" if quiet else ""
    return words + (f"; nothing was asked of green {_listed(silent)}" if silent else "")


def _e_value(log_e: float) -> str:
    if log_e >= math.log(1e6):
        return "over 1,000,000"
    e = math.exp(log_e)
    if e < 0.01:
        return "under 0.01"
    decimals = 2 if e < 1 else 1 if e < 10 else 0
    return f"= {math.floor(e * 10**decimals) / 10**decimals:,.{decimals}f}"


def _threshold(value: float) -> str:
    return f"{value:,.0f}" if math.isclose(value, round(value)) else f"{value:,.1f}"


def _odds(ratio: float) -> str:
    return f"{ratio:,.1f}" if ratio < 10 else f"{ratio:,.0f}"


def _requests(count: int) -> str:
    return "1 request" if count == 1 else f"{count:,} requests"


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
