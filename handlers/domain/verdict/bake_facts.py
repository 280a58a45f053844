"""A verdict, and the decision that follows from it, as the document and the ledger have them."""

from typing import Any

from handlers.domain.asking.question import Asking
from handlers.domain.messages import Bake
from handlers.domain.verdict.bake_decision import BakeDecision
from handlers.domain.verdict.verdict import Judgement


def section_of(judgement: Judgement, decision: BakeDecision) -> Bake:
    """The section `bake` of the document."""
    word = "inconclusive" if decision.inconclusive else judgement.word
    return Bake(
        verdict="ask" if decision.asks else word,
        reason=decision.reason,
        green_requests=judgement.green_requests,
        green_failures=judgement.green_failures,
        blue_requests=judgement.blue_requests,
        blue_failures=judgement.blue_failures,
        log_e_fail=round(judgement.log_e_fail, 4),
        log_e_pass=round(judgement.log_e_pass, 4),
        next=decision.next,
        wait_seconds=decision.wait_seconds if decision.next == "observe" else 1,
    )


def facts_of(judgement: Judgement, section: Bake, at: str) -> dict[str, Any]:
    """The verdict's numbers: with the evidence beside them they can be judged again."""
    return {
        "at": at,
        "verdict": section.verdict,
        "next": section.next,
        "waitSeconds": section.wait_seconds,
        "reason": section.reason,
        "judged": judgement.word,
        "by": judgement.by,
        "sentence": judgement.reason,
        "logEFail": judgement.log_e_fail,
        "logEPass": judgement.log_e_pass,
        "logEPassRelative": judgement.log_e_pass_relative,
        "logEPassAbsolute": judgement.log_e_pass_absolute,
        "logEBetter": judgement.log_e_better,
        "greenRequests": section.green_requests,
        "greenFailures": section.green_failures,
        "blueRequests": section.blue_requests,
        "blueFailures": section.blue_failures,
        "logESynthetic": judgement.log_e_synthetic,
        "syntheticGreenRequests": judgement.synthetic.green_requests,
        "syntheticGreenFailures": judgement.synthetic.green_failures,
        "syntheticBlueRequests": judgement.synthetic.blue_requests,
        "syntheticBlueFailures": judgement.synthetic.blue_failures,
    }


def of_person(decision: BakeDecision, asking: Asking) -> dict[str, Any]:
    """What the step asks, and what a person decided: who, why, and from where that is known."""
    found = dict[str, Any]()
    if decision.asks:
        found["asks"] = {"following": asking.following, "until": asking.until}
    if decision.told:
        found["told"] = decision.told.facts()
    return found
