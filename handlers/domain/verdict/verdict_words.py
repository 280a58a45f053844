"""The verdict's numbers as people read them: one sentence, the same counts in the same words."""

import math
from collections.abc import Sequence

from handlers.domain.verdict.before import Before
from handlers.domain.verdict.better import Better
from handlers.domain.verdict.evidence import Throttled
from handlers.domain.verdict.signs import Sign
from handlers.domain.verdict.stratum import Stratum
from handlers.domain.verdict.tally import Tally
from handlers.domain.verdict.worse import Worse


def compared_words(
    known: Tally, conclusion: str, *, of_requests: bool = True, synthetic: Tally | None = None
) -> str:
    """ "green failed 3 of 4,112 requests, blue 21 of 31,960: odds 1.1, …", odds where there are.
    Synthetic requests, where there were any, are told apart.
    """
    counted = _requests(known.green_requests) if of_requests else f"{known.green_requests:,}"
    green = f"green failed {known.green_failures:,} of {counted}"
    blue = f"blue {known.blue_failures:,} of {known.blue_requests:,}"
    if not known.blue_requests:
        blue = "no blue to compare with"
    if synthetic is not None and synthetic.green_requests:
        made = _synthetic(synthetic)
        if not known.green_requests:
            nothing = "nothing but synthetic requests was asked of green"
            return f"{nothing}, which failed {made}: {conclusion}"
        blue += f", and of synthetic requests green failed {made}"
    ratio = known.odds_ratio
    odds = "" if ratio is None else f"odds {_odds(ratio)}, "
    return f"{green}, {blue}: {odds}{conclusion}"


def sign_words(sign: Sign, before: Before, conclusion: str) -> str:
    """What speaks against green, by the metric that says it loudest."""
    if sign.metric == "synthetic":
        ratio = sign.tally.odds_ratio
        odds = "" if ratio is None else f"odds {_odds(ratio)}, "
        made = _synthetic(sign.tally, f" synthetic requests of the check {sign.check!r}")
        return f"green failed {made}: {odds}{conclusion}"
    if sign.metric in ("failures", "metric"):
        return compared_words(sign.tally, conclusion, of_requests=sign.metric == "failures")
    if sign.metric == "hang":
        green, every = (sum(getattr(s, at) for s in sign.shares) for at in ("green", "requests"))
        share = sum(each.weight * each.requests for each in sign.shares) / max(1, every)
        return (
            f"green finished {green:,} of {_requests(every)}, though {share:.0%} go to it, and may "
            f"hang: {conclusion}"
        )
    p95 = before.p95_ms or 0
    limit = f"blue's p95 of {p95:,.0f} ms" if p95 >= 1 else "blue's p95 of less than 1 ms"
    if sign.metric == "cost":
        price = p95 / 1000 * (before.memory_mb or 0) / 1024
        limit = f"blue's p95 of {price:,.3g} GB-seconds a request"
    known, ratio = sign.tally, sign.tally.odds_ratio
    odds = "more odds" if ratio is None else f"{_odds(ratio)} times the odds"
    return (
        f"green has {odds} of exceeding {limit} ({known.green_failures:,} of "
        f"{_requests(known.green_requests)}, blue {known.blue_failures:,} of "
        f"{known.blue_requests:,}): {conclusion}"
    )


def better_words(found: Better, conclusion: str, *, shown: bool) -> str:
    """For a hotfix: what speaks most for green."""
    word = "is better than blue" if shown else "is not shown better than blue"
    return f"green {word}: {found.name}: {compared_words(found.tally, conclusion)}"


def worse_words(found: Worse) -> str:
    """For blue, or a green that is alone, against what blue did before."""
    blue = found.version == "blue"
    what = "blue got worse since the shift and" if blue else "green, alone,"
    until = "before" if blue else "until then"
    return (
        f"{what} failed {found.failures:,} of {_requests(found.requests)}, where blue failed "
        f"{found.before.failures:,} of {found.before.requests:,} {until}: whether "
        "green is the cause cannot be told, and it goes back whatever the policy: inconclusive"
    )


def held_back_words(against: Sequence[Sign]) -> str:
    """What a `wait` adds where latency or cost keeps green from passing."""
    named = _listed([_named(sign) for sign in against])
    return f"; {named} speaks against it" if against else ""


def unheard_words(found: Sequence[Sign], asked: Tally) -> list[str]:
    """What any verdict adds of metrics that cannot be compared though both versions were asked."""
    if not (asked.green_requests and asked.blue_requests):
        return []
    told = []
    for sign in found:
        green, blue = sign.tally.green_requests, sign.tally.blue_requests
        if sign.metric == "metric" and not (green and blue):
            by = f"by {'green' if green else 'blue'} alone" if green or blue else "by neither"
            told.append(f"{sign.function} was counted {by} and says nothing")
    return told


def damaged_words(strata: int) -> str:
    """What any verdict adds where counts were no counts."""
    if not strata:
        return ""
    return f"; {strata:,} {'stratum' if strata == 1 else 'strata'} left out with impossible counts"


def of(name: str, functions: int) -> str:
    """Names the function that a sentence is about, where there are several."""
    return f"{name}: " if functions > 1 else ""


def throttled_words(poll: Throttled) -> str:
    """For requests that Lambda turned away."""
    attempts = poll.requests + poll.throttled
    return (
        f"Lambda throttled {poll.throttled:,} of its newest {_requests(attempts)}, more than half: "
        "fail (veto)"
    )


def nothing_judged_words(known: Tally, served: int) -> str:
    """For a green of which no request has settled, of so many that it `served`: what blue did
    meanwhile.
    """
    green = "nothing of green has settled yet" if served else "nothing was asked of green yet"
    blue = f"blue failed {known.blue_failures:,} of {_requests(known.blue_requests)}"
    if not known.blue_requests:
        blue = "nor of blue"
    return f"{green}, {blue}: wait"


def synthetic_veto_words(seen: Stratum) -> str:
    """For green's gross failure in the newest round of synthetic requests."""
    blue = f", blue {seen.blue_failures:,} of {seen.blue_requests:,}" if seen.blue_requests else ""
    newest = f"{seen.green_failures:,} of its newest {seen.green_requests:,} synthetic requests"
    return f"green failed {newest}{blue}, more than half: fail (veto)"


def on_synthetic_words(names: Sequence[str], functions: int) -> str:
    """What the word of a pass adds where real requests were too few to tell."""
    if not names:
        return ""
    return " on synthetic requests" + (f" of {_listed(names)}" if functions > 1 else "")


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


def _synthetic(known: Tally, of_what: str = "") -> str:
    blue = f", blue {known.blue_failures:,} of {known.blue_requests:,}"
    green = f"{known.green_failures:,} of {known.green_requests:,}{of_what}"
    return green + (blue if known.blue_requests else "")


def _named(sign: Sign) -> str:
    if sign.metric == "synthetic":
        return f"the check {sign.check!r} of {sign.function}"
    return sign.function if sign.metric == "metric" else f"the {sign.metric} of {sign.function}"


def _odds(ratio: float) -> str:
    return f"{ratio:,.1f}" if ratio < 10 else f"{ratio:,.0f}"


def _requests(count: int) -> str:
    return "1 request" if count == 1 else f"{count:,} requests"


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
