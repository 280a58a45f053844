"""What follows from a judgement: watch on, shift to the next step, finalize, or roll back."""

import math
from dataclasses import dataclass
from typing import Literal

from handlers.domain.asking.question import Asking
from handlers.domain.asking.told import Told
from handlers.domain.shift.rounds import asked_seconds, observe_seconds
from handlers.domain.verdict.bake_settings import Inconclusive
from handlers.domain.verdict.tally import Tally
from handlers.domain.verdict.verdict import Judgement

Next = Literal["observe", "shift", "finalize", "rollBack"]


@dataclass(frozen=True, slots=True)
class BakeDecision:
    """What the machine does next, after `wait_seconds` if it observes; `reason` is one sentence.

    `inconclusive` says that the step ended without a verdict, and that its policy or a person
    decided; `asks` that a person is waited for, and `told` has what one decided.
    """

    next: Next
    wait_seconds: int
    reason: str
    inconclusive: bool
    asks: bool = False
    told: Told | None = None


def decide(
    judgement: Judgement,
    *,
    step_age_seconds: float,
    step_minutes: float,
    min_minutes: float | None,
    last_step: bool,
    inconclusive: Inconclusive,
    green_requests: int,
    green_failures: int,
    stratum_seconds: int,
    extensions: int = 1,
    requests_before: int = 0,
    asking: Asking | None = None,
) -> BakeDecision:
    """The decision at one moment of a step, from its age alone: asked again, the same.

    A step ends on `fail` at once, on `pass` when `min_minutes` (default: its minutes) are over,
    and otherwise with its minutes, by the policy. `extend` gives it its minutes again, as often
    as `extensions`, then promotes only a green that answered and never failed. `ask` goes on
    watching while a person is waited for, and goes back when their time is over. What persons have
    told it (`asking`) never goes before a verdict against green. `green_requests` and
    `green_failures` are all that is known of green, settled or not. Where they are fewer than the
    look before this one saw (`requests_before`), counts are missing, and nothing goes on by them,
    whoever says so. `inconclusive`, where things got worse since the shift, goes back whatever the
    policy.
    """
    onwards: Next = "finalize" if last_step else "shift"
    asking = asking or Asking()
    planned = step_minutes * 60
    ends = planned * (1 + (extensions if inconclusive == "extend" else 0))
    if inconclusive == "ask":
        ends += asking.minutes * 60
    earliest = planned if min_minutes is None else min(min_minutes * 60, planned)
    if (back := _back(judgement, asking)) is not None:
        return back
    shrunk = green_requests < requests_before
    if judgement.word == "pass" and step_age_seconds >= earliest and not shrunk:
        return BakeDecision(onwards, 0, judgement.reason, False)
    if (told := asking.heard.onwards(asking.step)) and not shrunk:
        passed = judgement.word == "pass"
        early = "before its minutes were over" if passed else "before the verdict"
        reason = told.sentence(early if told.decision == "promote" else "")
        reason += f"; {judgement.reason}"
        return BakeDecision(onwards, 0, reason, not passed, told=told)
    # Where green failed, or is to be shown better, it is not for want of traffic alone.
    thin = judgement.log_e_better is None and not green_failures
    lacks = "not enough traffic to tell" if thin else "no verdict"
    if step_age_seconds < ends:
        asks = inconclusive == "ask" and step_age_seconds >= planned
        due = min(at for at in (earliest, planned, ends) if at > step_age_seconds)
        pace = observe_seconds(step_age_seconds, stratum_seconds)
        if asks:
            pace = asked_seconds(step_age_seconds - planned, stratum_seconds)
        reason = judgement.reason
        if shrunk:
            reason += f"; counts are missing, green had {requests_before:,} requests a look ago"
        if asks:
            reason = f"{asking.question(f'{lacks} in {_minutes(planned)}')}; {reason}"
        elif step_age_seconds >= planned:
            reason += f"; no verdict in {_minutes(planned)}, extended to {_minutes(ends)}"
        wait = math.ceil(min(pace, due - step_age_seconds))
        return BakeDecision("observe", wait, reason, False, asks)
    green = f"green failed {green_failures:,} of {green_requests:,} requests"
    if (green_requests, green_failures) != (judgement.green_requests, judgement.green_failures):
        green += ", settled or not"
    promoted, why = _promoted(
        inconclusive, green, green_requests, green_failures, judgement.synthetic, asking.minutes
    )
    if shrunk and (promoted or told):
        promoted, why = False, "rolled back because counts of green went missing"
    reason = f"{lacks} in {_minutes(ends)}, {why}"
    if green_requests or judgement.synthetic.green_requests:
        reason += f"; {judgement.reason}"
    return BakeDecision(onwards if promoted else "rollBack", 0, reason, True)


def _back(judgement: Judgement, asking: Asking) -> BakeDecision | None:
    """What ends a step at once, however old it is."""
    if judgement.word in ("fail", "inconclusive"):
        return BakeDecision("rollBack", 0, judgement.reason, judgement.word == "inconclusive")
    if rejected := asking.heard.rejected:
        reason = f"{rejected.sentence()}; {judgement.reason}"
        return BakeDecision("rollBack", 0, reason, True, told=rejected)
    return None


def _promoted(
    policy: Inconclusive,
    green: str,
    requests: int,
    failures: int,
    made: Tally,
    asked_minutes: float,
) -> tuple[bool, str]:
    """Whether the policy promotes without a verdict, and why; never silently on no data at all, nor
    on requests that were `made` by Greenshift alone. `green` is what that did, in words.
    """
    if requests == 0:
        green = "nothing at all was asked of green"
    if made.green_requests:
        of_made = f"{made.green_failures:,} of {made.green_requests:,} synthetic ones"
        alone = f"nothing but synthetic requests was asked of green, which failed {of_made}"
        green = f"{green} and {of_made}" if requests else alone
    if policy == "extend":
        if requests and not failures and not made.green_failures:
            return True, "promoted because green answered and never failed"
        if made.green_requests and not failures and not made.green_failures:
            asked = f"{made.green_requests:,} synthetic requests"
            return True, (
                f"promoted because green answered {asked} and never failed, though nobody else "
                "asked anything of it"
            )
        return False, f"rolled back because {green}"
    if policy == "promote":
        return True, f'promoted as inconclusive = "promote" asks: {green}'
    if policy == "ask":
        waited = _minutes(asked_minutes * 60)
        return False, f"rolled back because nobody answered within {waited}: {green}"
    return False, f'rolled back as inconclusive = "rollBack" asks: {green}'


def _minutes(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:g} s"
    return "1 minute" if seconds == 60 else f"{seconds / 60:g} minutes"
