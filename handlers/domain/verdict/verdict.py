"""Is green worse than blue? The verdict on all functions of a service, from their closed strata.

**Fail**: the average of the e-values of all signs reaches 1/alpha: failures against equal odds,
latency and cost against the odds tolerated, a hang against green's share, metrics of the service's
own against equal odds. The average is valid however they depend on each other. Functions without
traffic take part with e = 1, so that the weights are fixed before anything is seen. At 100 % no
blue is left to compare with: such strata contribute e = 1, and this test neither gains nor loses.

**Pass**: either of two tests reaches 2/beta, half of beta each. The relative test speaks against
"green has at least rho_max times blue's odds of failing" and learns from failures only; the
absolute test speaks against "green fails at least p_tol of its requests", which at beta = 0.05 and
p_tol = 1 % takes 412 requests without failure. "Every function is good" cannot be tested by an
average, where one busy good function outweighs a bad one. So every function with requests enough
to pass must pass by itself; as all of them must, each is proved at beta, however many they are. A
quieter one proves nothing and must not keep its service from ever passing. But its record may not
speak against it (e < 1; without a failure none does), and the reason names it. Nor may latency,
cost or a metric of the service's own: where one suits rho_max times the odds tolerated better than
those, the pass waits.

**Synthetic requests** are evidence of their own, which is added to no other: each check is a sign
in the average. A function whose real requests are too few to tell, and do not speak against it, may
pass by the absolute test on its synthetic ones, and the reason says so.

**Pass of a hotfix**: where blue was red before the shift, not to be worse is too little. In what
was red the test turns round, and green must be shown better than blue (better.py). Everything else
must pass as always, as soon as it has requests enough.

**Veto**: one poll shows a function's green failing, or Lambda turning away, 5 requests or more, and
more than half; or an alarm of the owner's went red after the shift began; or green's log tells of a
burst of errors, or of one that blue has not logged in a week.

**Inconclusive**: blue got worse than it was before the shift, or a green that is alone is worse
than blue was then and beside it.

There is no absolute fail: at 100 % a green that is neither proved nor vetoed, nor worse than blue
was, stays at `wait`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from handlers.domain.hotfix import Hotfix
from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.before import Before
from handlers.domain.verdict.better import better
from handlers.domain.verdict.evidence import Evidence
from handlers.domain.verdict.function_record import furthest_from_passing, record_of
from handlers.domain.verdict.known import Conclusion, Known, Test, Word
from handlers.domain.verdict.passing import passed, waiting
from handlers.domain.verdict.signs import log_e_of, signs, tally_failures
from handlers.domain.verdict.synthetic_strata import tallies_of
from handlers.domain.verdict.tally import Tally
from handlers.domain.verdict.verdict_words import (
    damaged_words,
    e_words,
    of,
    sign_words,
    unheard_words,
    worse_words,
)
from handlers.domain.verdict.veto import synthetic_veto, vetoed
from handlers.domain.verdict.worse import worse

_FAILS: Mapping[str, Test] = {
    "failures": "odds",
    "latency": "latency",
    "cost": "cost",
    "hang": "hang",
    "metric": "metric",
    "synthetic": "synthetic",
}
_NOTHING = Tally()


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict with its numbers: e-values as natural logarithms, counts over all functions.

    `log_e_pass` is that of the function furthest from passing, the greater of its two tests'.
    `by` is None at `wait`. `log_e_better` is None where the test is not turned round. `synthetic`
    are the requests that Greenshift made itself, which are in no other count, and `log_e_synthetic`
    is that of their own pass test, of the same function.
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
    log_e_better: float | None = None
    synthetic: Tally = _NOTHING
    log_e_synthetic: float = 0.0


def judge(
    evidence: Evidence,
    settings: BakeSettings,
    before: Mapping[str, Before] | None = None,
    hotfix: Hotfix | None = None,
) -> Judgement:
    """The verdict on what is known of each function that the release changes, and of blue
    `before` the shift. A `hotfix` of a red blue passes by being better.

    The same evidence gives the same judgement, whatever the order of its strata.
    """
    tallies = tally_failures(evidence, settings)
    return judge_tallies(tallies, evidence, settings, before or {}, hotfix)


def judge_tallies(
    tallies: Mapping[str, Tally],
    evidence: Evidence,
    settings: BakeSettings,
    before: Mapping[str, Before],
    hotfix: Hotfix | None = None,
) -> Judgement:
    """The same verdict, on failures that are added up already: `tallies` instead of strata."""
    made = tallies_of(evidence.synthetic, settings.rho_max)
    records = [
        record_of(name, known, settings, made.get(name, _NOTHING))
        for name, known in sorted(tallies.items())
    ]
    found = signs(tallies, evidence, settings)
    known = Known(
        records=records,
        furthest=furthest_from_passing(records, settings),
        every=sum((record.tally for record in records), Tally()),
        signs=found,
        log_fail=log_e_of(found),
        before=before,
        settings=settings,
        better=better(hotfix, tallies, evidence, settings),
        synthetic=sum(made.values(), Tally()),
        served=evidence.green_requests,
    )
    word, by, reason = (
        _vetoed(evidence, before)
        or _alarmed(evidence)
        or _pushed(evidence)
        or _failed(known)
        or _worse(tallies, known)
        or passed(known)
        or waiting(known)
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
        reason="; ".join(
            (
                reason + damaged_words(evidence.damaged),
                *unheard_words(found, every),
                *evidence.alarms.told,
                *evidence.pushed.told,
                *evidence.not_counted,
            )
        ),
        by=by,
        log_e_better=known.better.log_e if known.better else None,
        synthetic=known.synthetic,
        log_e_synthetic=furthest.log_e_synthetic if furthest else 0.0,
    )


def _vetoed(evidence: Evidence, before: Mapping[str, Before]) -> Conclusion | None:
    sentence = vetoed(evidence, before) or synthetic_veto(evidence.synthetic, len(evidence.strata))
    return None if sentence is None else ("fail", "veto", sentence)


def _alarmed(evidence: Evidence) -> Conclusion | None:
    return ("fail", "alarm", evidence.alarms.veto) if evidence.alarms.veto else None


def _pushed(evidence: Evidence) -> Conclusion | None:
    by, sentence = evidence.pushed.by, evidence.pushed.veto
    return ("fail", by, sentence) if by and sentence else None


def _failed(known: Known) -> Conclusion | None:
    if known.log_fail < -math.log(known.settings.alpha):
        return None
    worst = max(known.signs, key=lambda sign: sign.says)
    proof = f"fail ({e_words(known.log_fail, 1 / known.settings.alpha)})"
    told = sign_words(worst, known.before.get(worst.function, Before()), proof)
    named = 2 if worst.metric == "metric" else len(known.records)
    return "fail", _FAILS[worst.metric], of(worst.function, named) + told


def _worse(tallies: Mapping[str, Tally], known: Known) -> Conclusion | None:
    found = worse(tallies, known.before, known.settings)
    if found is None:
        return None
    told = worse_words(found)
    return "inconclusive", "before", of(found.function, len(known.records)) + told
