"""Is green worse than blue? The verdict on all functions of a service, from their closed strata.

**Fail**: the e-values against equal odds, averaged over the functions, reach 1/alpha. The average
is valid however functions depend on each other. Functions without traffic take part with e = 1,
so that the weights are fixed before anything is seen. At 100 % no blue is left to compare with:
such strata contribute e = 1, and this test neither gains nor loses.

**Pass**: either of two tests reaches 2/beta, half of beta each. The relative test speaks against
"green has at least rho_max times blue's odds of failing" and learns from failures only; the
absolute test speaks against "green fails at least p_tol of its requests", which at beta = 0.05 and
p_tol = 1 % takes 412 requests without failure. "Every function is good" cannot be tested by an
average, where one busy good function outweighs a bad one. So every function with requests enough
to pass must pass by itself; as all of them must, each is proved at beta, however many they are. A
quieter one proves nothing and must not keep its service from ever passing. But its record may not
speak against it (e < 1; without a failure none does), and the reason names it.

**Veto**: one poll shows a function's green failing 5 requests or more, and more than half.

There is no absolute fail: at 100 % a green that is neither proved nor vetoed stays at `wait`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.e_process import log_mean_exp
from handlers.domain.verdict.evidence import Evidence
from handlers.domain.verdict.function_record import (
    FunctionRecord,
    furthest_from_passing,
    needed_to_pass,
    record_of,
)
from handlers.domain.verdict.stratum import Stratum
from handlers.domain.verdict.tally import Tally, tally
from handlers.domain.verdict.verdict_words import (
    compared_words,
    e_words,
    left_open_words,
    nothing_asked_words,
    veto_words,
)

__all__ = ["VETO_FAILURES", "Judgement", "Stratum", "judge", "judge_tallies"]

VETO_FAILURES = 5
"""So many failures of green in one poll, if they are more than half of its requests, fail it."""

Word = Literal["pass", "fail", "wait"]
Test = Literal["odds", "relative", "absolute", "veto"]


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


def judge(evidence: Evidence, settings: BakeSettings) -> Judgement:
    """The verdict on what is known of each function that the release changes.

    The same evidence gives the same judgement, whatever the order of its strata.
    """
    tallies = {
        name: tally(strata, settings.rho_max) + evidence.older.get(name, Tally())
        for name, strata in evidence.strata.items()
    }
    return judge_tallies(tallies, settings, newest=evidence.newest)


def judge_tallies(
    tallies: Mapping[str, Tally],
    settings: BakeSettings,
    *,
    newest: Mapping[str, Stratum],
) -> Judgement:
    """The same verdict, on strata that are added up already; `newest` serves the veto alone."""
    records = [record_of(name, known, settings) for name, known in sorted(tallies.items())]
    log_fail = log_mean_exp([record.tally.log_e_fail for record in records] or [0.0])
    furthest = furthest_from_passing(records, settings)
    every = sum((record.tally for record in records), Tally())
    word, by, reason = (
        _vetoed(newest, len(records))
        or _failed(records, log_fail, settings)
        or _passed(records, furthest, every, settings)
        or ("wait", None, _waiting(records, furthest, log_fail, every, settings))
    )
    return Judgement(
        word=word,
        log_e_fail=log_fail,
        log_e_pass=furthest.log_e_pass if furthest else 0.0,
        log_e_pass_relative=furthest.tally.log_e_relative if furthest else 0.0,
        log_e_pass_absolute=furthest.log_e_absolute if furthest else 0.0,
        green_requests=every.green_requests,
        green_failures=every.green_failures,
        blue_requests=every.blue_requests,
        blue_failures=every.blue_failures,
        reason=reason,
        by=by,
    )


Conclusion = tuple[Word, Test | None, str]


def _vetoed(newest: Mapping[str, Stratum], functions: int) -> Conclusion | None:
    for name, poll in sorted(newest.items()):
        if poll.green_failures >= VETO_FAILURES and 2 * poll.green_failures > poll.green_requests:
            return "fail", "veto", _of(name, functions) + veto_words(poll)
    return None


def _failed(
    records: Sequence[FunctionRecord], log_fail: float, settings: BakeSettings
) -> Conclusion | None:
    if log_fail < -math.log(settings.alpha):
        return None
    worst = max(records, key=lambda record: record.tally.log_e_fail)
    proof = f"fail ({e_words(log_fail, 1 / settings.alpha)})"
    return "fail", "odds", _of(worst.name, len(records)) + compared_words(worst.tally, proof)


def _passed(
    records: Sequence[FunctionRecord],
    furthest: FunctionRecord | None,
    every: Tally,
    settings: BakeSettings,
) -> Conclusion | None:
    needs = needed_to_pass(settings)
    if not furthest or furthest.log_e_pass < math.log(needs):
        return None
    left_open = [record for record in records if record.log_e_pass < math.log(needs)]
    quiet = [record.name for record in left_open if record.tally.green_requests]
    silent = [record.name for record in left_open if not record.tally.green_requests]
    proof = f"pass ({e_words(furthest.log_e_pass, needs)})"
    by: Test = "absolute" if furthest.log_e_absolute >= math.log(needs) else "relative"
    return "pass", by, compared_words(every, proof) + left_open_words(quiet, silent)


def _waiting(
    records: Sequence[FunctionRecord],
    furthest: FunctionRecord | None,
    log_fail: float,
    every: Tally,
    settings: BakeSettings,
) -> str:
    if furthest is None:
        return nothing_asked_words(every)
    passes = e_words(furthest.log_e_pass, needed_to_pass(settings))
    fails = e_words(log_fail, 1 / settings.alpha)
    conclusion = f"wait (pass {passes}; fail {fails})"
    return _of(furthest.name, len(records)) + compared_words(furthest.tally, conclusion)


def _of(name: str, functions: int) -> str:
    return f"{name}: " if functions > 1 else ""
