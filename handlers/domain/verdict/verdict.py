"""Is green worse than blue? The verdict on all functions of a service, from their closed strata.

**Fail**: the average of the e-values of all signs reaches 1/alpha: failures against equal odds,
latency and cost against the odds tolerated, a hang against green's share. The average is valid
however they depend on each other. Functions without traffic take part with e = 1, so that the
weights are fixed before anything is seen. At 100 % no blue is left to compare with: such strata
contribute e = 1, and this test neither gains nor loses.

**Pass**: either of two tests reaches 2/beta, half of beta each. The relative test speaks against
"green has at least rho_max times blue's odds of failing" and learns from failures only; the
absolute test speaks against "green fails at least p_tol of its requests", which at beta = 0.05 and
p_tol = 1 % takes 412 requests without failure. "Every function is good" cannot be tested by an
average, where one busy good function outweighs a bad one. So every function with requests enough
to pass must pass by itself; as all of them must, each is proved at beta, however many they are. A
quieter one proves nothing and must not keep its service from ever passing. But its record may not
speak against it (e < 1; without a failure none does), and the reason names it. Nor may latency or
cost: where they suit rho_max times the odds tolerated better than those, the pass waits.

**Veto**: one poll shows a function's green failing, or Lambda turning away, 5 requests or more, and
more than half; or an alarm of the owner's went red after the shift began.

**Inconclusive**: blue, or a green that is alone, got worse than blue was before the shift.

There is no absolute fail: at 100 % a green that is neither proved nor vetoed, nor worse than blue
was, stays at `wait`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.before import Before
from handlers.domain.verdict.evidence import Evidence
from handlers.domain.verdict.function_record import (
    FunctionRecord,
    furthest_from_passing,
    needed_to_pass,
    record_of,
)
from handlers.domain.verdict.signs import Sign, log_e_of, signs, tally_failures
from handlers.domain.verdict.tally import Tally
from handlers.domain.verdict.verdict_words import (
    compared_words,
    damaged_words,
    e_words,
    held_back_words,
    left_open_words,
    nothing_asked_words,
    of,
    sign_words,
    worse_words,
)
from handlers.domain.verdict.veto import vetoed
from handlers.domain.verdict.worse import worse

Word = Literal["pass", "fail", "wait", "inconclusive"]
Test = Literal["odds", "latency", "cost", "hang", "relative", "absolute", "veto", "alarm", "before"]
_FAILS: Mapping[str, Test] = {
    "failures": "odds",
    "latency": "latency",
    "cost": "cost",
    "hang": "hang",
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict with its numbers: e-values as natural logarithms, counts over all functions.

    `log_e_pass` is that of the function furthest from passing, the greater of its two tests'.
    `by` is None at `wait`.
    """

    word: Word
    log_e_fail: float
    log_e_pass: float
    log_e_pass_relative: float
    log_e_pass_absolute: float
    green_requests: int
    green_failures: int
    blue_requests: int
    blue_failures: int
    reason: str
    by: Test | None


@dataclass(frozen=True, slots=True)
class _Known:
    """What the conclusions are drawn from."""

    records: Sequence[FunctionRecord]
    furthest: FunctionRecord | None
    every: Tally
    signs: Sequence[Sign]
    log_fail: float
    before: Mapping[str, Before]
    settings: BakeSettings


def judge(
    evidence: Evidence, settings: BakeSettings, before: Mapping[str, Before] | None = None
) -> Judgement:
    """The verdict on what is known of each function that the release changes, and of blue
    `before` the shift.

    The same evidence gives the same judgement, whatever the order of its strata.
    """
    return judge_tallies(tally_failures(evidence, settings), evidence, settings, before or {})


def judge_tallies(
    tallies: Mapping[str, Tally],
    evidence: Evidence,
    settings: BakeSettings,
    before: Mapping[str, Before],
) -> Judgement:
    """The same verdict, on failures that are added up already: `tallies` instead of strata."""
    records = [record_of(name, known, settings) for name, known in sorted(tallies.items())]
    found = signs(tallies, evidence, settings)
    known = _Known(
        records=records,
        furthest=furthest_from_passing(records, settings),
        every=sum((record.tally for record in records), Tally()),
        signs=found,
        log_fail=log_e_of(found),
        before=before,
        settings=settings,
    )
    word, by, reason = (
        _vetoed(evidence, before)
        or _alarmed(evidence)
        or _failed(known)
        or _worse(tallies, known)
        or _passed(known)
        or ("wait", None, _waiting(known))
    )
    furthest, every = known.furthest, known.every
    return Judgement(
        word=word,
        log_e_fail=known.log_fail,
        log_e_pass=furthest.log_e_pass if furthest else 0.0,
        log_e_pass_relative=furthest.tally.log_e_relative if furthest else 0.0,
        log_e_pass_absolute=furthest.log_e_absolute if furthest else 0.0,
        green_requests=every.green_requests,
        green_failures=every.green_failures,
        blue_requests=every.blue_requests,
        blue_failures=every.blue_failures,
        reason="; ".join((reason + damaged_words(evidence.damaged), *evidence.alarms.told)),
        by=by,
    )


Conclusion = tuple[Word, Test | None, str]


def _vetoed(evidence: Evidence, before: Mapping[str, Before]) -> Conclusion | None:
    sentence = vetoed(evidence, before)
    return None if sentence is None else ("fail", "veto", sentence)


def _alarmed(evidence: Evidence) -> Conclusion | None:
    return ("fail", "alarm", evidence.alarms.veto) if evidence.alarms.veto else None


def _failed(known: _Known) -> Conclusion | None:
    if known.log_fail < -math.log(known.settings.alpha):
        return None
    worst = max(known.signs, key=lambda sign: sign.says)
    proof = f"fail ({e_words(known.log_fail, 1 / known.settings.alpha)})"
    told = sign_words(worst, known.before.get(worst.function, Before()), proof)
    return "fail", _FAILS[worst.metric], of(worst.function, len(known.records)) + told


def _worse(tallies: Mapping[str, Tally], known: _Known) -> Conclusion | None:
    found = worse(tallies, known.before, known.settings)
    if found is None:
        return None
    told = worse_words(found, known.before[found.function])
    return "inconclusive", "before", of(found.function, len(known.records)) + told


def _passed(known: _Known) -> Conclusion | None:
    furthest, needs = known.furthest, needed_to_pass(known.settings)
    if not furthest or furthest.log_e_pass < math.log(needs) or _held_back(known):
        return None
    left_open = [each for each in known.records if each.log_e_pass < math.log(needs)]
    quiet = [each.name for each in left_open if each.tally.green_requests]
    silent = [each.name for each in left_open if not each.tally.green_requests]
    proof = f"pass ({e_words(furthest.log_e_pass, needs)})"
    by: Test = "absolute" if furthest.log_e_absolute >= math.log(needs) else "relative"
    return "pass", by, compared_words(known.every, proof) + left_open_words(quiet, silent)


def _waiting(known: _Known) -> str:
    if known.furthest is None:
        return nothing_asked_words(known.every)
    passes = e_words(known.furthest.log_e_pass, needed_to_pass(known.settings))
    fails = e_words(known.log_fail, 1 / known.settings.alpha)
    conclusion = f"wait (pass {passes}; fail {fails})"
    told = compared_words(known.furthest.tally, conclusion) + held_back_words(_held_back(known))
    return of(known.furthest.name, len(known.records)) + told


def _held_back(known: _Known) -> list[Sign]:
    """Latency and cost that suit a bad green better than a good one."""
    return [
        sign
        for sign in known.signs
        if sign.metric in ("latency", "cost") and sign.tally.log_e_relative < 0
    ]
