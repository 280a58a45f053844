"""The synthetic requests of a release: its marked checks as they are sent, and what the plan says
of them.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from handlers.domain.probe.message_event import message_event
from handlers.domain.probe.probe_event import http_event
from handlers.domain.release.checks import Check
from handlers.domain.shift.shift_steps import Step
from handlers.domain.synthetic.requests import MOST_ROUNDS, SyntheticCheck, SyntheticRequests
from handlers.domain.verdict.bake_settings import BakeSettings

USD_A_REQUEST = 0.20 / 1_000_000
"""Of Lambda's list in us-east-1, https://aws.amazon.com/lambda/pricing/; time comes to that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What the registration allows: requests a minute, 0 for none, of functions that nobody calls
    by their version (`pinned`), where ours could not be told from real ones.
    """

    per_minute: int
    pinned: Collection[str]


def synthetic_requests(
    checks: Sequence[Check], allowed: Allowed, changed: Collection[str], *, at: str, first: bool
) -> SyntheticRequests | None:
    """What will be sent of the release's checks to the functions that it changes; None where that
    is nothing. `at` is when messages say they were sent; at the `first` release blue is the seed.
    """
    marked = tuple(
        _sent(check, at)
        for check in checks
        if check.synthetic and check.function in changed and check.function not in allowed.pinned
    )
    if not (allowed.per_minute and marked):
        return None
    return SyntheticRequests(per_minute=allowed.per_minute, checks=marked, blue_too=not first)


def foreseen(
    checks: Sequence[Check],
    allowed: Allowed,
    found: SyntheticRequests | None,
    steps: Sequence[Step],
    settings: BakeSettings,
) -> Iterator[str]:
    """The plan's sentences: what is sent, what it costs at most, and what it can prove; or why
    marked checks are not sent.
    """
    marked = sorted({check.function for check in checks if check.synthetic})
    if marked and not allowed.per_minute:
        yield (
            "checks are marked synthetic and are not sent while traffic is thin: the registration "
            "has no syntheticPerMinute"
        )
        return
    if pinned := [key for key in marked if key in allowed.pinned]:
        yield (
            f"no synthetic requests go to {', '.join(pinned)}, which peers call by its version: "
            "CloudWatch could not tell them apart"
        )
    if found is None:
        return
    functions = sorted({each.function for each in found.checks})
    extended = 2 if settings.inconclusive == "extend" else 1
    minutes = math.ceil(extended * sum(step.minutes for step in steps))
    rounds = min(MOST_ROUNDS, minutes + 1)  # the first and the last are begun ones
    most = found.per_minute * rounds * len(functions) * (2 if found.blue_too else 1)
    versions = "blue and green" if found.blue_too else "green"
    price = math.ceil(most * USD_A_REQUEST * 1000) / 1000
    yield (
        f"where {', '.join(functions)} has fewer than {found.per_minute} real requests a minute, "
        f"synthetic ones go to {versions} by number: in the plan's minutes at most {most:,}, "
        f"${price:,.3f} and their time"
    )
    needed = math.log(2 * 3 / settings.beta) / -math.log1p(-settings.p_tol)
    fit = found.per_minute * math.ceil(extended * steps[0].minutes)
    if fit < needed:
        yield (
            f"WARNING: about {fit:,} synthetic requests fit into the first step, and passing on "
            f"them takes {needed:,.0f} without failure"
        )


def _sent(check: Check, at: str) -> SyntheticCheck:
    """A marked check is a request or a message without variables."""
    event: Mapping[str, object]
    if check.http is not None:
        event = http_event(check.http, check.name)
    else:
        assert check.message is not None
        event = message_event(check.message, check.name, at)
    return SyntheticCheck(
        name=check.name,
        function=check.function,
        event=event,
        form=None if check.http is None else check.http.form,
        status=check.expect.status,
        json=check.expect.json,
        headers=check.expect.headers,
    )
